import {
  type AuthMethod,
  type ConfiguredClient,
  type GrantType,
  isSecretName,
  type OfflineAccess,
  type RegistrationChoice,
  type ServerSettings,
  type SigningAlgorithm,
  type SignInMode,
  signInMode,
  type UnsafeOverrides,
  type Use,
} from '@mcpass/auth';
import { type Environment, variable } from '../environment.js';
import { isOpen } from '../stores/files/open-file.js';
import type { ServerCertificates } from '../fetch/certificates.js';
import { readSecretAfresh, readSecretLater, type SecretSource } from './client-secret.js';
import type { ConfiguredServer, ConfigWarning } from './config.js';
import type { ConfigDocument } from './document.js';
import { isOnGitHub, readGitHubToken } from './github-token.js';
import { readIdentityProvider } from './identity-provider.js';
import { configError, configWarning } from './config-error.js';
import { defined, type ResolvedServer } from './resolved-server.js';
import { keepToken } from './kept-token.js';
import {
  assertionSource,
  bearerSource,
  fileOf,
  keySource,
  places,
  registrationTokenSource,
  secretSource,
} from './secret-sources.js';
import { judgeHeaderValue } from './server-keys.js';
import type { Setting } from './server-table.js';

export interface BuildOptions {
  /** Absent for a URL that no configured server has. */
  readonly name?: string;
  readonly url: string;
  readonly env: Environment;
  /** Base of relative file names from the command line. */
  readonly cwd: string;
  readonly home: string;
  /** The person's own file: identity providers are in no other. */
  readonly own: ConfigDocument | undefined;
  /** What the command line says of them, by name. */
  readonly providers: ReadonlyMap<string, readonly Setting[]>;
  /** Collected while the sources were joined. */
  readonly warnings: readonly ConfigWarning[];
}

/** What the engine and a session get to know of one server. Throws `config_invalid`. */
export function buildServer(resolved: ResolvedServer, options: BuildOptions): ConfiguredServer {
  const { name, url, env } = options;
  const warnings = [...options.warnings];
  const settings: ServerSettings = {
    url,
    ...defined('account', resolved.text('account')),
    ...defined('auth', auth(resolved)),
    ...defined('bearerToken', bearerToken(resolved, env)),
    ...defined('headers', headers(resolved, env, warnings)),
    ...defined('scopes', resolved.list('scopes')),
    ...defined('offlineAccess', resolved.text('offline_access') as OfflineAccess | undefined),
    ...defined('resource', resolved.text('oauth_resource')),
    ...defined('client', client(resolved, options, warnings)),
    ...defined('issuer', resolved.text('oauth.issuer')),
    ...defined('grant', resolved.text('oauth.grant') as GrantType | undefined),
    ...defined('registration', resolved.text('oauth.registration') as RegistrationChoice | undefined),
    ...defined('registrationToken', registrationToken(resolved, options)),
    ...defined('clientKey', clientKey(resolved, options)),
    ...defined('assertion', assertion(resolved, options)),
    ...defined('identityProvider', identityProvider(resolved, options)),
    ...defined('assertionAudience', resolved.text('oauth.assertion_audience')),
    ...defined('clientMetadataUrl', resolved.text('oauth.client_metadata_url')),
    ...defined('redirect', redirect(resolved)),
    ...defined('grant', resolved.text('oauth.grant') as ServerSettings['grant']),
    ...defined('dpop', resolved.text('oauth.dpop') as Use | undefined),
    ...defined('par', resolved.text('oauth.par') as Use | undefined),
    ...defined('authorizeParams', resolved.map('oauth.authorize_params')),
    ...defined('tokenParams', resolved.map('oauth.token_params')),
    ...defined('refreshScope', resolved.text('oauth.refresh_scope') as 'granted' | undefined),
    ...defined('unsafe', unsafe(resolved)),
    ...defined('places', places(resolved, options)),
  };
  return {
    ...defined('name', name),
    settings,
    ...defined('certificates', certificates(resolved, options)),
    enabled: resolved.flag('enabled'),
    startupTimeoutMs: (resolved.number('startup_timeout_sec') ?? 0) * 1000,
    toolTimeoutMs: (resolved.number('tool_timeout_sec') ?? 0) * 1000,
    ...defined('enabledTools', resolved.list('enabled_tools')),
    ...defined('disabledTools', resolved.list('disabled_tools')),
    ...defined('origin', resolved.winner('url')?.origin()),
    overrides: resolved
      .keys()
      .filter((key) => key.startsWith('unsafe.') && resolved.winner(key)?.value !== false),
    warnings,
  };
}

