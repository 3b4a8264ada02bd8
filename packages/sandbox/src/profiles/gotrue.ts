import type { Profile } from '../profile.js';

export const gotrue: Profile = {
  summary: 'issuer with a path, offline_access refused, registration answers with a null method',
  facts: [
    'the issuer has the path /auth/v1, with the endpoints below it [C can1357/oh-my-pi#5267]',
    'offline_access is refused, refresh tokens come anyway [C supabase/auth#2628]',
    'the registration answers token_endpoint_auth_method null [C supabase/auth#2310]',
  ],
  quirks: {
    issuerPath: '/auth/v1',
    endpointPath: '/auth/v1/oauth',
    registrationMembers: { token_endpoint_auth_method: null },
    serverScopes: ['openid', 'profile', 'email'],
    grantableScopes: ['openid', 'profile', 'email'],
    issAdvertised: false,
    iss: 'missing',
  },
};
