// A server that does everything as the specification wants it (MCP 2026-07-28, basic/authorization): RFC 9728 metadata
// at the path and in the challenge, RFC 8414 metadata with S256 and `iss`, open registration, rotating refresh tokens.
// It stands for no provider; the other profiles say how they differ from it.
import type { Profile } from '../profile.js';

export const plain: Profile = {
  summary: 'by the book: open registration, S256, iss, rotating refresh tokens',
  quirks: {
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
  },
};
