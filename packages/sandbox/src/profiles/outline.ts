import type { Profile } from '../profile.js';

export const outline: Profile = {
  summary: 'a web page with status 200 at the well-known places; the authorization server is the MCP origin',
  facts: [
    'well-known addresses answer 200 with text/html [C outline/outline#11572]',
    'three refreshes at once end the grant [C danny-avila/LibreChat#14583]',
  ],
  quirks: {
    faults: { 'resource-metadata': 'html' },
    challengeMetadata: false,
    sameOrigin: true,
  },
};
