import type { Profile } from '../profile.js';

export const jumpcloud: Profile = {
  summary: 'the issuer in the metadata has a slash more than the resource metadata',
  facts: ['without a slash there, with one here [C anomalyco/opencode#50036]'],
  quirks: {
    metadataIssuer: 'slash',
    issAdvertised: false,
    iss: 'missing',
  },
};
