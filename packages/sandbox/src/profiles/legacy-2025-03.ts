import type { Profile } from '../profile.js';

export const legacy202503: Profile = {
  summary: 'no resource metadata; the MCP origin is its own authorization server',
  facts: [
    'the revision 2025-03-26 knew no resource metadata [D modelcontextprotocol/modelcontextprotocol]',
    'half of the hosted servers of one survey were like that [R prime-agent#766]',
  ],
  quirks: {
    sameOrigin: true,
    eras: 'older',
    olderRevisions: ['2025-03-26'],
    resourceMetadataAt: [],
    challengeMetadata: false,
    metadataAt: ['rfc8414'],
    endpointPath: '/oauth',
    issAdvertised: false,
    iss: 'missing',
  },
};
