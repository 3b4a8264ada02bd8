import type { Profile } from '../profile.js';

export const sentryDeadUpstream: Profile = {
  summary: 'the refresh works and the token does not: what is behind the server has gone',
  facts: ['the upstream token was revoked, and each refresh wraps it again [R getsentry/sentry-mcp#920]'],
  quirks: {
    sameOrigin: true,
    endpointPath: '/oauth',
    tokensRefused: true,
  },
};
