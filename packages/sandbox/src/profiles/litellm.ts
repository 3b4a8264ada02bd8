import type { Profile } from '../profile.js';

export const litellm: Profile = {
  summary: 'the registration answers with other redirect URIs than were sent',
  facts: ['other redirect URIs in the answer [C punkpeye/mcp-remote#292]'],
  quirks: {
    registrationMembers: { redirect_uris: ['https://gateway.sandbox.test/callback'] },
  },
};
