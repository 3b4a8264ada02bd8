import type { BindingQuirks } from '../authorization/token-binding.js';

/**
 * Where the protected resource metadata is published, for `https://mcp.test/mcp`:
 *
 * - `path`: `/.well-known/oauth-protected-resource/mcp` (RFC 9728 section 3.1)
 * - `root`: `/.well-known/oauth-protected-resource`
 * - `custom`: a place that only the challenge tells
 */
export type ResourceMetadataPlace = 'path' | 'root' | 'custom';

/** What an MCP server says about itself as a protected resource (RFC 9728). */
export interface ResourceMetadataQuirks {
  /** The challenge names the first; empty: there is no document. */
  readonly resourceMetadataAt: readonly ResourceMetadataPlace[];
  /** The `resource` member: the MCP URL, its origin, the URL with a slash added or taken away, or that URL. */
  readonly resourceIdentifier: 'url' | 'origin' | 'slash' | 'no-slash' | `http${string}`;
  /**
   * The `authorization_servers`: the issuer; with a slash added; the MCP URL; the issuer's metadata URL; an
   * unusable one first; none; that URL.
   */
  readonly authorizationServers:
    | 'issuer'
    | 'slash'
    | 'mcp-url'
    | 'metadata-url'
    | 'wrong-first'
    | 'none'
    | `http${string}`;
  /** The `scopes_supported` member; left out when undefined. */
  readonly resourceScopes?: readonly string[] | undefined;
  /** Members that replace or extend the document. */
  readonly resourceMetadataMembers: Readonly<Record<string, unknown>>;
}

/** The addresses that the document is made of. */
export interface ResourceAddresses {
  readonly origin: string;
  /** Path of the MCP endpoint. */
  readonly path: string;
  readonly issuer: string;
  readonly serverMetadataUrl: string | undefined;
}

const CUSTOM_PATH = '/custom/metadata/location.json';

/** The identifier of the MCP server in OAuth: what `resource` has to be. */
export function resourceIdentifier(origin: string, path: string, quirks: ResourceMetadataQuirks): string {
  switch (quirks.resourceIdentifier) {
    case 'url':
      return origin + path;
    case 'origin':
      return origin;
    case 'slash':
      return `${origin}${path}/`;
    case 'no-slash':
      return (origin + path).replace(/\/$/, '');
    default:
      return quirks.resourceIdentifier;
  }
}

/** The paths at which the document is published; the first is the one in the challenge. */
export function resourceMetadataPaths(path: string, quirks: ResourceMetadataQuirks): string[] {
  const places: Record<ResourceMetadataPlace, string> = {
    path: `/.well-known/oauth-protected-resource${path === '/' ? '' : path}`,
    root: '/.well-known/oauth-protected-resource',
    custom: CUSTOM_PATH,
  };
  return [...new Set(quirks.resourceMetadataAt.map((place) => places[place]))];
}

/** The document (RFC 9728 section 2). */
export function resourceMetadata(
  addresses: ResourceAddresses,
  quirks: ResourceMetadataQuirks & Pick<BindingQuirks, 'dpop' | 'dpopAlgorithms'>,
): Record<string, unknown> {
  const servers = listServers(addresses, quirks);
  return {
    resource: resourceIdentifier(addresses.origin, addresses.path, quirks),
    ...(servers.length > 0 && { authorization_servers: servers }),
    ...(quirks.resourceScopes !== undefined && { scopes_supported: quirks.resourceScopes }),
    bearer_methods_supported: ['header'],
    ...(quirks.dpop !== 'off' && { dpop_signing_alg_values_supported: quirks.dpopAlgorithms }),
    ...(quirks.dpop === 'required' && { dpop_bound_access_tokens_required: true }),
    ...quirks.resourceMetadataMembers,
  };
}

function listServers(
  { origin, path, issuer, serverMetadataUrl }: ResourceAddresses,
  quirks: ResourceMetadataQuirks,
): string[] {
  switch (quirks.authorizationServers) {
    case 'issuer':
      return [issuer];
    case 'slash':
      return [`${issuer}/`];
    case 'mcp-url':
      return [origin + path];
    case 'metadata-url':
      return [serverMetadataUrl ?? issuer];
    case 'wrong-first':
      return [`${origin}/no-authorization-server-here`, issuer];
    case 'none':
      return [];
    default:
      return [quirks.authorizationServers];
  }
}
