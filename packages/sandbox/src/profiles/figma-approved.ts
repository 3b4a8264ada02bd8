import type { Profile } from '../profile.js';

export const figmaApproved: Profile = {
  summary: 'what an approved client meets: a secret that it did not ask for, and which the exchange wants',
  facts: [
    'a secret comes back although none is advertised, and the exchange wants it in the body [C NousResearch/hermes-agent#73141]',
  ],
  quirks: {
    authMethods: ['none'],
    secretIssued: true,
    authMethodForced: 'client_secret_post',
    serverScopes: ['mcp:connect'],
    resourceScopes: ['mcp:connect'],
  },
};
