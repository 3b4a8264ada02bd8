import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isJsonObject, McpassError, parseJsonObject, plain } from '@mcpass/auth';
import { defineCommand, wholeNumber, type Command } from '../command.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';

export interface SandboxOptions {
  readonly profile?: string | undefined;
  readonly list: boolean;
  readonly port?: number | undefined;
  readonly accessTokenSeconds?: number | undefined;
  readonly quirks: readonly string[];
  readonly user?: string | undefined;
  readonly log: boolean;
}

export const sandbox: Command = defineCommand<SandboxOptions>({
  name: 'sandbox',
  summary: 'run a simulated provider on this machine',
  about: ['Runs an MCP server and its authorization server on loopback until it is interrupted.'],
  examples: [
    { line: 'mcpass sandbox --list' },
    { line: 'mcpass sandbox github --user consent', says: 'a provider, and a user who agrees to everything' },
    {
      line: 'mcpass sandbox plain --quirk no-iss --quirk rotate-revoke',
      says: 'one behaviour on top of the other',
    },
    { line: 'mcpass sandbox authkit --port 8700' },
    { line: 'mcpass sandbox --access-token-seconds 5', says: 'to watch renewals' },
  ],
  arguments: [
    {
      name: 'profile',
      summary: 'what it behaves like; "plain" when absent',
      optional: true,
      completes: 'profile',
    },
  ],
  options: [
    { flags: '--list', summary: 'name the profiles and the quirks' },
    { flags: '--quirk <name>', summary: 'one more behaviour, on top of the profile', repeatable: true },
    {
      flags: '--user <kind>',
      summary: 'who answers in place of a consent page: consent, deny, close or never',
    },
    { flags: '--log', summary: 'print each request and its answer' },
    { flags: '--port <number>', summary: 'of the MCP server; the authorization server takes the next one' },
    { flags: '--access-token-seconds <number>', summary: 'how long access tokens live' },
  ],
  parse: (input) => ({
    profile: input.argument('profile'),
    list: input.flag('list'),
    port: wholeNumber(input, 'port', 0, 65_534),
    accessTokenSeconds: wholeNumber(input, 'access-token-seconds', 1, 1_000_000_000),
    quirks: input.all('quirk'),
    user: input.option('user'),
    log: input.flag('log'),
  }),
  run,
});

async function run(options: SandboxOptions, deps: Deps): Promise<ExitCode> {
  const program = findProgram();
  const words = [
    ...(options.profile === undefined ? [] : [options.profile]),
    ...(options.list ? ['--list'] : []),
    ...(options.port === undefined ? [] : ['--port', String(options.port)]),
    ...(options.accessTokenSeconds === undefined
      ? []
      : ['--access-token-seconds', String(options.accessTokenSeconds)]),
    ...options.quirks.flatMap((name) => ['--quirk', name]),
    ...(options.user === undefined ? [] : ['--user', options.user]),
    ...(options.log ? ['--log'] : []),
    ...(deps.io.json ? ['--json'] : []),
  ];
  // A program of its own: what it simulates and what it is used against must not share a line of code.
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    // It tells us there why it failed, so that errors look as they do everywhere.
    env: { ...deps.env, SANDBOX_ERROR_FD: '3' },
  });
  let said = '';
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    if (said.length < LIMIT) said += chunk.toString('utf8');
  });
  const stop = () => child.kill('SIGTERM');
  deps.signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<ExitCode>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        if (code === 0 || deps.signal.aborted) resolve(0);
        else reject(failureOf(said));
      });
    });
  } finally {
    deps.signal.removeEventListener('abort', stop);
  }
}

/** The names of the profiles, for completion: asked of the program on this machine, which talks to nobody. */
export function profileOffers(): readonly { readonly word: string; readonly says: string }[] {
  const { stdout } = spawnSync(process.execPath, [findProgram(), '--list', '--json'], {
    encoding: 'utf8',
    timeout: LIST_MS,
  });
  const profiles = parseJsonObject(stdout)?.['profiles'];
  if (!Array.isArray(profiles)) return [];
  return profiles.filter(isJsonObject).map(({ name, summary }) => ({
    word: String(name),
    says: plain(String(summary ?? ''), 80),
  }));
}

const LIST_MS = 5_000;

/** Characters of an error. */
const LIMIT = 10_000;

function failureOf(said: string): McpassError {
  const { kind, message } = readFailure(said);
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/[.?]$/, '')}${message.endsWith('?') ? '?' : '.'}`;
  if (kind === 'usage')
    return usageError(sentence, {
      do: 'say',
      text: 'mcpass sandbox --list names the profiles and the quirks',
    });
  return new McpassError(kind === 'port_in_use' ? 'port_in_use' : 'internal', plain(sentence, 1_000), {
    step: 'config',
    fault: 'yours',
    ...(kind === 'port_in_use' && {
      remedy: { do: 'say', text: 'choose another one with --port, or leave it out' },
    }),
  });
}

function readFailure(said: string): { readonly kind: string; readonly message: string } {
  const { kind, message } = parseJsonObject(said) ?? {};
  return typeof kind === 'string' && typeof message === 'string'
    ? { kind, message }
    : { kind: 'failure', message: 'the sandbox ended unexpectedly' };
}

function findProgram(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve('@mcpass/sandbox/package.json');
    const { bin }: { bin?: unknown } = JSON.parse(readFileSync(manifest, 'utf8'));
    const file = isJsonObject(bin) ? Object.values(bin)[0] : bin;
    if (typeof file === 'string') return join(dirname(manifest), file);
  } catch {
    // Said below.
  }
  throw usageError(
    'The simulated providers are a package of their own, which is not installed beside mcpass.',
    {
      do: 'say',
      text: 'npm install -g @mcpass/sandbox',
    },
  );
}
