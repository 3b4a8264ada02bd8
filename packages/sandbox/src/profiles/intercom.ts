import type { Profile } from '../profile.js';

export const intercom: Profile = {
  summary: 'redirect URIs of an allow-list only, none of them on loopback',
  facts: ['a redirect URI that is not in the list is refused [C modelcontextprotocol/servers#2444]'],
  quirks: {
    redirectPolicy: 'https',
    sameOrigin: true,
  },
};
