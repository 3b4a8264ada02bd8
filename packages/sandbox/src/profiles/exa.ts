import type { Profile } from '../profile.js';

export const exa: Profile = {
  summary: 'resource is hard-coded to /mcp, and a refresh token is good once',
  facts: [
    'the resource metadata names /mcp whatever was asked [C exa-labs/exa-mcp-server#387]',
    '"Refresh token has been revoked" at a replay [R anthropics/claude-code#85236]',
  ],
  quirks: {
    wording: { 'refresh token reused, grant revoked': { description: 'Refresh token has been revoked' } },
  },
};
