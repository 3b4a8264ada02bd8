import type { Profile } from '../profile.js';

export const hydra: Profile = {
  summary: 'empty members refused, state of eight characters, audience in place of resource',
  facts: [
    'empty members of a registration are refused [C anthropics/claude-code#13685]',
    'resource is ignored and the audience stays empty [C agentarea#381]',
    'the audience is asked for with audience [D ory.sh/docs]',
    'a state of less than eight characters is refused [C sigbit/mcp-auth-proxy#126]',
  ],
  quirks: {
    registrationRefuses: ['empty-members'],
    scopesFrozen: true,
    authorizeRefuses: ['no-state', 'short-state'],
    resource: 'ignored',
    audienceFrom: 'audience',
    issAdvertised: false,
    iss: 'missing',
  },
};
