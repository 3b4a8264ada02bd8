import { type AuthMethod, didYouMean, type IdentityProvider, quote } from '@mcpass/auth';
import type { Environment } from '../environment.js';
import { placeOfSecret, readSecretAfresh, readSecretLater } from './client-secret.js';
import { configError } from './config-error.js';
import type { ConfigDocument } from './document.js';
import { defined, type ResolvedServer, resolveServer } from './resolved-server.js';
import { idTokenSource, providerSecretSource, type SourceBases } from './secret-sources.js';
import { PROVIDER_TABLE, PROVIDER_TABLE_KEYS } from './provider-keys.js';
import { isTable, readServerTable, type Setting } from './server-table.js';

/* `[identity_providers.NAME]`: who vouches for the person at servers with `oauth.grant = "enterprise"`. Only in the person's own
   file: whoever names one chooses where an ID token goes. */

/** The names of the environment variables that hold secrets of any provider. */
export function providerVariables(user: ConfigDocument | undefined): readonly string[] {
  const tables = user?.table[PROVIDER_TABLE];
  if (!isTable(tables)) return [];
  return Object.values(tables).flatMap((table) =>
    isTable(table)
      ? ['client_secret_env', 'id_token_env'].flatMap((key) =>
          typeof table[key] === 'string' ? [table[key]] : [],
        )
      : [],
  );
}

export interface ProviderOptions extends SourceBases {
  readonly env: Environment;
  /** The person's own file, where there is one. */
  readonly user: ConfigDocument | undefined;
  /** What the command line says of providers, by name; it wins. */
  readonly flags: ReadonlyMap<string, readonly Setting[]>;
  /** What names it: `oauth.idp`. */
  readonly setting: Setting;
}

/** The provider that an entry names. Reads no secret. Throws `config_invalid`. */
export function readIdentityProvider(options: ProviderOptions): IdentityProvider {
  const { user, flags, setting, env, ...bases } = options;
  const name = String(setting.value);
  const tables = user?.table[PROVIDER_TABLE];
  const names = [...(isTable(tables) ? Object.keys(tables) : []), ...flags.keys()];
  if (!names.includes(name)) {
    const message = `there is no [${PROVIDER_TABLE}.${quote(name, 80)}].${didYouMean(name, names)}`;
    throw configError(setting.origin(), message, setting.key);
  }
  const label = `${PROVIDER_TABLE}.${/^[A-Za-z0-9_-]+$/.test(name) ? name : quote(name, 100)}`;
  const resolved = resolveServer(`${label}.`, [flags.get(name) ?? [], settingsIn(user, name, label)]);
  const lacks = (key: string, what = '') => {
    const place =
      isTable(tables) && user !== undefined ? user.origin([PROVIDER_TABLE, name]) : setting.origin();
    return configError(place, `${label} needs ${key}${what}.`, `${label}.${key}`);
  };
  const needed = (key: string): string => {
    const value = resolved.text(key);
    if (value === undefined) throw lacks(key);
    return value;
  };
  const source = idTokenSource(resolved, bases);
  if (source === undefined) throw lacks('id_token_file', ', _env or _command: where the ID token is');
  return {
    name,
    issuer: needed('issuer'),
    ...defined('tokenEndpoint', resolved.text('token_endpoint')),
    client: clientOf(needed('client_id'), resolved, bases, env),
    idToken: readSecretAfresh(source, env),
    idTokenPlace: placeOfSecret(source),
  };
}

function settingsIn(user: ConfigDocument | undefined, name: string, label: string): readonly Setting[] {
  const tables = user?.table[PROVIDER_TABLE];
  if (user === undefined || !isTable(tables) || !Object.hasOwn(tables, name)) return [];
  const table = tables[name];
  const origin = (path: readonly string[]) => user.origin([PROVIDER_TABLE, name, ...path]);
  if (!isTable(table)) throw configError(origin([]), `${label} must be a table.`);
  return readServerTable(table, { label, origin, keys: PROVIDER_TABLE_KEYS }).settings;
}

function clientOf(
  id: string,
  resolved: ResolvedServer,
  bases: SourceBases,
  env: Environment,
): IdentityProvider['client'] {
  const secret = providerSecretSource(resolved, bases);
  return {
    id,
    ...(secret !== undefined && { secret: readSecretLater(secret, env) }),
    ...defined('authMethod', resolved.text('token_endpoint_auth_method') as AuthMethod | undefined),
  };
}
