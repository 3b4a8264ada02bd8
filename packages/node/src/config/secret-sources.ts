import { dirname, resolve } from 'node:path';
import type { SecretPlaces } from '@mcpass/auth';
import { placeOfSecret, type SecretSource } from './client-secret.js';
import { configError } from './config-error.js';
import { defined, type ResolvedServer } from './resolved-server.js';
import type { Setting } from './server-table.js';

/* Which keys of the configuration say where a secret is, and what is asked of each. */

/** Bases of relative file names. */
export interface SourceBases {
  readonly cwd: string;
  readonly home: string;
}

export function bearerSource(resolved: ResolvedServer): SecretSource | undefined {
  const keys = ['bearer_token_env_var', 'bearer_token_command'];
  const setting = theOnly(keys.flatMap((key) => resolved.winner(key) ?? []));
  if (setting === undefined) return undefined;
  const { key, value, origin } = setting;
  const common = { key, origin, what: 'token', judge: judgeBearerToken };
  return typeof value === 'object'
    ? { kind: 'command', command: value, ...common, patienceMs: UNATTENDED_MS }
    : { kind: 'variable', name: String(value), ...common };
}

// RFC 6750 section 2.1 is narrower; real tokens are not.
function judgeBearerToken(token: string): string | undefined {
  return /^[\x21-\x7e]+$/.test(token) ? undefined : 'has characters that no token in a header may have';
}

export function keySource(resolved: ResolvedServer, bases: SourceBases): SecretSource | undefined {
  const source = sourceOf('oauth.private_key', resolved, bases);
  return (
    source && {
      ...source,
      what: 'private key',
      lines: 'many',
      isPrivate: true,
      patienceMs: UNATTENDED_MS,
      judge: () => undefined,
    }
  );
}

export function assertionSource(resolved: ResolvedServer, bases: SourceBases): SecretSource | undefined {
  const source = sourceOf('oauth.assertion', resolved, bases);
  return source && { ...source, what: 'token', patienceMs: UNATTENDED_MS, judge: () => undefined };
}

/** The ID token of whoever has signed in at an identity provider; `resolved` is its table. */
export function idTokenSource(resolved: ResolvedServer, bases: SourceBases): SecretSource | undefined {
  const source = sourceOf('id_token', resolved, bases);
  return source && { ...source, what: 'ID token', patienceMs: UNATTENDED_MS, judge: () => undefined };
}

/** The secret of the client there. */
export function providerSecretSource(resolved: ResolvedServer, bases: SourceBases): SecretSource | undefined {
  return sourceOf('client_secret', resolved, bases);
}

export function registrationTokenSource(
  resolved: ResolvedServer,
  bases: SourceBases,
): SecretSource | undefined {
  const source = sourceOf('oauth.registration_token', resolved, bases);
  return source && { ...source, what: 'token', judge: judgeBearerToken };
}

/** Milliseconds for what nobody is asked about: others wait for the same token meanwhile. */
const UNATTENDED_MS = 20_000;

export function secretSource(resolved: ResolvedServer, bases: SourceBases): SecretSource | undefined {
  return sourceOf('oauth.client_secret', resolved, bases);
}

function theOnly([setting, other]: readonly Setting[]): Setting | undefined {
  if (setting === undefined || other === undefined) return setting;
  throw configError(other.origin(), `${other.key} and ${setting.key} are both set; keep one.`, other.key);
}

/** The one of `NAME_env`, `NAME_file` and `NAME_command` that is set. */
function sourceOf(
  name: string,
  resolved: ResolvedServer,
  { cwd, home }: SourceBases,
): SecretSource | undefined {
  const keys = ['env', 'file', 'command'].map((ending) => `${name}_${ending}`);
  const setting = theOnly(keys.flatMap((key) => resolved.winner(key) ?? []));
  if (setting === undefined) return undefined;
  const { key, value, origin } = setting;
  if (typeof value === 'object') return { kind: 'command', command: value, key, origin };
  if (key === `${name}_env`) return { kind: 'variable', name: String(value), key, origin };
  return { kind: 'file', path: fileOf(setting, { cwd, home }), key, origin };
}

/** The file that a setting names: relative to where it stands. */
export function fileOf({ value, origin }: Setting, { cwd, home }: SourceBases): string {
  const { source, place } = origin();
  const base = source === 'flag' ? cwd : dirname(place);
  return resolve(
    base,
    String(value).replace(/^~(?=[/\\])/, () => home),
  );
}

/** For errors: an error about a secret is of use to whoever knows which one. */
export function places(resolved: ResolvedServer, bases: SourceBases): SecretPlaces | undefined {
  const variables = Object.entries(resolved.map('env_http_headers') ?? {});
  const bearer = bearerSource(resolved);
  const secret = secretSource(resolved, bases);
  const key = keySource(resolved, bases);
  const token = assertionSource(resolved, bases);
  const registration = registrationTokenSource(resolved, bases);
  const all: SecretPlaces = {
    ...defined('bearerToken', bearer && placeOfSecret(bearer)),
    ...defined('clientSecret', secret && placeOfSecret(secret)),
    ...defined('clientKey', key && placeOfSecret(key)),
    ...defined('assertion', token && placeOfSecret(token)),
    ...defined('registrationToken', registration && placeOfSecret(registration)),
    ...(variables.length > 0 && {
      headers: Object.fromEntries(variables.map(([name, from]) => [name, `in the variable ${from}`])),
    }),
  };
  return Object.keys(all).length === 0 ? undefined : all;
}
