import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { McpassError, plain, quote, Secret } from '@mcpass/auth';
import { FileRefused, readBoundedLater } from '../stores/files/bounded-file.js';
import { isOpen } from '../stores/files/open-file.js';
import { openDraft } from '../stores/files/draft.js';
import { clientSecretDirectory } from '../stores/store-places.js';
import { childEnvironment, type Environment, variable } from '../environment.js';
import { errnoOf, errnoWords } from '../stores/files/errno.js';
import type { Paths } from '../paths.js';
import type { Origin } from './config.js';
import { placeOf } from './config-error.js';
import { judgeServerName } from './server-name.js';

/** Milliseconds that a command, or a pipe, gets to say a secret: a password manager may ask the person first. */
const COMMAND_MS = 60_000;
/** Bytes that it may print, or that a file with a secret may have. */
const SECRET_BYTES = 64 * 1024;

/** Where a secret is to be had, and which key says so. */
export type SecretSource = {
  readonly key: string;
  readonly origin: () => Origin;
  /** What is wrong with a value, in words that read on after its place; never the value. That of a client when absent. */
  readonly judge?: (value: string) => string | undefined;
  /** What it is called where there is none; "secret" when absent. */
  readonly what?: string;
  /** It may have several lines: a PEM has. */
  readonly lines?: 'many';
  /** Milliseconds that a command, or a pipe, gets; 60,000 when absent. */
  readonly patienceMs?: number;
  /** A file of it that others can read is refused. */
  readonly isPrivate?: boolean;
} & (
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }
);

/** Where it is, in words that read on after "the secret". */
export function placeOfSecret(source: SecretSource): string {
  if (source.kind === 'variable') return `in the variable ${source.name}`;
  return source.kind === 'file'
    ? `in ${source.path}`
    : `that ${quote(source.command[0] ?? '')} prints, by ${source.key}`;
}

/** Fetches it whenever it is asked for: what changes in its place counts at once. Throws `config_invalid`. */
export function readSecretAfresh(source: SecretSource, env: Environment): () => Promise<Secret> {
  return () => readSecret(source, env);
}

/**
 * Fetches the secret when it is needed; of a command it is kept for this process, because that may ask the person, and of a
 * pipe, because that says it once. Throws `config_invalid`.
 */
export function readSecretLater(source: SecretSource, env: Environment): () => Promise<Secret> {
  let secret: Promise<Secret> | undefined;
  return () => {
    if (secret === undefined && !saysItOnce(source)) return readSecret(source, env);
    secret ??= readSecret(source, env).catch((thrown: unknown) => {
      secret = undefined;
      throw thrown;
    });
    return secret;
  };
}

function saysItOnce(source: SecretSource): boolean {
  if (source.kind !== 'file') return source.kind === 'command';
  return statSync(source.path, { throwIfNoEntry: false })?.isFile() === false;
}

async function readSecret(source: SecretSource, env: Environment): Promise<Secret> {
  switch (source.kind) {
    case 'variable': {
      const value = variable(env, source.name)?.trim();
      if (value === undefined || value === '') {
        const remedy = `set the variable ${source.name}, then run the command again`;
        throw noSecret(source, `the variable ${source.name} is not set`, { remedy });
      }
      return judged(source, value, `what is in the variable ${source.name}`);
    }
    case 'file':
      return readSecretFile(source, source.path);
    default:
      return runSecretCommand(source, source.command, env);
  }
}

async function readSecretFile(source: SecretSource, path: string): Promise<Secret> {
  let bytes: Buffer | undefined;
  if (source.isPrivate === true && isOpen(path)) {
    const remedy = `chmod 600 ${path}`;
    throw noSecret(source, `${path} can be read by others`, { remedy });
  }
  try {
    bytes = await readBoundedLater(path, {
      limit: SECRET_BYTES,
      patienceMs: source.patienceMs ?? COMMAND_MS,
    });
  } catch (thrown) {
    if (!(thrown instanceof FileRefused)) throw thrown;
    throw noSecret(source, `${path} cannot be read: ${thrown.message}`, { cause: thrown });
  }
  if (bytes === undefined) throw noSecret(source, `${path} cannot be read: it does not exist`);
  return firstLine(source, bytes.toString('utf8'), [`${path} is empty`, `${path} has more than one line`]);
}

