import type { Client } from './grant.js';
import { refuse, type OAuthError } from './oauth-error.js';
import { isRegistered, type RedirectMatch } from './redirect-uri.js';
import { parseScope } from './scope.js';

/**
 * Further reasons for which an authorization request is refused.
 *
 * - `no-state` (Okta), `short-state`: less than eight characters (Hydra)
 * - `unknown-parameters`: the parameter list is closed (Supabase)
 * - `no-scope`: a scope is needed (Cognito)
 */
export type AuthorizeRule = 'no-state' | 'short-state' | 'unknown-parameters' | 'no-scope';

/** What the authorization endpoint insists on. */
export interface AuthorizeQuirks {
  readonly authorizeRefuses: readonly AuthorizeRule[];
  readonly redirectMatch: RedirectMatch;
  /**
   * RFC 8707. `required`: exactly one known `resource` in every request. `checked`: may be left out, must be right when
   * sent. `ignored`: not looked at. `refused`: sending one is an error (Entra).
   */
  readonly resource: 'required' | 'checked' | 'ignored' | 'refused';
  /** PKCE: S256 needed, `plain` accepted too, or not looked at when missing. */
  readonly pkce: 'S256' | 'plain-accepted' | 'optional';
  /** Scopes that may be granted; undefined: all. */
  readonly grantableScopes?: readonly string[] | undefined;
  /** What happens to the others. */
  readonly otherScopes: 'refused' | 'dropped';
  /** Whether a refused request goes back to the client, or ends in a page that the client never learns of. */
  readonly authorizeErrors: 'redirect' | 'page';
}

/** What the checks compare a request with. */
export interface AuthorizeSituation {
  readonly quirks: AuthorizeQuirks;
  readonly client: Client | undefined;
  readonly resource: string;
  readonly scopesFrozen: boolean;
  readonly authorizeQuery: Readonly<Record<string, string>>;
}

type Check = (query: URLSearchParams, situation: AuthorizeSituation) => OAuthError | undefined;

/** As long as one of these fails there is nowhere to redirect to (RFC 6749 section 4.1.2.1). */
const BEFORE_REDIRECT: readonly Check[] = [endpointQuery, knownClient, registeredRedirect];

const AFTER_REDIRECT: readonly Check[] = [
  noDuplicates,
  closedParameters,
  responseType,
  state,
  pkce,
  resource,
  scope,
];

/** Decides whether the user may be asked; tells a dead end from an error that the client gets to see. */
export function judgeAuthorization(
  query: URLSearchParams,
  situation: AuthorizeSituation,
): { refusal: OAuthError; deadEnd: boolean } | undefined {
  for (const check of BEFORE_REDIRECT) {
    const refusal = check(query, situation);
    if (refusal !== undefined) return { refusal, deadEnd: true };
  }
  for (const check of AFTER_REDIRECT) {
    const refusal = check(query, situation);
    if (refusal !== undefined) return { refusal, deadEnd: situation.quirks.authorizeErrors === 'page' };
  }
  return undefined;
}

/** The scopes that the user is asked for: what was requested, less what this server drops. */
export function requestedScopes(query: URLSearchParams, quirks: AuthorizeQuirks): string[] {
  return parseScope(query.get('scope')).filter((name) => quirks.grantableScopes?.includes(name) !== false);
}

function endpointQuery(
  query: URLSearchParams,
  { authorizeQuery }: AuthorizeSituation,
): OAuthError | undefined {
  for (const [name, value] of Object.entries(authorizeQuery)) {
    const sent = query.getAll(name);
    if (sent.length !== 1 || sent[0] !== value) {
      return refuse('invalid_request', `the endpoint's own parameter ${name} was lost or doubled`);
    }
  }
  return undefined;
}

function knownClient(query: URLSearchParams, { client }: AuthorizeSituation): OAuthError | undefined {
  return client === undefined
    ? refuse('invalid_client', `unknown client ${query.get('client_id') ?? ''}`)
    : undefined;
}

function registeredRedirect(
  query: URLSearchParams,
  { client, quirks }: AuthorizeSituation,
): OAuthError | undefined {
  const uri = query.get('redirect_uri');
  if (uri !== null && isRegistered(uri, client?.redirectUris ?? [], quirks.redirectMatch)) return undefined;
  return refuse('unauthorized_client', 'redirect_uri not registered');
}

