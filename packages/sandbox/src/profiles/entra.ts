import type { Quirks } from '../profile.js';
import { noRegistration } from './static-client.js';

/** What the four ways to meet Microsoft Entra ID have in common; the sources are with the profiles. */
export const ENTRA: Partial<Quirks> = {
  ...noRegistration({ authMethod: 'client_secret_post' }),
  metadataAt: ['oidc'],
  endpointPath: '/oauth2/v2.0',
  pkceMethods: 'absent',
  resource: 'refused',
  refreshTokens: 'offline_access',
  refreshScope: 'required',
  issAdvertised: false,
  iss: 'missing',
  serverScopes: ['openid', 'profile', 'email', 'offline_access'],
  resourceScopes: ['api://mcp/access'],
  wording: {
    'resource is not supported': {
      description: 'AADSTS901002: The resource request parameter is not supported.',
    },
    'scope is missing': { description: 'AADSTS90009: The application asks for a token for itself.' },
    'client is registered for client_secret_post': {
      error: 'invalid_client',
      description: 'AADSTS7000218: The request body must contain client_assertion or client_secret.',
    },
    'only cross-origin requests are served': {
      description:
        'AADSTS9002327: Tokens issued for a single-page application may only be redeemed cross-origin.',
    },
  },
};
