import type { Profile } from '../profile.js';

export const stepup: Profile = {
  summary: 'anonymous connect; tools need mcp:basic, the tool write needs mcp:write',
  facts: [
    "Google's hosted servers greet everybody and challenge a call [C home-assistant/core#180546]",
    'Stripe wants scopes as they are needed [R anthropics/claude-code#28258]',
    'better-auth refuses scopes that were not registered, so that a step-up needs a new registration [C formbricks/formbricks#8406]',
  ],
  quirks: {
    anonymous: ['initialize', 'notifications/initialized', 'server/discover', 'ping', 'GET', 'DELETE'],
    scopesNeeded: { 'tools/list': 'mcp:basic', 'tools/call': 'mcp:basic', 'tools/call write': 'mcp:write' },
    resourceScopes: ['mcp:profile'],
    scopesFrozen: true,
  },
};
