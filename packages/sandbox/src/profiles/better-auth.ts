import type { Profile } from '../profile.js';

export const betterAuth: Profile = {
  summary: 'scopes pinned at registration, native clients only on loopback, resource in every refresh',
  facts: [
    'offline_access that was not registered is invalid_scope [C formbricks/formbricks#8406]',
    'a registration without application_type is that of a web page [C better-auth/better-auth#10913]',
    'anonymous registration is for the method none [C keeper.sh#208]',
    'a refresh without resource is invalid_target [C different-ai/openwork#2993]',
    'a refresh token may come again for thirty seconds [C uploads#909]',
  ],
  quirks: {
    issuerPath: '/api/auth',
    endpointPath: '/api/auth/mcp',
    scopesFrozen: true,
    registrationRefuses: ['no-application-type', 'secret-method'],
    authMethods: ['none'],
    resource: 'required',
    rotation: { leewaySeconds: 30 },
    refreshTokens: 'offline_access',
    serverScopes: ['openid', 'profile', 'email', 'offline_access'],
    resourceScopes: ['openid', 'profile'],
  },
};
