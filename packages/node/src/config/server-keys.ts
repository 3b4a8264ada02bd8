import { isLoopbackHost, isMcpassError, isScopeToken, judgeAccountLabel, parseServerUrl } from '@mcpass/auth';

/** What kind of value a key takes. A list of words means: one of these. */
export type KeyKind = 'text' | 'flag' | 'list' | 'seconds' | 'port' | 'map' | 'command' | readonly string[];

export interface KeyRule {
  readonly kind: KeyKind;
  /** A project file may set it: it neither runs anything nor weakens a check nor sends what the person holds. */
  readonly project?: true;
  /** What is wrong with a text, or with one item of a list, in words that read on after the key; never the value. */
  readonly judge?: (value: string) => string | undefined;
  /** What is wrong with the name of one entry of a map. */
  readonly judgeName?: (name: string) => string | undefined;
}

/** The keys of a server, nested tables dotted. The same table serves the files, `-c`, `explain` and the suggestions. */
export const SERVER_KEYS: Readonly<Record<string, KeyRule>> = {
  url: { kind: 'text', project: true, judge: judgeServerUrl },
  enabled: { kind: 'flag', project: true },
  scopes: { kind: 'list', project: true, judge: judgeScope },
  // Only a label: it chooses among the sign-ins that this person has made to this server.
  account: { kind: 'text', project: true, judge: judgeAccountLabel },
  offline_access: { kind: ['auto', 'always', 'never'], project: true },
  // Not for project files: together with a server of the project's choice it would fetch a token for another one.
  oauth_resource: { kind: 'text', judge: judgeResource },
  auth: { kind: ['auto', 'oauth', 'bearer', 'none'] },
  bearer_token_env_var: { kind: 'text', judge: judgeVariable },
  bearer_token_command: { kind: 'command' },
  http_headers: { kind: 'map', judge: judgeHeaderValue, judgeName: judgeHeaderName },
  env_http_headers: { kind: 'map', judge: judgeVariable, judgeName: judgeHeaderName },
  startup_timeout_sec: { kind: 'seconds', project: true },
  tool_timeout_sec: { kind: 'seconds', project: true },
  // Not for project files: they say whom to trust, and who we are.
  ca_file: { kind: 'text' },
  client_certificate_file: { kind: 'text' },
  client_key_file: { kind: 'text' },
  enabled_tools: { kind: 'list' },
  disabled_tools: { kind: 'list' },
  // Not for project files: it says where a secret of the person may go.
  'oauth.issuer': { kind: 'text', judge: judgeIssuerUrl },
  'oauth.client_id': { kind: 'text', project: true },
  'oauth.client_secret_env': { kind: 'text', judge: judgeVariable },
  'oauth.client_secret_file': { kind: 'text' },
  'oauth.client_secret_command': { kind: 'command' },
  'oauth.token_endpoint_auth_method': {
    kind: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  },
  'oauth.assertion_env': { kind: 'text', judge: judgeVariable },
  'oauth.assertion_file': { kind: 'text' },
  'oauth.assertion_command': { kind: 'command' },
  'oauth.assertion_audience': { kind: 'text' },
  'oauth.private_key_env': { kind: 'text', judge: judgeVariable },
  'oauth.private_key_file': { kind: 'text' },
  'oauth.private_key_command': { kind: 'command' },
  'oauth.private_key_id': { kind: 'text' },
  'oauth.signing_algorithm': { kind: ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA'] },
  'oauth.registration': { kind: ['auto', 'cimd', 'dcr', 'none'] },
  'oauth.registration_token_env': { kind: 'text', judge: judgeVariable },
  'oauth.registration_token_file': { kind: 'text' },
  'oauth.registration_token_command': { kind: 'command' },
  'oauth.client_metadata_url': { kind: 'text', judge: judgeMetadataUrl },
  'oauth.grant': {
    kind: ['authorization_code', 'client_credentials', 'device_code', 'jwt_bearer', 'enterprise'],
  },
  // Not for project files: it says who vouches for the person.
  'oauth.idp': { kind: 'text' },
  'oauth.dpop': { kind: ['auto', 'always', 'never'] },
  'oauth.par': { kind: ['auto', 'always', 'never'] },
  'oauth.callback_port': { kind: 'port', project: true },
  'oauth.callback_host': { kind: 'text', judge: judgeCallbackHost },
  'oauth.callback_path': { kind: 'text', project: true, judge: judgeCallbackPath },
  'oauth.callback_url': { kind: 'text', judge: judgeCallbackUrl },
  'oauth.authorize_params': { kind: 'map', judgeName: judgeParameterName },
  'oauth.token_params': { kind: 'map', judgeName: judgeParameterName },
  'oauth.refresh_scope': { kind: ['granted'] },
  'unsafe.trusted_issuer': { kind: 'text' },
  'unsafe.trusted_callback_issuer': { kind: 'text' },
  'unsafe.allow_missing_iss': { kind: 'flag' },
  'unsafe.assume_pkce': { kind: 'flag' },
  'unsafe.upgrade_http': { kind: 'flag' },
  'unsafe.allow_legacy': { kind: 'flag' },
  'unsafe.private_hosts': { kind: 'list' },
  'unsafe.authorization_server': { kind: 'text', judge: judgeServerAddress },
};

export const SERVER_KEY_NAMES: readonly string[] = Object.keys(SERVER_KEYS);

/** Tables that are not maps: their members are keys of ours. */
export const SERVER_TABLES: readonly string[] = ['oauth', 'unsafe'];

/** Keys of other programs in the same tables. They are left alone, and no typing mistakes of ours. */
export const FOREIGN_KEYS: ReadonlySet<string> = new Set([
  'default_tools_approval_mode',
  'environment_id',
  'experimental_environment',
  'name',
  'required',
  'startup_timeout_ms',
  'supports_parallel_tool_calls',
  'tools',
]);

const SECRET_ALTERNATIVES =
  'Name where it is instead: oauth.client_secret_env (a variable), oauth.client_secret_file or oauth.client_secret_command.';
const KEY_ALTERNATIVES =
  'Name where it is instead: oauth.private_key_file, oauth.private_key_env (a variable) or oauth.private_key_command.';
const ASSERTION_ALTERNATIVES =
  'Name where it is instead: oauth.assertion_file, oauth.assertion_env (a variable) or oauth.assertion_command.';
const REGISTRATION_ALTERNATIVES =
  'Name where it is instead: oauth.registration_token_env (a variable), oauth.registration_token_file or oauth.registration_token_command.';
const TOKEN_ALTERNATIVES =
  'Name where it is instead: bearer_token_env_var (a variable) or bearer_token_command.';

/** Keys under which people might write a secret, and what to do instead. */
export const SECRET_KEYS: Readonly<Record<string, string>> = {
  client_secret: SECRET_ALTERNATIVES,
  oauth_client_secret: SECRET_ALTERNATIVES,
  'oauth.client_secret': SECRET_ALTERNATIVES,
  'oauth.secret': SECRET_ALTERNATIVES,
  'oauth.private_key': KEY_ALTERNATIVES,
  'oauth.assertion': ASSERTION_ALTERNATIVES,
  'oauth.registration_token': REGISTRATION_ALTERNATIVES,
  private_key: KEY_ALTERNATIVES,
  access_token: TOKEN_ALTERNATIVES,
  api_key: TOKEN_ALTERNATIVES,
  bearer_token: TOKEN_ALTERNATIVES,
  password: TOKEN_ALTERNATIVES,
  token: TOKEN_ALTERNATIVES,
  'oauth.access_token': 'Sign in with mcpass login instead.',
  refresh_token: 'Sign in with mcpass login instead.',
  'oauth.refresh_token': 'Sign in with mcpass login instead.',
};

/** The rule of a key, or of the map that it is an entry of. */
export function ruleOf(key: string): KeyRule | undefined {
  if (Object.hasOwn(SERVER_KEYS, key)) return SERVER_KEYS[key];
  const map = mapOf(key);
  return map === undefined ? undefined : SERVER_KEYS[map];
}

/** Whether the value of a key is the name of a variable, in which a secret may be. */
export function namesVariable(key: string): boolean {
  return ruleOf(key)?.judge === judgeVariable;
}

/** The map that a key is an entry of: `http_headers` of `http_headers.X-Team`. */
export function mapOf(key: string): string | undefined {
  return SERVER_KEY_NAMES.find((name) => SERVER_KEYS[name]?.kind === 'map' && key.startsWith(`${name}.`));
}

function judgeServerUrl(value: string): string | undefined {
  try {
    parseServerUrl(value);
    return undefined;
  } catch (thrown) {
    if (isMcpassError(thrown)) return `cannot be used: ${thrown.message.replace(/\.$/, '')}`;
    throw thrown;
  }
}

// RFC 6749 section 3.3: a scope has no blanks, no quotation marks and no backslashes in it.
function judgeScope(value: string): string | undefined {
  return isScopeToken(value) ? undefined : 'must be a list with one scope in each item';
}

// RFC 8707 section 2: an absolute URI without a fragment.
function judgeResource(value: string): string | undefined {
  if (value === 'none' || (URL.canParse(value) && !value.includes('#'))) return undefined;
  return 'must be an absolute URI without a fragment, or "none"';
}

/** RFC 8414 section 2: a URL without query and fragment, compared to the byte. */
export function judgeIssuerUrl(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const good = url !== undefined && !/[?#@]/.test(value) && /^https?:$/.test(url.protocol);
  return good
    ? undefined
    : 'must be the URL of an authorization server, without query, fragment and user name';
}

/** As resource metadata would name it: its issuer, or the address of its metadata document. */
function judgeServerAddress(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  return isSafe && !value.includes('#') ? undefined : 'must be the https URL of an authorization server';
}

export function judgeVariable(value: string): string | undefined {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(value)
    ? undefined
    : 'must be the name of an environment variable, not what is in it';
}

// RFC 9110 section 5.6.2.
function judgeHeaderName(name: string): string | undefined {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) ? undefined : 'is not the name of a header';
}

/** RFC 9110 section 5.5: one line of visible characters and blanks. */
export function judgeHeaderValue(value: string): string | undefined {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? undefined : 'has characters that no header may have';
}

function judgeParameterName(name: string): string | undefined {
  return /secret|password/i.test(name)
    ? `is a secret, which does not belong here. ${SECRET_ALTERNATIVES}`
    : undefined;
}

// draft-ietf-oauth-client-id-metadata-document section 3: an https URL with a path. On loopback http will do: that is
// somebody who develops a server.
function judgeMetadataUrl(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  const good = safe && url.pathname !== '/' && url.hash === '' && url.username === '';
  return good ? undefined : 'must be an https URL with a path and without a fragment';
}

function judgeCallbackHost(value: string): string | undefined {
  const host = value.includes(':') && !value.startsWith('[') ? `[${value}]` : value;
  return isLoopbackHost(host)
    ? undefined
    : 'must be a name of this machine, such as localhost; see oauth.callback_url';
}

function judgeCallbackPath(value: string): string | undefined {
  return /^\/[^?#\s]*$/.test(value) ? undefined : 'must be a path that begins with /';
}

function judgeCallbackUrl(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const good =
    (url?.protocol === 'https:' || url?.protocol === 'http:') && url.hash === '' && url.username === '';
  return good ? undefined : 'must be an http or https URL without a fragment';
}
