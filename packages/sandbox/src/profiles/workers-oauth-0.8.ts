import type { Profile } from '../profile.js';

export const workersOauth08: Profile = {
  summary: "Cloudflare's library at 0.8: the current and the previous refresh token are good",
  facts: [
    'resource metadata at the path since 0.4.0 [D cloudflare/workers-oauth-provider]',
    'current and previous refresh token are good; no reuse is detected [R cloudflare/workers-oauth-provider#214]',
  ],
  quirks: {
    sameOrigin: true,
    pkceMethods: ['plain', 'S256'],
    pkce: 'plain-accepted',
    issAdvertised: false,
    iss: 'missing',
    rotation: 'previous-valid',
  },
};
