import type { Profile } from '../profile.js';

export const sentry: Profile = {
  summary: 'one host for everything; a refresh may name no other resource than the authorization request',
  facts: [
    'the authorization endpoint is on the MCP host; an hour of access [C getsentry/sentry-mcp#107]',
    'a refresh with a resource that was not asked for is refused [C anomalyco/opencode#46316]',
    'without registration there is no way in [R getsentry/sentry-mcp#780]',
  ],
  quirks: {
    sameOrigin: true,
    endpointPath: '/oauth',
    serverScopes: ['org:read', 'project:write', 'team:write', 'event:write'],
    resourceScopes: ['org:read', 'project:write'],
  },
};
