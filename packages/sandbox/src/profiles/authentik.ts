import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const authentik: Profile = {
  summary: 'an issuer for each app, with a slash at its end; OpenID Connect discovery only; no registration',
  facts: [
    'no registration; the document behind the path of the app [C agentgateway/agentgateway#2567]',
    'the audience is the client, resource is not known [R IBM/mcp-context-forge#4171]',
  ],
  quirks: {
    ...noRegistration(),
    issuerPath: '/application/o/mcp/',
    endpointPath: '/application/o',
    metadataAt: ['oidc'],
    resource: 'ignored',
    issAdvertised: false,
    iss: 'missing',
  },
};
