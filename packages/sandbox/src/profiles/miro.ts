import type { Profile } from '../profile.js';

export const miro: Profile = {
  summary: 'a confidential registration, and a refresh token that dies young',
  facts: [
    'a refresh token that was invalid_grant at its first use after six hours; client_secret_post [C miroapp/miro-ai#59]',
  ],
  quirks: {
    authMethods: ['client_secret_post'],
    refreshTokenSeconds: 6 * 3600,
  },
};
