import type { Profile } from '../profile.js';

export const front: Profile = {
  summary: "endpoints on the app's host, and the issuer on the MCP host",
  facts: ['endpoints on another host than the metadata [C punkpeye/mcp-remote#301]'],
  quirks: {
    issuerAt: 'mcp-origin',
    originMetadata: 'copy',
    endpointPath: '/oauth',
  },
};
