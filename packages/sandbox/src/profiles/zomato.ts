import type { Profile } from '../profile.js';

export const zomato: Profile = {
  summary: 'the challenge names no metadata, and loopback is not allowed',
  facts: [
    'a challenge without metadata [C Zomato/mcp-server-manifest#30]',
    'localhost is disabled [C Zomato/mcp-server-manifest#39]',
  ],
  quirks: {
    challengeMetadata: false,
    redirectPolicy: 'https',
  },
};
