// A server that takes the word of a platform for the workloads on it (RFC 7523 section 2.1; SEP-1933, workload identity): nobody
// is registered. It demands its own name as the audience, and the subject that it was told of.
import type { Profile } from '../profile.js';

export const workload: Profile = {
  summary:
    'for workloads: their platform’s own token (jwt_bearer), a fresh one at /workload-token; no client',
  facts: [
    'what the MCP proposal for workload identity asks for [D modelcontextprotocol/modelcontextprotocol#1933]',
  ],
  quirks: {
    grantTypes: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
    registration: 'off',
    authMethods: ['none'],
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
    refreshTokens: 'never',
    idTokens: 'never',
  },
};
