import type { Profile } from '../profile.js';

export const keycloakTrustedHosts: Profile = {
  summary: 'the registration is refused with 403 by a policy on hosts',
  facts: ['403 insufficient_scope with the words of a policy [C akb#635]'],
  quirks: {
    issuerPath: '/realms/mcp',
    metadataAt: ['oidc'],
    faults: {
      register: {
        status: 403,
        type: 'application/json',
        body: '{"error":"insufficient_scope","error_description":"Policy \'Trusted Hosts\' rejected request to client-registration service"}',
      },
    },
  },
};
