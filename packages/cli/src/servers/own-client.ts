import { resolve } from 'node:path';
import type { Secret } from '@mcpass/auth';
import type { Input, OptionSpec } from '../command.js';
import { usageError } from '../failure.js';

/** Where the secret of a client that somebody brings is to be had. */
export type ClientSecretSource =
  | { readonly from: 'nowhere' | 'stdin' }
  | { readonly from: 'env' | 'file'; readonly place: string }
  | { readonly from: 'typed'; readonly secret: Secret };

/** A client that somebody registered with the provider. */
export interface OwnClient {
  readonly id: string;
  readonly secret: ClientSecretSource;
}

export const OWN_CLIENT_OPTIONS: readonly OptionSpec[] = [
  { flags: '--client-id <id>', summary: 'a client that you registered with the provider' },
  { flags: '--client-secret-env <variable>', summary: 'its secret is in this variable' },
  { flags: '--client-secret-file <file>', summary: 'its secret is in this file', completes: 'file' },
  { flags: '--client-secret-stdin', summary: 'its secret comes on standard input and is kept' },
];

/** Throws `usage` for a secret without its client, or with two sources. */
export function readOwnClient(input: Input): OwnClient | undefined {
  const id = input.option('client-id');
  const secret = clientSecretSource(input);
  if (id !== undefined) return { id, secret };
  if (secret.from === 'nowhere') return undefined;
  throw usageError('A client secret needs the client that it belongs to: --client-id.');
}

/** The keys of the `oauth` table that say so; `keptIn` is where a secret was put that came from a person. */
export function ownClientKeys({ id, secret }: OwnClient, keptIn?: string): Record<string, string> {
  // A relative name in a file of configuration would be looked for beside that file.
  const file = keptIn ?? (secret.from === 'file' ? placeOf(secret.place) : undefined);
  return {
    client_id: id,
    ...(secret.from === 'env' && { client_secret_env: secret.place }),
    ...(file !== undefined && { client_secret_file: file }),
  };
}

/** The options that name it again. Throws `usage` for a secret that is said once: whoever goes on has to find it again. */
export function ownClientWords({ id, secret }: OwnClient): readonly string[] {
  const named = ['--client-id', id];
  if (secret.from === 'env') return [...named, '--client-secret-env', secret.place];
  return secret.from === 'file' ? [...named, '--client-secret-file', placeOf(secret.place)] : named;
}

function placeOf(file: string): string {
  return /^~[/\\]/.test(file) ? file : resolve(file);
}

function clientSecretSource(input: Input): ClientSecretSource {
  const env = input.option('client-secret-env');
  const file = input.option('client-secret-file');
  const stdin = input.flag('client-secret-stdin');
  if ([env !== undefined, file !== undefined, stdin].filter(Boolean).length > 1) {
    throw usageError('A client secret has one source: a variable, a file or standard input.');
  }
  if (env !== undefined) return { from: 'env', place: env };
  if (file !== undefined) return { from: 'file', place: file };
  return { from: stdin ? 'stdin' : 'nowhere' };
}
