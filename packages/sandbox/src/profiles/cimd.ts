import type { Profile } from '../profile.js';

export const cimd: Profile = {
  summary: 'client ID metadata documents, no registration',
  facts: [
    'what 2026-07-28 prefers for clients that nobody knows [D modelcontextprotocol/modelcontextprotocol]',
  ],
  quirks: {
    registration: 'off',
    clientDocuments: 'on',
    authMethods: ['none'],
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
  },
};
