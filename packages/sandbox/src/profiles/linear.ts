import type { Profile } from '../profile.js';

export const linear: Profile = {
  summary: 'one host for everything; a day of access; a refresh token may come again for half an hour',
  facts: [
    'endpoints on the MCP host, scopes read and write, public clients [C OpenHands/extensions#374]',
    'half an hour in which a refresh token may come again, then "Grant not found" [C anthropics/claude-code#85236]',
    'initialize passed while the tools were refused, in one client [R anomalyco/opencode#5444]',
  ],
  quirks: {
    sameOrigin: true,
    authMethods: ['none'],
    anonymous: ['initialize', 'notifications/initialized', 'server/discover'],
    accessTokenSeconds: 86_400,
    rotation: { leewaySeconds: 1800 },
    serverScopes: ['read', 'write'],
    resourceScopes: ['read', 'write'],
  },
};
