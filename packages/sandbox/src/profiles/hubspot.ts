import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const hubspot: Profile = {
  summary: 'no registration; the challenge is a bare URL',
  facts: [
    'a challenge that is a URL without a parameter name [C awesome-remote-mcp#56]',
    'no registration endpoint [R agor#1957]',
  ],
  quirks: {
    ...noRegistration(),
    challenge: 'url-only',
  },
};
