import type { Profile } from '../profile.js';

export const namecheap: Profile = {
  summary: 'an iss that was not promised, and of another host',
  facts: ['metadata without fault; iss names the host of the authorization page [C openai/codex#38944]'],
  quirks: {
    issAdvertised: false,
    iss: 'https://www.namecheap.sandbox.test',
  },
};
