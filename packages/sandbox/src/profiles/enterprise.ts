// A server that takes the word of an organisation's identity provider for its people (MCP extension for enterprise-managed
// authorization): no page, no registration. The provider is at /idp; it exchanges an ID token for an ID-JAG, which is taken once.
import type { Profile } from '../profile.js';

export const enterprise: Profile = {
  summary:
    'for an organisation: its identity provider, at /idp, vouches for its people (ID-JAG); nobody consents',
  facts: [
    'what the MCP extension for enterprise-managed authorization asks for [D modelcontextprotocol/ext-auth]',
  ],
  quirks: {
    grantTypes: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
    assertionsOf: 'people',
    registration: 'off',
    authMethods: ['client_secret_basic', 'client_secret_post'],
    staticClients: [
      {
        id: 'sandbox-agent',
        secret: 'sandbox-secret',
        name: 'Sandbox agent',
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
