import type { Profile } from '../profile.js';

export const stytch: Profile = {
  summary: 'a production project: no loopback redirect URI',
  facts: ['localhost is barred in production [R punkpeye/mcp-remote#81]'],
  quirks: {
    redirectPolicy: 'https',
    serverScopes: ['openid', 'profile', 'email', 'offline_access'],
  },
};
