import { randomUUID } from 'node:crypto';
import type { LoggedRequest } from '../http/request-log.js';
import type { ClientRegistry } from './client-registry.js';
import type { AuthMethod, Client } from './grant.js';
import { isRefusal, refuse, type OAuthError } from './oauth-error.js';
import { isRegistrable, type RedirectPolicy } from './redirect-uri.js';

/**
 * Reasons for which a server refuses a registration, beyond a bad redirect URI.
 *
 * - `no-scope`: no `scope` member (Fastmail)
 * - `no-name`: no `client_name` (Stripe)
 * - `no-application-type`: taken for a web client, for which loopback is refused (better-auth 1.7)
 * - `no-auth-method`: no explicit `token_endpoint_auth_method` (Notion fails later; this says so at once)
 * - `unknown-members`: a member that RFC 7591 does not have (Keycloak)
 * - `empty-members`: `""` or null in place of leaving a member out (Hydra)
 * - `logo`: a `logo_uri` (seen at AuthKit)
 * - `several-redirect-uris`: more than one redirect URI
 * - `refresh-grant`: `refresh_token` among the grant types
 */
export type RegistrationRule =
  | 'no-scope'
  | 'no-name'
  | 'no-application-type'
  | 'no-auth-method'
  | 'unknown-members'
  | 'empty-members'
  | 'logo'
  | 'client-uri'
  | 'secret-method'
  | 'several-redirect-uris'
  | 'refresh-grant';

/** How clients are registered (RFC 7591). */
export interface RegistrationQuirks {
  readonly registration: 'open' | 'off';
  readonly registrationRefuses: readonly RegistrationRule[];
  /** Scopes that may be registered; undefined: all. */
  readonly registrableScopes?: readonly string[] | undefined;
  /** Registration wants this bearer token (Okta, PingFederate; RFC 7591 section 3). */
  readonly registrationToken?: string | undefined;
  /** Names of clients that the provider has approved; others get a bare `Forbidden` labelled as JSON (Figma). */
  readonly approvedNames?: readonly string[] | undefined;
  readonly redirectPolicy: RedirectPolicy;
  /** A scope outside the registered one is an error at the authorization endpoint. */
  readonly scopesFrozen: boolean;
  /** Issues a secret even to a client that asked for `none`. */
  readonly secretIssued: boolean;
  /** Registers this method, whatever the client asked for. */
  readonly authMethodForced?: AuthMethod | undefined;
  readonly registrationStatus: 200 | 201;
  /** `client_secret_expires_at`, counted from the registration; 0 for never (RFC 7591 section 3.2.1). */
  readonly secretSeconds: number;
  /** Members that replace or extend the answer: another redirect URI, a null method … */
  readonly registrationMembers: Readonly<Record<string, unknown>>;
  /** Clients that exist from the start. */
  readonly staticClients: readonly Client[];
}

type Metadata = Readonly<Record<string, unknown>>;

/** Serves the registration endpoint. */
export function register(
  request: LoggedRequest,
  quirks: RegistrationQuirks,
  clients: ClientRegistry,
  nowS: number,
): Response | OAuthError {
  const { registrationToken: wanted } = quirks;
  if (wanted !== undefined && request.headers['authorization'] !== `Bearer ${wanted}`) {
    return refuse('invalid_token', 'registration needs an access token', 401);
  }
  const metadata = request.json;
  if (!isObject(metadata)) return refuse('invalid_client_metadata', 'the body is not a JSON object');
  if (quirks.approvedNames?.includes(String(metadata['client_name'])) === false) {
    return new Response('Forbidden', { status: 403, headers: { 'content-type': 'application/json' } });
  }
  const client = judgeRegistration(metadata, quirks);
  if (isRefusal(client)) return client;
  clients.add(client);
  return Response.json(registrationAnswer(client, metadata, quirks, nowS), {
    status: quirks.registrationStatus,
    headers: { 'cache-control': 'no-store' },
  });
}