function certificates(resolved: ResolvedServer, options: BuildOptions): ServerCertificates | undefined {
  const file = (key: string): string | undefined => {
    const setting = resolved.winner(key);
    return setting && fileOf(setting, options);
  };
  const key = resolved.winner('client_key_file');
  if (key !== undefined && resolved.winner('client_certificate_file') === undefined)
    throw configError(key.origin(), `${key.key} needs client_certificate_file beside it.`, key.key);
  const files = {
    ...defined('caFile', file('ca_file')),
    ...defined('clientCertificateFile', file('client_certificate_file')),
    ...defined('clientKeyFile', file('client_key_file')),
  };
  return Object.keys(files).length === 0 ? undefined : files;
}

/** How requests to the server are authorized. Reads no secret and refuses nothing. */
export function signInModeOf(resolved: ResolvedServer, env: Environment): SignInMode {
  return signInMode({
    ...defined('auth', auth(resolved)),
    ...defined('bearerToken', bearerToken(resolved, env)),
    headers: presentHeaders(resolved, env),
  });
}

function auth(resolved: ResolvedServer): ServerSettings['auth'] & string {
  return resolved.text('auth') as ServerSettings['auth'] & string;
}

function bearerToken(resolved: ResolvedServer, env: Environment): ServerSettings['bearerToken'] {
  const source = bearerSource(resolved);
  if (source?.kind === 'command') return keepToken(readSecretAfresh(source, env));
  return source && readSecretLater(source, env);
}

/** The configured headers that have a value. */
function presentHeaders(resolved: ResolvedServer, env: Environment): Record<string, string> {
  const all: Record<string, string> = { ...resolved.map('http_headers') };
  for (const [name, from] of Object.entries(resolved.map('env_http_headers') ?? {})) {
    const value = headerValue(env, from);
    if (value !== undefined) all[name] = value;
  }
  return all;
}

/** A file of variables may leave a line end behind the value; one inside it no header can have. */
function headerValue(env: Environment, from: string): string | undefined {
  const value = variable(env, from)?.replace(/^[\t\r\n ]+|[\t\r\n ]+$/g, '');
  return value === '' ? undefined : value;
}

function headers(
  resolved: ResolvedServer,
  env: Environment,
  warnings: ConfigWarning[],
): Readonly<Record<string, string>> | undefined {
  const literal = Object.keys(resolved.map('http_headers') ?? {});
  for (const name of literal.filter(isSecretName)) {
    const key = `http_headers.${name}`;
    const origin = resolved.winner(key)?.origin();
    const message = `${key} looks like a credential. env_http_headers keeps it out of the file.`;
    if (origin !== undefined) warnings.push(configWarning(origin, message, key));
  }
  for (const [name, from] of Object.entries(resolved.map('env_http_headers') ?? {})) {
    const key = `env_http_headers.${name}`;
    const origin = resolved.winner(key)?.origin();
    if (origin === undefined) continue;
    const value = headerValue(env, from);
    const bad = value === undefined ? undefined : judgeHeaderValue(value);
    if (bad !== undefined) {
      throw configError(origin, `${key} cannot be sent: what is in the variable ${from} ${bad}.`, key);
    }
    if (value === undefined) {
      warnings.push(configWarning(origin, `the variable ${from} is not set, so ${name} is not sent.`, key));
    }
  }
  const all = presentHeaders(resolved, env);
  return Object.keys(all).length === 0 ? undefined : all;
}

function client(
  resolved: ResolvedServer,
  options: BuildOptions,
  warnings: ConfigWarning[],
): ConfiguredClient | undefined {
  const id = resolved.text('oauth.client_id');
  const source = secretSource(resolved, options);
  if (id === undefined) {
    if (source === undefined) return undefined;
    throw configError(source.origin(), `${source.key} needs oauth.client_id beside it.`, source.key);
  }
  if (source?.kind === 'file') warnings.push(...openFile(source));
  return {
    id,
    ...(source === undefined ? {} : { secret: readSecretLater(source, options.env) }),
    ...defined('authMethod', resolved.text('oauth.token_endpoint_auth_method') as AuthMethod | undefined),
  };
}

