/* Where metadata lives. All of these are strings on purpose: an issuer is compared byte for byte later, and a URL
   object would already have changed it. */

const RESOURCE = '/.well-known/oauth-protected-resource';
const SERVER = '/.well-known/oauth-authorization-server';
const OPENID = '/.well-known/openid-configuration';

/** RFC 9728 section 3.1: for the path of the MCP endpoint first (its query included), then for the whole origin. */
export function resourceMetadataLocations(server: URL): readonly string[] {
  const path = server.pathname.replace(/\/$/, '');
  const root = `${server.origin}${RESOURCE}`;
  return path === '' ? [root] : [`${root}${path}${server.search}`, root];
}

/**
 * Where the metadata of an issuer may be, in the order of the MCP specification ("Authorization Server Metadata
 * Discovery"): RFC 8414 insertion, OpenID insertion, OpenID append. One more comes last: RFC 8414 appended, which some
 * servers use although nobody specified it.
 */
export function serverMetadataLocations(issuer: URL): readonly string[] {
  const path = issuer.pathname.replace(/\/$/, '');
  if (path === '') return [`${issuer.origin}${SERVER}`, `${issuer.origin}${OPENID}`];
  return [
    `${issuer.origin}${SERVER}${path}`,
    `${issuer.origin}${OPENID}${path}`,
    `${issuer.origin}${path}${OPENID}`,
    `${issuer.origin}${path}${SERVER}`,
  ];
}

/** MCP 2025-03-26, "Server Metadata Discovery": at the root of the MCP server's own origin. */
export function legacyMetadataLocation(server: URL): string {
  return `${server.origin}${SERVER}`;
}

/**
 * When a value that should be an issuer is the address of its metadata, the issuer that this address stands for (RFC
 * 8414 section 3.1 backwards); otherwise `undefined`.
 */
export function issuerOfMetadataUrl(value: URL): string | undefined {
  for (const suffix of [SERVER, OPENID]) {
    if (value.pathname === suffix) return value.origin;
    if (value.pathname.startsWith(`${suffix}/`)) return value.origin + value.pathname.slice(suffix.length);
    if (value.pathname.endsWith(suffix)) return value.origin + value.pathname.slice(0, -suffix.length);
  }
  return undefined;
}
