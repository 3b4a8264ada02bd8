import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const cognito: Profile = {
  summary: "no registration, PKCE not advertised, the pool's scopes are not for this client",
  facts: [
    'neither registration nor resource indicators [D docs.aws.amazon.com]',
    'the document lacks the PKCE member [C anthropics/claude-code#67258]',
    'scopes of the whole pool are invalid_scope for a client [C openchoreo#3217]',
    'a refresh token may come again for up to a minute [D docs.aws.amazon.com]',
  ],
  quirks: {
    ...noRegistration(),
    issuerPath: '/eu-west-1_example',
    endpointPath: '/oauth2',
    metadataAt: ['oidc'],
    pkceMethods: 'absent',
    resource: 'ignored',
    serverScopes: ['openid', 'email', 'phone', 'profile'],
    grantableScopes: ['mcp/read', 'openid'],
    resourceScopes: ['mcp/read'],
    authorizeRefuses: ['no-scope'],
    rotation: { leewaySeconds: 60 },
    issAdvertised: false,
    iss: 'missing',
  },
};
