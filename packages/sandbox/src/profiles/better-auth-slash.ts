import type { Profile } from '../profile.js';

export const betterAuthSlash: Profile = {
  summary: 'the issuer in the metadata has a slash more, the iss of the callback has not',
  facts: ['metadata with a slash, iss without [C archestra#7250]'],
  quirks: {
    issuerPath: '/api/auth',
    metadataIssuer: 'slash',
  },
};
