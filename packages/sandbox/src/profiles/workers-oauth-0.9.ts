import type { Profile } from '../profile.js';

export const workersOauth09: Profile = {
  summary: "Cloudflare's library at 0.9 under an app of its own: promises iss and leaves it out",
  facts: [
    'iss is advertised since 0.9.0, and left out by apps that build the redirect themselves [C cloudflare/mcp-server-cloudflare#449]',
    'a resource that is not served is invalid_target [D cloudflare/workers-oauth-provider]',
  ],
  quirks: {
    sameOrigin: true,
    iss: 'missing',
    rotation: 'previous-valid',
  },
};
