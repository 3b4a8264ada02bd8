import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const salesforce: Profile = {
  summary: 'no resource metadata, an issuer on another host, localhost only, no expires_in',
  facts: [
    'no resource metadata; an issuer on the login host [C forcedotcom/mcp-hosted#24]',
    'redirect URIs must be on localhost [R nsflow#233]',
    'no expires_in in the token answer [C danny-avila/LibreChat#13248]',
  ],
  quirks: {
    ...noRegistration({ redirectUris: ['http://localhost/callback'] }),
    resourceMetadataAt: [],
    challengeMetadata: false,
    originMetadata: 'copy',
    tokenShapes: ['expires-in-absent'],
    issAdvertised: false,
    iss: 'missing',
  },
};
