import type { Profile } from '../profile.js';

export const clerk: Profile = {
  summary:
    'client_uri must share the origin of a redirect URI; scopes outside the registered ones are refused',
  facts: [
    'client_uri and redirect URI must be of one origin [C modelcontextprotocol/inspector#710]',
    'scopes of the server fail where those of the resource were registered [R clerk/mcp-tools#9]',
    'public clients, client_secret_basic and documents are advertised [C promptMinder#63]',
  ],
  quirks: {
    registrationRefuses: ['client-uri'],
    scopesFrozen: true,
    authMethods: ['client_secret_basic', 'none'],
    clientDocuments: 'on',
    resourceScopes: ['profile', 'email'],
    serverScopes: ['openid', 'profile', 'email', 'offline_access'],
    refreshTokens: 'offline_access',
  },
};
