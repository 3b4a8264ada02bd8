import type { ErrorCode, McpassError, Step } from '@mcpass/auth';

/* What the specifications demand where a server has not done it: the words are ours, the sections theirs. */

const MCP = 'MCP authorization (2026-07-28)';

const BY_CODE: Partial<Record<ErrorCode, string>> = {
  resource_mismatch:
    'RFC 9728 section 3.3: "resource" must be the identifier that the metadata address was made from',
  resource_metadata_invalid:
    'RFC 9728 section 3.2: the metadata is a JSON object with "resource", served with status 200 to everybody',
  issuer_mismatch:
    'RFC 8414 section 3.3: "issuer" must be identical to the name that the metadata address was made from',
  server_metadata_missing: `RFC 8414 section 3 and ${MCP}, "Authorization Server Metadata Discovery": the authorization server publishes its metadata`,
  pkce_unsupported: `${MCP}, "Authorization Code Protection": code_challenge_methods_supported must be there and list S256 (RFC 7636)`,
  endpoint_unsafe: `${MCP}, "Communication Security" and "Server-Side Request Forgery": endpoints are https, and a public server leads to no private network`,
  client_needed: `${MCP}, "Client Registration Approaches": pre-registered, metadata document or dynamic registration; without any a client has to be made by hand`,
  registration_refused:
    'RFC 7591 section 3.2: a registration ends with a client_id, or with an error that says what to change',
  client_rejected:
    'RFC 6749 section 5.2: invalid_client is for a client that is unknown or has not proved itself',
  client_issuer_mismatch: `${MCP}, "Authorization Server Binding": a client goes only to the authorization server that it belongs to`,
  authorization_invalid: `RFC 9207 section 2.4 and ${MCP}, "Authorization Response Validation": iss must be the issuer that was asked, where it is promised or sent`,
  authorization_refused: 'RFC 6749 section 4.1.2.1: what an error in the authorization response means',
  login_refused: 'RFC 6749 section 4.1.2.1: access_denied, the person or the server said no',
  token_refused: 'RFC 6749 section 5.2: what an error of the token endpoint means',
  token_rejected: 'RFC 6750 section 3.1: a token is refused with 401 and error="invalid_token"',
  insufficient_scope: `RFC 6750 section 3.1 and ${MCP}, "Scope Challenge Handling": 403 with error="insufficient_scope" names the scopes that are missing`,
  answer_too_large: 'no specification has a limit; metadata and token answers are a hundredth of 256 KiB',
  redirect_refused:
    'RFC 9700 section 4.12: a request with credentials in it is not sent on to where a redirect points',
  rate_limited:
    'RFC 6585 section 4: 429 means that there were too many requests; Retry-After says when to come back',
  server_error: 'RFC 9110 section 15.6: a 5xx says that the server has failed, not the request',
  tls_failed:
    'RFC 9110 section 4.3.4: the certificate must be valid now, for this host, from an authority that is trusted here',
};

const INVALID_ANSWERS: Partial<Record<Step, string>> = {
  server: 'RFC 8414 section 2: authorization_endpoint and token_endpoint are in the metadata, as JSON',
  client: 'RFC 7591 section 3.2.1: a registration is answered with a JSON object that has a client_id',
  token: 'RFC 6749 section 5.1: a token answer is a JSON object with access_token and token_type',
  refresh: 'RFC 6749 section 5.1: a token answer is a JSON object with access_token and token_type',
};

/** The rule that stands behind an error, where one does. */
export function requirementOf({ code, step }: McpassError): string | undefined {
  return code === 'answer_invalid' ? INVALID_ANSWERS[step] : BY_CODE[code];
}

/** What each tolerated deviation departs from; the ids are those of docs/deviations.md. */
const BY_DEVIATION: Readonly<Record<string, string>> = {
  A04: 'RFC 9728 section 5.1: resource_metadata is the URL of the metadata',
  A07: 'RFC 9110 section 11.6.1: a 401 carries WWW-Authenticate',
  A08: `${MCP}, "Protected Resource Metadata": a server of this revision must have it (RFC 9728)`,
  A14: 'RFC 9728 section 2: authorization_servers lists issuer identifiers, not addresses of documents',
  A19: 'RFC 8414 section 3.3: issuer must be identical, to the byte',
  A27: 'RFC 8414 section 2: each member has the type that is registered for it',
  A39: `${MCP}, "Authorization Server Location": authorization_servers names at least one`,
  B06: 'RFC 7591 section 2: scope is a member that a client may register',
  B08: 'OpenID Connect Registration section 2 and MCP: application_type is a member that a client states',
  B12: 'RFC 8252 section 7.3: loopback redirect URIs are allowed, with any port',
  B15: 'RFC 7591 section 3.2.1: a registration is answered with 201',
  B21: 'RFC 7591 section 3.2.1: a client lives until client_secret_expires_at, or for good',
  B26: 'RFC 7591 section 2: grant_types may list refresh_token',
  C15: `${MCP}, "Refresh Tokens": offline_access in scopes_supported means that it may be asked for`,
  C26: 'RFC 6749 section 3.3 and appendix A.4: the characters that a scope may have',
  E01: 'RFC 6749 section 5.1: the token answer is application/json',
  E03: 'RFC 6749 section 5.1: the token answer has status 200',
  E04: 'RFC 6749 section 5.1: token_type is required, and says how the token is used',
  E05: 'RFC 6749 section 3.3: scopes are separated by spaces',
  E06: 'RFC 6749 section 5.1: expires_in is a number',
  E07: 'RFC 6749 section 5.1: expires_in is recommended',
  E10: 'RFC 8414 section 2: token_endpoint_auth_methods_supported lists what is taken',
  E20: 'OpenID Connect Core section 3.1.3.7: how an ID token is validated',
  F09: 'RFC 6749 section 6: no new refresh token means that the old one stays',
};

export function requirementOfDeviation(id: string): string | undefined {
  return BY_DEVIATION[id];
}