/** No shell, no standard input (that may be a protocol), and none of our own variables. */
async function runSecretCommand(
  source: SecretSource,
  command: readonly string[],
  env: Environment,
): Promise<Secret> {
  const [program = '', ...args] = command;
  const { patienceMs = COMMAND_MS } = source;
  const { execFile } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    const options = {
      env: childEnvironment(env),
      timeout: patienceMs,
      maxBuffer: SECRET_BYTES,
      windowsHide: true,
    };
    const child = execFile(program, args, options, (failure, stdout, stderr) => {
      try {
        if (failure !== null)
          throw noSecret(source, commandFailure(program, failure, stderr, patienceMs), { cause: failure });
        const name = quote(program);
        resolve(firstLine(source, stdout, [`${name} printed nothing`, `${name} printed more than one line`]));
      } catch (thrown) {
        reject(thrown instanceof Error ? thrown : new Error('unknown failure', { cause: thrown }));
      }
    });
    child.stdin?.end();
  });
}

function commandFailure(
  program: string,
  failure: Error & { code?: unknown; killed?: boolean },
  stderr: string,
  patienceMs: number,
): string {
  const name = quote(program);
  if (failure.killed === true)
    return `${name} took more than ${patienceMs / 1000} seconds or printed too much`;
  if (errnoOf(failure) === 'ENOENT') return `there is no program ${name}`;
  const said = plain(stderr.trim().split('\n').pop() ?? '', 200);
  const code = typeof failure.code === 'number' ? ` with exit code ${failure.code}` : '';
  return `${name} failed${code}${said === '' ? '' : `: ${said}`}`;
}

/** Editors and `echo` end a file with a line end that is no part of the secret. */
function firstLine(
  source: SecretSource,
  text: string,
  [none, many]: readonly [none: string, many: string],
): Secret {
  const value = text.trim();
  if (value === '') throw noSecret(source, none);
  if (source.lines !== 'many' && /[\r\n]/.test(value)) throw noSecret(source, many);
  return judged(source, value, 'it');
}

/** A value that no header or form can carry would be refused later, in words that contain it. */
function judged(source: SecretSource, value: string, place: string): Secret {
  const bad = (source.judge ?? judgeClientSecret)(value);
  if (bad !== undefined) {
    const remedy = 'copy it again: a typographic quotation mark, dash or invisible blank may have come along';
    throw noSecret(source, `${place} ${bad}`, { remedy });
  }
  return new Secret(value);
}

// RFC 6749 appendix A.2: VSCHAR.
function judgeClientSecret(value: string): string | undefined {
  const bad = /[^\x20-\x7e]/u.exec(value);
  if (bad === null) return undefined;
  const code = (bad[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const at = Array.from(value.slice(0, bad.index)).length + 1;
  return `has a character that no client secret may have (U+${code} at place ${at}; RFC 6749 A.2)`;
}

function noSecret(
  source: SecretSource,
  why: string,
  { cause, remedy }: { readonly cause?: unknown; readonly remedy?: string } = {},
): McpassError {
  return new McpassError(
    'config_invalid',
    `${source.key} gives no ${source.what ?? 'secret'}: ${why} (${placeOf(source.origin())}).`,
    {
      step: 'client',
      fault: 'yours',
      cause,
      facts: { key: source.key },
      ...(remedy !== undefined && { remedy: { do: 'say', text: remedy } }),
    },
  );
}

export interface SaveClientSecretOptions {
  readonly paths: Pick<Paths, 'data'>;
  /** Server name, as in the configuration. */
  readonly name: string;
  readonly secret: Secret;
}

/**
 * Keeps a secret that came from standard input in a file that only its owner can read, and returns the path, for
 * `oauth.client_secret_file`. Throws `store_unwritable`, `usage` for a name that no server can have.
 */
export async function saveClientSecret(options: SaveClientSecretOptions): Promise<string> {
  judgeServerName(options.name);
  const directory = clientSecretDirectory(options.paths.data);
  const path = join(directory, options.name);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const draft = await openDraft(path, { mode: 0o600 });
    await draft.commit(`${options.secret.reveal()}\n`);
    return path;
  } catch (thrown) {
    throw new McpassError('store_unwritable', `${path} cannot be written: ${errnoWords(thrown)}.`, {
      step: 'store',
      fault: 'yours',
      cause: thrown,
      facts: { file: path },
    });
  }
}