function clientKey(resolved: ResolvedServer, options: BuildOptions): ServerSettings['clientKey'] {
  const source = keySource(resolved, options);
  const method = resolved.winner('oauth.token_endpoint_auth_method');
  const isSigned = method?.value === 'private_key_jwt';
  if (source === undefined) {
    if (!isSigned) return undefined;
    const message = `${method.key} private_key_jwt needs oauth.private_key_file, _env or _command beside it.`;
    throw configError(method.origin(), message, method.key);
  }
  if (method !== undefined && !isSigned) {
    const message = `${source.key} is of use with ${method.key} private_key_jwt only.`;
    throw configError(source.origin(), message, source.key);
  }
  return {
    read: readSecretAfresh(source, options.env),
    ...defined('id', resolved.text('oauth.private_key_id')),
    ...defined('algorithm', resolved.text('oauth.signing_algorithm') as SigningAlgorithm | undefined),
  };
}

function registrationToken(
  resolved: ResolvedServer,
  options: BuildOptions,
): ServerSettings['registrationToken'] {
  const source = registrationTokenSource(resolved, options);
  if (source === undefined) return undefined;
  if (resolved.text('oauth.issuer') !== undefined) return readSecretLater(source, options.env);
  const message = `${source.key} needs oauth.issuer beside it: the only authorization server that it may go to.`;
  throw configError(source.origin(), message, source.key);
}

function assertion(resolved: ResolvedServer, options: BuildOptions): ServerSettings['assertion'] {
  const source = assertionSource(resolved, options);
  const grant = resolved.winner('oauth.grant');
  const isNeeded = grant?.value === 'jwt_bearer';
  if (source !== undefined) {
    if (isNeeded) return readSecretAfresh(source, options.env);
    const message = `${source.key} is of use with oauth.grant jwt_bearer only.`;
    throw configError(source.origin(), message, source.key);
  }
  if (!isNeeded) return undefined;
  if (isOnGitHub(options.env)) return readGitHubToken(options.env);
  const message = 'oauth.grant jwt_bearer needs oauth.assertion_file, _env or _command beside it.';
  throw configError(grant.origin(), message, grant.key);
}

function identityProvider(
  resolved: ResolvedServer,
  { own, providers, ...bases }: BuildOptions,
): ServerSettings['identityProvider'] {
  const setting = resolved.winner('oauth.idp');
  const grant = resolved.winner('oauth.grant');
  const isNeeded = grant?.value === 'enterprise';
  if (setting === undefined) {
    if (!isNeeded) return undefined;
    const message = 'oauth.grant enterprise needs oauth.idp beside it, the name of an identity provider.';
    throw configError(grant.origin(), message, grant.key);
  }
  if (isNeeded) return readIdentityProvider({ ...bases, user: own, flags: providers, setting });
  throw configError(
    setting.origin(),
    `${setting.key} is of use with oauth.grant enterprise only.`,
    setting.key,
  );
}

function openFile(source: Extract<SecretSource, { kind: 'file' }>): readonly ConfigWarning[] {
  if (!isOpen(source.path)) return [];
  const message = `${source.path} can be read by others. Run: chmod 600 ${source.path}`;
  return [configWarning(source.origin(), message, source.key)];
}

function redirect(resolved: ResolvedServer): ServerSettings['redirect'] {
  const port = resolved.winner('oauth.callback_port')?.value;
  const fixed = {
    ...defined('host', resolved.text('oauth.callback_host')),
    ...defined('port', typeof port === 'number' ? port : undefined),
    ...defined('path', resolved.text('oauth.callback_path')),
    ...defined('url', resolved.text('oauth.callback_url')),
  };
  return Object.keys(fixed).length === 0 ? undefined : fixed;
}

function unsafe(resolved: ResolvedServer): UnsafeOverrides | undefined {
  const yes = (key: string) => (resolved.winner(key)?.value === true ? true : undefined);
  const overrides: UnsafeOverrides = {
    ...defined('trustedIssuer', resolved.text('unsafe.trusted_issuer')),
    ...defined('trustedCallbackIssuer', resolved.text('unsafe.trusted_callback_issuer')),
    ...defined('allowMissingIss', yes('unsafe.allow_missing_iss')),
    ...defined('assumePkce', yes('unsafe.assume_pkce')),
    ...defined('upgradeHttp', yes('unsafe.upgrade_http')),
    ...defined('allowLegacy', yes('unsafe.allow_legacy')),
    ...defined('privateHosts', resolved.list('unsafe.private_hosts')),
    ...defined('authorizationServer', resolved.text('unsafe.authorization_server')),
  };
  return Object.keys(overrides).length === 0 ? undefined : overrides;
}
