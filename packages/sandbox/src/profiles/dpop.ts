// Stands for servers that bind their tokens to a key (RFC 9449; SEP-1932; conformance auth/dpop): a stolen token is of no use.
// Keycloak, Okta, Auth0 and Bluesky have it.
import type { Profile } from '../profile.js';

export const dpop: Profile = {
  summary: 'tokens bound to a key: every request needs a fresh proof (RFC 9449)',
  facts: [
    'what the MCP proposal for bound tokens asks of both servers [D modelcontextprotocol/modelcontextprotocol#1932]',
  ],
  quirks: {
    dpop: 'required',
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
  },
};

// The same, with nonces of both servers, new ones every minute (sections 8 and 9).
export const dpopNonce: Profile = {
  summary: 'the same, and both servers have a nonce that every proof must name',
  facts: ['either server may demand a nonce of its own in every proof [D rfc-editor/rfc9449]'],
  quirks: { ...dpop.quirks, dpopNonces: { seconds: 60 } },
};
