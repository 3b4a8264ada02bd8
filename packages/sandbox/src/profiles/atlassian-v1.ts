import type { Profile } from '../profile.js';

export const atlassianV1: Profile = {
  summary: 'no resource metadata; the metadata at the MCP origin names an issuer on another host',
  facts: [
    "a challenge without resource_metadata, no resource metadata, the server's at the root of the MCP origin [C atlassian/atlassian-mcp-server#148]",
    'its issuer is another host [C atlassian/atlassian-mcp-server#205]',
  ],
  quirks: {
    resourceMetadataAt: [],
    challengeMetadata: false,
    originMetadata: 'copy',
    endpointPath: '/v1',
    issAdvertised: false,
    iss: 'missing',
  },
};
