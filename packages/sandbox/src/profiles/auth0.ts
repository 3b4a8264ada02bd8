import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const auth0: Profile = {
  summary: 'the issuer ends with a slash; without audience the token is for somebody else',
  facts: [
    'an issuer with a slash at its end; registration is opt-in [R microsoft/vscode#274226]',
    'without audience the token is opaque and refused [R danny-avila/LibreChat#13401]',
  ],
  quirks: {
    issuerPath: '/',
    endpointPath: '',
    metadataAt: ['rfc8414', 'oidc'],
    ...noRegistration(),
    resource: 'ignored',
    audienceFrom: 'audience',
    issAdvertised: false,
    iss: 'missing',
    rotation: { leewaySeconds: 30 },
    serverScopes: ['openid', 'profile', 'offline_access'],
  },
};
