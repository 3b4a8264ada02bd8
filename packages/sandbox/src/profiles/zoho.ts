import type { Profile } from '../profile.js';

export const zoho: Profile = {
  summary: 'refresh token only with access_type=offline',
  facts: ['access_type=offline is needed [R NousResearch/hermes-agent#93342]'],
  quirks: {
    refreshTokens: 'access_type',
    rotation: 'none',
  },
};
