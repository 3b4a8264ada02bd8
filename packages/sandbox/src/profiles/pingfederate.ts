import type { Profile } from '../profile.js';
import { STATIC_CLIENT } from './static-client.js';

export const pingfederate: Profile = {
  summary: 'registration below /as wants an initial access token',
  facts: ['registration is off by default and then wants a token [D docs.pingidentity.com]'],
  quirks: {
    endpointPath: '/as',
    registrationToken: 'an-initial-access-token',
    staticClients: [STATIC_CLIENT],
  },
};