/** Decides about a registration; sends and stores nothing. */
export function judgeRegistration(metadata: Metadata, quirks: RegistrationQuirks): Client | OAuthError {
  for (const rule of quirks.registrationRefuses) {
    const refusal = RULES[rule](metadata);
    if (refusal !== undefined) return refusal;
  }
  const { redirect_uris: redirectUris = [], grant_types: grantTypes = ['authorization_code'] } = metadata;
  if (!isTextList(grantTypes)) return refuse('invalid_client_metadata', 'grant_types is no list');
  // RFC 7591 section 2: only those need one that are led back to the client.
  const isLedBack = grantTypes.includes('authorization_code');
  if (!isTextList(redirectUris) || (redirectUris.length === 0 && isLedBack)) {
    return refuse('invalid_redirect_uri', 'redirect_uris is missing');
  }
  if (!redirectUris.every((uri) => isRegistrable(uri, quirks.redirectPolicy))) {
    return refuse('invalid_redirect_uri', 'redirect_uri not valid scheme');
  }
  const scope = typeof metadata['scope'] === 'string' ? metadata['scope'] : undefined;
  const foreign = scope?.split(' ').find((name) => quirks.registrableScopes?.includes(name) === false);
  if (foreign !== undefined) return refuse('invalid_client_metadata', `scope not allowed: ${foreign}`);
  const authMethod = quirks.authMethodForced ?? requestedMethod(metadata['token_endpoint_auth_method']);
  if (authMethod === undefined)
    return refuse('invalid_client_metadata', 'token_endpoint_auth_method not supported');
  return {
    id: `client-${randomUUID()}`,
    name: typeof metadata['client_name'] === 'string' ? metadata['client_name'] : 'unnamed client',
    redirectUris,
    grantTypes,
    authMethod,
    ...((authMethod !== 'none' || quirks.secretIssued) && { secret: `secret-${randomUUID()}` }),
    ...(scope !== undefined && { scope }),
  };
}

/** RFC 7591 section 2: without a method the client is a `client_secret_basic` one. */
function requestedMethod(method: unknown): AuthMethod | undefined {
  switch (method) {
    case undefined:
      return 'client_secret_basic';
    case 'none':
    case 'client_secret_basic':
    case 'client_secret_post':
      return method;
    default:
      return undefined;
  }
}

function registrationAnswer(
  client: Client,
  metadata: Metadata,
  quirks: RegistrationQuirks,
  nowS: number,
): Metadata {
  return {
    ...metadata,
    client_id: client.id,
    client_id_issued_at: nowS,
    ...(client.secret !== undefined && {
      client_secret: client.secret,
      client_secret_expires_at: quirks.secretSeconds === 0 ? 0 : nowS + quirks.secretSeconds,
    }),
    token_endpoint_auth_method: client.authMethod,
    ...quirks.registrationMembers,
  };
}

/** RFC 7591 section 2 and OpenID Connect Dynamic Client Registration section 2. */
const KNOWN_MEMBERS = new Set(
  (
    'redirect_uris token_endpoint_auth_method grant_types response_types client_name client_uri logo_uri scope ' +
    'contacts tos_uri policy_uri jwks_uri jwks software_id software_version application_type'
  ).split(' '),
);

const RULES: Record<RegistrationRule, (metadata: Metadata) => OAuthError | undefined> = {
  // The wording is Fastmail's own (codex#20503).
  'no-scope': (m) => when(!m['scope'], 'invalid_request', 'invalid_request no scope'),
  'no-name': (m) => when(!m['client_name'], 'invalid_client_metadata', 'client_name is required'),
  'no-application-type': (m) =>
    when(
      m['application_type'] !== 'native',
      'invalid_redirect_uri',
      'web clients must use https redirect URIs',
    ),
  'no-auth-method': (m) =>
    when(
      !m['token_endpoint_auth_method'],
      'invalid_client_metadata',
      'token_endpoint_auth_method is required',
    ),
  'unknown-members': (m) => {
    const unknown = Object.keys(m).find((name) => !KNOWN_MEMBERS.has(name));
    return when(unknown !== undefined, 'invalid_client_metadata', `Unrecognized field "${unknown}"`);
  },
  'empty-members': (m) =>
    when(
      Object.values(m).some((v) => v === '' || v === null),
      'invalid_client_metadata',
      'a member is empty',
    ),
  logo: (m) => when('logo_uri' in m, 'invalid_client_metadata', 'logo_uri is not accepted'),
  'client-uri': (m) =>
    when(
      'client_uri' in m && !String(m['redirect_uris']).includes(originOf(m['client_uri'])),
      'invalid_client_metadata',
      'client_uri must share the origin of a redirect URI',
    ),
  'secret-method': (m) =>
    when(
      m['token_endpoint_auth_method'] !== 'none',
      'invalid_client_metadata',
      'anonymous registration is for public clients',
    ),
  'several-redirect-uris': (m) =>
    when(
      isTextList(m['redirect_uris']) && m['redirect_uris'].length > 1,
      'invalid_redirect_uri',
      'only one redirect URI',
    ),
  'refresh-grant': (m) =>
    when(
      isTextList(m['grant_types']) && m['grant_types'].includes('refresh_token'),
      'invalid_client_metadata',
      'grant_types: only authorization_code',
    ),
};

function originOf(uri: unknown): string {
  return typeof uri === 'string' && URL.canParse(uri) ? new URL(uri).origin : 'nowhere';
}

function when(broken: boolean, error: string, description: string): OAuthError | undefined {
  return broken ? refuse(error, description) : undefined;
}

function isObject(value: unknown): value is Metadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
