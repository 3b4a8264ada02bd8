import type { Profile } from '../profile.js';

export const atlassianAuthv2: Profile = {
  summary: 'the metadata of /tenant names the issuer without its path',
  facts: [
    "resource metadata at the path; the issuer in the server's document lacks the tenant [C atlassian/atlassian-mcp-server#148]",
  ],
  quirks: {
    issuerPath: '/tenant',
    metadataIssuer: 'path-dropped',
    issAdvertised: false,
    iss: 'missing',
    rotation: { leewaySeconds: 600 },
  },
};
