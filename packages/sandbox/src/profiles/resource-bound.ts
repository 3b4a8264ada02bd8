// Stands for servers that take RFC 8707 seriously: `resource` in the authorization request, in the token request and in
// every refresh, always the same one, else `invalid_target`. Seen at v0 (vercel/vercel#17583), Atlassian's refresh
// (anomalyco/opencode#34592), Sentry (anomalyco/opencode#46316), workers-oauth-provider from 0.9 and better-auth
// (different-ai/openwork#2993).
import type { Profile } from '../profile.js';

export const resourceBound: Profile = {
  summary: 'the same resource in authorization, token and refresh request, or invalid_target',
  quirks: {
    resource: 'required',
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
  },
};
