import type { Profile } from '../profile.js';

export const v0: Profile = {
  summary: 'resource is required, to the byte',
  facts: ['invalid_target where resource is missing or altered [C vercel/vercel#17583]'],
  quirks: {
    resource: 'required',
    resourceScopes: ['openid'],
    serverScopes: ['openid', 'offline_access'],
    refreshTokens: 'offline_access',
  },
};
