import type { Profile } from '../profile.js';
import { STATIC_CLIENT } from './static-client.js';

export const okta: Profile = {
  summary: "registration needs a token, state is a must, metadata behind the issuer's path",
  facts: [
    'a registration endpoint is advertised that wants an API token [C modelcontextprotocol/modelcontextprotocol#695]',
    'an authorization without state is refused [C modelcontextprotocol/inspector#682]',
    'the document of a custom authorization server stands behind its path [R MCPJam/inspector#1002]',
    'rotation with a leeway [D developer.okta.com]',
  ],
  quirks: {
    issuerPath: '/oauth2/default',
    endpointPath: '/oauth2/default/v1',
    metadataAt: ['rfc8414-append'],
    registrationToken: 'an-api-token-of-okta',
    staticClients: [STATIC_CLIENT],
    authorizeRefuses: ['no-state'],
    rotation: { leewaySeconds: 30 },
    issAdvertised: false,
    iss: 'missing',
  },
};
