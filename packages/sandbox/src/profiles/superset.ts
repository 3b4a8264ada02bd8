import type { Profile } from '../profile.js';

export const superset: Profile = {
  summary: 'of loopback only localhost may be registered',
  facts: ['localhost passes, 127.0.0.1 does not [R NousResearch/hermes-agent#29875]'],
  quirks: {
    redirectPolicy: 'localhost',
  },
};
