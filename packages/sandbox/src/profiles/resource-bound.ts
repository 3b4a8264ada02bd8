import type { Profile } from '../profile.js';

export const resourceBound: Profile = {
  summary: 'the same resource in authorization, token and refresh request, or invalid_target',
  facts: [
    'v0 refuses an authorization without `resource`, or with another one [C vercel/vercel#17583]',
    'Atlassian wants it in a refresh [C anomalyco/opencode#34592]',
    'Sentry compares it with that of the authorization request [C anomalyco/opencode#46316]',
  ],
  quirks: {
    resource: 'required',
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
  },
};
