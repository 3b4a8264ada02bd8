import type { Profile } from '../profile.js';

export const auth0Compatible: Profile = {
  summary: 'Auth0 with its compatibility profile: resource is honoured',
  facts: ['a tenant setting makes resource count [D auth0.com/docs]'],
  quirks: {
    issuerPath: '/',
    endpointPath: '',
    metadataAt: ['rfc8414', 'oidc'],
    resourceScopes: ['openid', 'profile'],
    rotation: { leewaySeconds: 30 },
    serverScopes: ['openid', 'profile', 'offline_access'],
    refreshTokens: 'offline_access',
  },
};
