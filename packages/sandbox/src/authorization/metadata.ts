import { DEVICE_CODE_GRANT } from './device-codes.js';
import type { AuthMethod } from './grant.js';

/**
 * Where the metadata document is published, for the issuer `https://as.test/tenant`:
 *
 * - `rfc8414`: `/.well-known/oauth-authorization-server/tenant` (RFC 8414 section 3.1)
 * - `oidc-insertion`: `/.well-known/openid-configuration/tenant` (RFC 8414 section 5)
 * - `oidc`: `/tenant/.well-known/openid-configuration` (OpenID Connect Discovery section 4)
 * - `rfc8414-append`: `/tenant/.well-known/oauth-authorization-server` (in no specification; Okta)
 * - `root`: `/.well-known/oauth-authorization-server`, without the issuer's path
 */
export type MetadataPlace = 'rfc8414' | 'oidc-insertion' | 'oidc' | 'rfc8414-append' | 'root';

/** What the authorization server says about itself. */
export interface MetadataQuirks {
  /** Path of the issuer, such as `/tenant`; empty for none. */
  readonly issuerPath: string;
  /** Path in front of `/authorize`, `/token` and the other endpoints. */
  readonly endpointPath: string;
  readonly metadataAt: readonly MetadataPlace[];
  /**
   * The `issuer` in the document: as it should be, with a slash added, without its path, with `{tenantid}` for the first
   * segment of the path (Entra), or that URL.
   */
  readonly metadataIssuer: 'exact' | 'slash' | 'path-dropped' | 'tenant-template' | `http${string}`;
  /** `code_challenge_methods_supported`; `absent` leaves it out. */
  readonly pkceMethods: readonly string[] | 'absent';
  /** `authorization_response_iss_parameter_supported` (RFC 9207 section 3). */
  readonly issAdvertised: boolean;
  /** `scopes_supported`; left out when undefined. */
  readonly serverScopes?: readonly string[] | undefined;
  /** `token_endpoint_auth_methods_supported`; `absent` leaves it out. */
  readonly authMethods: readonly AuthMethod[] | 'absent';
  /** `grant_types_supported`: only these are served. Without `authorization_code` there is no page for a person. */
  readonly grantTypes: readonly string[];
  /** A query that the authorization endpoint already has (RFC 6749 section 3.1) and insists on. */
  readonly authorizeQuery: Readonly<Record<string, string>>;
  /** Members that replace or extend the document, also with nonsense: null, `javascript:`, `http:` … */
  readonly metadataMembers: Readonly<Record<string, unknown>>;
}

/** Which endpoints exist. */
export interface Offer {
  readonly registration: boolean;
  readonly revocation: boolean;
  readonly clientDocuments: boolean;
  readonly deviceCodes: boolean;
  readonly proofAlgorithms: readonly string[] | undefined;
  readonly pushedRequests: 'off' | 'offered' | 'required';
}

/** The issuer identifier. */
export function issuerOf(origin: string, quirks: MetadataQuirks): string {
  return origin + quirks.issuerPath;
}

/** The paths at which the document is published. */
export function metadataPaths(quirks: MetadataQuirks): string[] {
  return [...new Set(quirks.metadataAt.map((place) => PATHS[place](quirks.issuerPath.replace(/\/$/, ''))))];
}

const PATHS: Record<MetadataPlace, (issuerPath: string) => string> = {
  rfc8414: (path) => `/.well-known/oauth-authorization-server${path}`,
  'oidc-insertion': (path) => `/.well-known/openid-configuration${path}`,
  oidc: (path) => `${path}/.well-known/openid-configuration`,
  'rfc8414-append': (path) => `${path}/.well-known/oauth-authorization-server`,
  root: () => '/.well-known/oauth-authorization-server',
};

/** The metadata document (RFC 8414 section 2). */
export function metadataDocument(
  { origin, issuerOrigin }: { readonly origin: string; readonly issuerOrigin: string },
  quirks: MetadataQuirks,
  offer: Offer,
): Record<string, unknown> {
  const at = (name: string): string => `${origin}${quirks.endpointPath}/${name}`;
  const attended = quirks.grantTypes.includes('authorization_code');
  const query = new URLSearchParams(quirks.authorizeQuery).toString();
  return {
    issuer: statedIssuer(issuerOrigin, quirks),
    ...(attended && {
      authorization_endpoint: at('authorize') + (query === '' ? '' : `?${query}`),
      response_modes_supported: ['query'],
    }),
    token_endpoint: at('token'),
    jwks_uri: at('jwks'),
    response_types_supported: attended ? ['code'] : [],
    grant_types_supported: [...quirks.grantTypes, ...(offer.deviceCodes ? [DEVICE_CODE_GRANT] : [])],
    ...(offer.registration && { registration_endpoint: at('register') }),
    ...(offer.revocation && { revocation_endpoint: at('revoke') }),
    ...(offer.deviceCodes && { device_authorization_endpoint: at('device_authorization') }),
    ...(offer.proofAlgorithms !== undefined && { dpop_signing_alg_values_supported: offer.proofAlgorithms }),
    ...(offer.pushedRequests !== 'off' && { pushed_authorization_request_endpoint: at('par') }),
    ...(offer.pushedRequests === 'required' && { require_pushed_authorization_requests: true }),
    ...(offer.clientDocuments && { client_id_metadata_document_supported: true }),
    ...(attended &&
      quirks.pkceMethods !== 'absent' && { code_challenge_methods_supported: quirks.pkceMethods }),
    ...(quirks.authMethods !== 'absent' && { token_endpoint_auth_methods_supported: quirks.authMethods }),
    ...(quirks.authMethods.includes('private_key_jwt') && {
      token_endpoint_auth_signing_alg_values_supported: ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA'],
    }),
    ...(quirks.serverScopes !== undefined && { scopes_supported: quirks.serverScopes }),
    ...(attended && quirks.issAdvertised && { authorization_response_iss_parameter_supported: true }),
    ...quirks.metadataMembers,
  };
}

function statedIssuer(origin: string, quirks: MetadataQuirks): string {
  switch (quirks.metadataIssuer) {
    case 'exact':
      return issuerOf(origin, quirks);
    case 'slash':
      return `${issuerOf(origin, quirks)}/`;
    case 'path-dropped':
      return origin;
    case 'tenant-template':
      return origin + quirks.issuerPath.replace(/^\/[^/]+/, '/{tenantid}');
    default:
      return quirks.metadataIssuer;
  }
}
