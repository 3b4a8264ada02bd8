import type { Profile } from '../profile.js';

export const workersOauth010: Profile = {
  summary: "Cloudflare's library at 0.10: everything in place, client ID metadata documents too",
  facts: [
    'documents are opt-in, and grants were kept apart by redirect URI from 0.10.3 [D cloudflare/workers-oauth-provider]',
  ],
  quirks: {
    sameOrigin: true,
    clientDocuments: 'on',
    rotation: 'previous-valid',
  },
};
