import type { Profile } from '../profile.js';

export const calCom: Profile = {
  summary: 'no private-use schemes in redirect URIs',
  facts: ['custom schemes are refused [R SuperAgent#371]'],
  quirks: {
    redirectPolicy: 'loopback',
  },
};
