import type { Profile } from '../profile.js';

export const attio: Profile = {
  summary: 'state is a must; of loopback only http',
  facts: ['a request without state is refused [C ironclaw#1049]'],
  quirks: {
    authorizeRefuses: ['no-state'],
  },
};
