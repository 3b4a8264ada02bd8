import { parseArgs } from 'node:util';
import { isProfileName, PROFILES, type ProfileName } from '../profiles.js';
import { QUIRKS } from '../quirks.js';
import type { SandboxOptions } from '../sandbox.js';
import { nearest } from './nearest.js';
import { quote } from '../quote.js';

/** What the command is asked to do. */
export type Arguments =
  | { readonly action: 'help' }
  | { readonly action: 'list'; readonly json: boolean }
  | {
      readonly action: 'run';
      readonly json: boolean;
      readonly log: boolean;
      readonly profile: ProfileName;
      readonly options: SandboxOptions;
    };

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const OPTIONS = {
  port: { type: 'string' },
  list: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  log: { type: 'boolean' },
  quirk: { type: 'string', multiple: true },
  user: { type: 'string' },
  'access-token-seconds': { type: 'string' },
} as const;

/** How the command is used. */
export const USAGE = `mcpass-sandbox [PROFILE] [options]

Runs a simulated MCP server and its authorization server on loopback until it is interrupted.

  --list                     names the profiles and the quirks
  --quirk NAME               one more behaviour, on top of the profile; may be repeated
  --port N                   port of the MCP server; the authorization server takes the next one
  --access-token-seconds N   how long access tokens live
  --user KIND                who answers in place of a consent page: consent, deny, close or never
  --log                      prints each request and its answer, with secrets cut short
  --json                     prints one JSON object in place of text
`;

/** Reads the command line; throws {@link UsageError}. */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv);
  if (values.help === true) return { action: 'help' };
  const json = values.json === true;
  if (values.list === true) return { action: 'list', json };
  if (positionals.length > 1)
    throw new UsageError(`one profile at a time: ${positionals.map(quote).join(' ')}`);
  const port = readNumber('--port', values.port, 65_534);
  const accessTokenSeconds = readNumber('--access-token-seconds', values['access-token-seconds'], 1e9);
  return {
    action: 'run',
    json,
    log: values.log === true,
    profile: readProfile(positionals[0] ?? 'plain'),
    options: {
      // Fixed together, so that a registration survives a restart of the sandbox.
      ...(port !== undefined && port > 0 && { port, authorizationPort: port + 1 }),
      ...(accessTokenSeconds !== undefined && { accessTokenSeconds }),
      ...(values.user !== undefined && { consent: readUser(values.user) }),
      with: (values.quirk ?? []).map(readQuirk),
    },
  };
}

type Parsed = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>;

function parse(argv: readonly string[]): Parsed {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readProfile(name: string): ProfileName {
  if (isProfileName(name)) return name;
  throw unknown('profile', name, Object.keys(PROFILES));
}

function readQuirk(name: string): string {
  if (Object.hasOwn(QUIRKS, name)) return name;
  throw unknown('quirk', name, Object.keys(QUIRKS));
}

/** What a simulated user does, and the consent that stands for it. */
const USERS = { consent: 'auto', deny: 'deny', close: 'close', never: 'never' } as const;

function readUser(kind: string): (typeof USERS)[keyof typeof USERS] {
  const found = Object.entries(USERS).find(([name]) => name === kind);
  if (found === undefined) throw unknown('user', kind, Object.keys(USERS), Object.keys(USERS).join(', '));
  return found[1];
}

function unknown(what: string, name: string, names: readonly string[], otherwise = 'try --list'): UsageError {
  const suggestion = nearest(name, names);
  const hint = suggestion === undefined ? otherwise : `did you mean ${suggestion}?`;
  return new UsageError(`unknown ${what} ${quote(name)}; ${hint}`);
}

function readNumber(flag: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= most)) throw new UsageError(`${flag} wants a number up to ${most}, not ${quote(text)}`);
  return number;
}
