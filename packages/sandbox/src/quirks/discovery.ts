import type { NamedQuirk } from '../profile.js';

/** What can be odd before a client is known: challenge, resource metadata, authorization server metadata. */
export const DISCOVERY_QUIRKS: Readonly<Record<string, NamedQuirk>> = {
  'no-challenge': { summary: '401 without WWW-Authenticate', quirks: { challenge: 'none' } },
  'bare-challenge': {
    summary: 'the challenge is "Bearer" and nothing else',
    quirks: { challengeMetadata: false },
  },
  'several-challenges': {
    summary: 'Negotiate, Basic and DPoP stand before Bearer',
    quirks: { challenge: 'several-schemes' },
  },
  'challenge-headers': {
    summary: 'the same in a header line each',
    quirks: { challenge: 'several-headers' },
  },
  'odd-case-challenge': {
    summary: 'scheme and parameters in odd cases, unquoted',
    quirks: { challenge: 'odd-case' },
  },
  'quoted-commas': {
    summary: 'commas and decoys inside a quoted value',
    quirks: { challenge: 'quoted-commas' },
  },
  'wrong-parameter-name': {
    summary: 'resource_metadata_uri in place of resource_metadata',
    quirks: { challenge: 'wrong-name' },
  },
  'url-only-challenge': {
    summary: 'the metadata URL without a parameter name',
    quirks: { challenge: 'url-only' },
  },
  'remapped-challenge': { summary: 'a gateway renames WWW-Authenticate', quirks: { challenge: 'remapped' } },
  'challenge-error': {
    summary: 'an error even where no token was sent',
    quirks: { challengeError: 'invalid_request' },
  },
  'unauthorized-403': { summary: '403 in place of 401', quirks: { unauthorizedStatus: 403 } },
  'unauthorized-404': { summary: '404 in place of 401', quirks: { unauthorizedStatus: 404 } },
  'anonymous-list': {
    summary: 'everybody may connect and list; only a call wants a token',
    quirks: {
      anonymous: [
        'initialize',
        'notifications/initialized',
        'server/discover',
        'ping',
        'GET',
        'DELETE',
        'tools/list',
      ],
    },
  },
  'no-resource-metadata': {
    summary: 'no RFC 9728 document; that of the authorization server at the MCP origin',
    quirks: { resourceMetadataAt: [], challengeMetadata: false, originMetadata: 'copy' },
  },
  'resource-metadata-root': {
    summary: 'the resource metadata only at the root',
    quirks: { resourceMetadataAt: ['root'] },
  },
  'resource-metadata-hidden': {
    summary: 'a place that only the challenge tells',
    quirks: { resourceMetadataAt: ['custom'] },
  },
  'resource-metadata-html': {
    summary: 'a web page where the resource metadata should be',
    quirks: { faults: { 'resource-metadata': 'html' } },
  },
  'resource-metadata-503': {
    summary: 'the resource metadata is answered with 503',
    quirks: { faults: { 'resource-metadata': { status: 503 } } },
  },
  'resource-metadata-401': {
    summary: 'the resource metadata is answered with 401',
    quirks: { faults: { 'resource-metadata': { status: 401 } } },
  },
  'resource-origin': {
    summary: 'resource is the origin of the MCP URL',
    quirks: { resourceIdentifier: 'origin' },
  },
  'resource-slash': {
    summary: 'resource has a slash more than the MCP URL',
    quirks: { resourceIdentifier: 'slash' },
  },
  'resource-elsewhere': {
    summary: 'resource is on another host',
    quirks: { resourceIdentifier: 'https://other-resource.sandbox.test/mcp' },
  },
  'server-slash': {
    summary: 'the authorization server is named with a slash more',
    quirks: { authorizationServers: 'slash' },
  },
  'server-mcp-url': {
    summary: 'the MCP URL is named as its own authorization server',
    quirks: { authorizationServers: 'mcp-url' },
  },
  'server-metadata-url': {
    summary: 'a metadata URL is named in place of an issuer',
    quirks: { authorizationServers: 'metadata-url' },
  },
  'server-wrong-first': {
    summary: 'the first of two authorization servers is not there',
    quirks: { authorizationServers: 'wrong-first' },
  },
  'server-none': {
    summary: 'no authorization server is named',
    quirks: { authorizationServers: 'none', sameOrigin: true },
  },
  'metadata-oidc-only': {
    summary: 'only OpenID Connect discovery, path before the well-known',
    quirks: { metadataAt: ['oidc'] },
  },
  'metadata-append-only': {
    summary: 'RFC 8414 metadata behind the path of the issuer',
    quirks: { metadataAt: ['rfc8414-append'] },
  },
  'metadata-307': {
    summary: "the MCP origin redirects to the authorization server's metadata",
    quirks: { originMetadata: 'redirect' },
  },
  'metadata-html': {
    summary: "a web page where the server's metadata should be",
    quirks: { faults: { metadata: 'html' } },
  },
  'metadata-503': {
    summary: "the server's metadata is answered with 503",
    quirks: { faults: { metadata: { status: 503 } } },
  },
  'metadata-nulls': {
    summary: 'optional members are null or of another type',
    quirks: {
      metadataMembers: { op_policy_uri: null, ui_locales_supported: 'en', service_documentation: 7 },
    },
  },
  'issuer-slash': {
    summary: 'issuer has a slash more than what was asked for',
    quirks: { metadataIssuer: 'slash' },
  },
  'issuer-path-dropped': {
    summary: 'the metadata of /tenant names the issuer without its path',
    quirks: { issuerPath: '/tenant', metadataIssuer: 'path-dropped' },
  },
  'issuer-elsewhere': {
    summary: 'issuer is another host',
    quirks: { metadataIssuer: 'https://login.sandbox.test' },
  },
  'issuer-template': {
    summary: 'issuer has {tenantid} in it',
    quirks: { issuerPath: '/organizations/v2.0', metadataIssuer: 'tenant-template' },
  },
  'no-pkce-field': {
    summary: 'code_challenge_methods_supported is missing',
    quirks: { pkceMethods: 'absent' },
  },
  'plain-pkce': {
    summary: 'only the PKCE method plain',
    quirks: { pkceMethods: ['plain'], pkce: 'plain-accepted' },
  },
  'http-endpoints': {
    summary: 'the metadata has http endpoints of a name that is not loopback',
    quirks: {
      metadataMembers: {
        authorization_endpoint: 'http://as.sandbox.test/authorize',
        token_endpoint: 'http://as.sandbox.test/token',
      },
    },
  },
};
