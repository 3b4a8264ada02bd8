// Stands for WorkOS AuthKit as basic-memory cloud and others use it:
// - both well-known documents, on a host of its own; the MCP server's origin answers for its authorization server with
//   a 307 to them (WorkOS MCP guide)
// - a refresh token only for `offline_access`, which the resource metadata lists (PrefectHQ/fastmcp#1356,
//   anthropics/claude-code#7744)
// - access tokens of five minutes (anthropics/claude-code#91641)
// - a `logo_uri` in the registration is refused (nicobailon/pi-mcp-adapter#321)
import type { Profile } from '../profile.js';

export const authkit: Profile = {
  summary: 'access tokens of five minutes; refresh token only with offline_access; metadata behind a 307',
  quirks: {
    metadataAt: ['rfc8414', 'oidc'],
    originMetadata: 'redirect',
    serverScopes: ['openid', 'profile', 'email', 'offline_access'],
    resourceScopes: ['openid', 'profile', 'email', 'offline_access'],
    refreshTokens: 'offline_access',
    accessTokenSeconds: 300,
    registrationRefuses: ['logo'],
  },
};
