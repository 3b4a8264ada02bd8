// Stands for providers where an app is made by hand: Box, GitHub, Google, Cognito and others
// (anthropics/claude-code#67258). One confidential client, secret in a Basic header, and of the redirect URI only the
// port may differ.
import type { Profile } from '../profile.js';

export const preRegistered: Profile = {
  summary: 'one client, sandbox-client with sandbox-secret; no registration',
  commands: ({ url }) => [
    'export SANDBOX_SECRET=sandbox-secret',
    `mcpass add sandbox ${url} --client-id sandbox-client --client-secret-env SANDBOX_SECRET`,
    'mcpass login sandbox',
  ],
  quirks: {
    registration: 'off',
    authMethods: ['client_secret_basic'],
    staticClients: [
      {
        id: 'sandbox-client',
        secret: 'sandbox-secret',
        name: 'Sandbox client',
        authMethod: 'client_secret_basic',
        redirectUris: ['127.0.0.1', 'localhost'].flatMap((host) =>
          ['/callback', '/oauth/callback', '/'].map((path) => `http://${host}${path}`),
        ),
      },
    ],
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
  },
};