/** RFC 6749 section 3.1. Several resources would be legal (RFC 8707 section 2); an MCP client has one. */
function noDuplicates(query: URLSearchParams): OAuthError | undefined {
  const twice = [...query.keys()].find((name) => query.getAll(name).length > 1);
  return twice === undefined ? undefined : refuse('invalid_request', `parameter ${twice} was sent twice`);
}

const STANDARD = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'resource',
  'code_challenge',
];

function closedParameters(
  query: URLSearchParams,
  { quirks, authorizeQuery }: AuthorizeSituation,
): OAuthError | undefined {
  if (!quirks.authorizeRefuses.includes('unknown-parameters')) return undefined;
  const known = new Set([...STANDARD, 'code_challenge_method', ...Object.keys(authorizeQuery)]);
  const unknown = [...query.keys()].filter((name) => !known.has(name));
  if (unknown.length === 0) return undefined;
  return refuse(
    'invalid_request',
    `Unrecognized key(s) in object: ${unknown.map((name) => `'${name}'`).join(', ')}`,
  );
}

function responseType(query: URLSearchParams): OAuthError | undefined {
  return query.get('response_type') === 'code' ? undefined : refuse('unsupported_response_type', 'only code');
}

function state(query: URLSearchParams, { quirks }: AuthorizeSituation): OAuthError | undefined {
  const length = query.get('state')?.length ?? 0;
  if (quirks.authorizeRefuses.includes('no-state') && length === 0)
    return refuse('invalid_request', 'state is missing');
  if (quirks.authorizeRefuses.includes('short-state') && length < 8)
    return refuse('invalid_state', 'state is too short');
  return undefined;
}

function pkce(query: URLSearchParams, { quirks }: AuthorizeSituation): OAuthError | undefined {
  const challenge = query.get('code_challenge');
  if (challenge === null) {
    return quirks.pkce === 'optional' ? undefined : refuse('invalid_request', 'code_challenge is missing');
  }
  // RFC 7636 section 4.3: without a method it is plain.
  const method = query.get('code_challenge_method') ?? 'plain';
  if (method === 'S256') {
    // Section 4.2: 32 bytes in base64url.
    return /^[\w-]{43}$/.test(challenge)
      ? undefined
      : refuse('invalid_request', 'code_challenge is no SHA-256');
  }
  if (method === 'plain' && quirks.pkce !== 'S256') return undefined;
  return refuse('invalid_request', `code_challenge_method ${method} is not supported`);
}

function resource(query: URLSearchParams, situation: AuthorizeSituation): OAuthError | undefined {
  return judgeResource(query.get('resource'), situation.quirks.resource, situation.resource);
}

/** Decides about one `resource` value (RFC 8707 section 2). */
export function judgeResource(
  sent: string | null,
  rule: AuthorizeQuirks['resource'],
  known: string,
): OAuthError | undefined {
  if (rule === 'ignored') return undefined;
  if (rule === 'refused')
    return sent === null ? undefined : refuse('invalid_target', 'resource is not supported');
  if (sent === null) return rule === 'required' ? refuse('invalid_target', 'resource is missing') : undefined;
  return sent === known ? undefined : refuse('invalid_target', `unknown resource ${sent}`);
}

function scope(
  query: URLSearchParams,
  { quirks, client, scopesFrozen }: AuthorizeSituation,
): OAuthError | undefined {
  const scopes = parseScope(query.get('scope'));
  if (quirks.authorizeRefuses.includes('no-scope') && scopes.length === 0) {
    return refuse('invalid_scope', 'a scope is needed');
  }
  const registered = parseScope(client?.scope);
  const outside = scopesFrozen ? scopes.find((name) => !registered.includes(name)) : undefined;
  if (outside !== undefined) return refuse('invalid_scope', `the client is not registered for ${outside}`);
  const unknown = scopes.find((name) => quirks.grantableScopes?.includes(name) === false);
  if (unknown === undefined || quirks.otherScopes === 'dropped') return undefined;
  return refuse('invalid_scope', `unknown scope ${unknown}`);
}
