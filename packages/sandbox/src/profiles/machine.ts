// A server for programs alone (RFC 6749 section 4.4; the MCP extension for client credentials): no page for a person, no
// registration, no refresh tokens. Its one client brings a secret.
import type { Profile } from '../profile.js';

export const machine: Profile = {
  summary: 'for programs: client credentials, sandbox-machine with sandbox-secret; nobody signs in',
  facts: ['what the MCP extension for client credentials asks for [D modelcontextprotocol/ext-auth]'],
  quirks: {
    grantTypes: ['client_credentials'],
    registration: 'off',
    authMethods: ['client_secret_basic', 'client_secret_post'],
    staticClients: [
      {
        id: 'sandbox-machine',
        secret: 'sandbox-secret',
        name: 'Sandbox machine',
        authMethod: 'client_secret_basic',
        redirectUris: [],
      },
    ],
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
    refreshTokens: 'never',
    idTokens: 'never',
  },
};
