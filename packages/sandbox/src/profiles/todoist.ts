import type { Profile } from '../profile.js';

export const todoist: Profile = {
  summary: 'issuer on another host than the MCP server; resource metadata at the path',
  facts: [
    'an hour of access with a refresh token; a replay ends the session [C anthropics/claude-code#91641]',
  ],
  quirks: {
    resourceMetadataAt: ['path'],
    challengeMetadata: false,
    serverScopes: ['data:read_write'],
    resourceScopes: ['data:read_write'],
  },
};
