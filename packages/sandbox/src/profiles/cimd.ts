// Stands for servers without registration that fetch a client ID metadata document instead, as 2026-07-28 prefers it
// (basic/authorization/client-registration; draft-ietf-oauth-client-id-metadata-document-00).
import type { Profile } from '../profile.js';

export const cimd: Profile = {
  summary: 'client ID metadata documents, no registration',
  commands: ({ url, clientDocumentUrl }) => [
    `mcpass add sandbox ${url}`,
    `mcpass login sandbox -c 'mcp_servers.sandbox.oauth.client_metadata_url="${clientDocumentUrl}"'`,
  ],
  quirks: {
    registration: 'off',
    clientDocuments: 'on',
    authMethods: ['none'],
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
  },
};
