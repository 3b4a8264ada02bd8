// Stands for servers older than RFC 9728 (MCP 2025-03-26 basic/authorization): the MCP server is its own authorization
// server, with metadata at the root of its origin, and a challenge that says nothing. Atlassian v1, the Cloudflare
// bindings server and half of the hosted servers of one survey (conformance
// auth/2025-03-26-oauth-metadata-backcompat).
import type { Profile } from '../profile.js';

export const legacy202503: Profile = {
  summary: 'no resource metadata; the MCP origin is its own authorization server',
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
