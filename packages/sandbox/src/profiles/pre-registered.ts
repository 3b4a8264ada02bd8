import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const preRegistered: Profile = {
  summary: 'one client, sandbox-client with sandbox-secret; no registration',
  facts: [
    'Box, GitHub, Google and Cognito have neither registration nor documents: an app is made by hand [C anthropics/claude-code#67258]',
  ],
  quirks: {
    ...noRegistration(),
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
  },
};
