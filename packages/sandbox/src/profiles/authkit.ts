import type { Profile } from '../profile.js';

export const authkit: Profile = {
  summary: 'access tokens of five minutes; refresh token only with offline_access; metadata behind a 307',
  facts: [
    'both well-known documents, on a host of its own; the MCP origin answers for them with a 307 [D workos.com/docs/authkit/mcp]',
    'no refresh token without offline_access [R PrefectHQ/fastmcp#1356]',
    'access tokens of five minutes [R anthropics/claude-code#91641]',
    'a logo_uri in the registration is refused [R nicobailon/pi-mcp-adapter#321]',
  ],
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
