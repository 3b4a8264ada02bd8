import type { Profile } from '../profile.js';

export const plain: Profile = {
  summary: 'by the book: open registration, S256, iss, rotating refresh tokens',
  facts: [
    'the specification itself, MCP 2026-07-28 basic/authorization: it stands for no provider [D modelcontextprotocol/modelcontextprotocol]',
  ],
  quirks: {
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
  },
};
