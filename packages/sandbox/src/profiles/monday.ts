import type { Profile } from '../profile.js';

export const monday: Profile = {
  summary: 'the iss of the callback lacks the path of the issuer',
  facts: ['an authorization server with a path, an iss without [C mondaycom/mcp#453]'],
  quirks: {
    issuerPath: '/mcp',
    iss: 'origin',
  },
};
