import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const google: Profile = {
  summary:
    'everybody may connect and list; the server is named with a slash more; refresh token only with access_type=offline',
  facts: [
    'initialize and tools/list pass without a token; the metadata of a call is where its challenge says [C home-assistant/core#180546]',
    'the resource metadata names the server with a slash more than its issuer [C modelcontextprotocol/python-sdk#1919]',
    'no registration; a secret beside PKCE [C openai/codex#40783]',
    'a refresh token needs access_type=offline [R can1357/oh-my-pi#12438]',
    'offline_access is not known [R archestra#7642]',
  ],
  quirks: {
    ...noRegistration({ authMethod: 'client_secret_post' }),
    anonymous: [
      'initialize',
      'notifications/initialized',
      'server/discover',
      'ping',
      'GET',
      'DELETE',
      'tools/list',
    ],
    resourceMetadataAt: ['custom'],
    authorizationServers: 'slash',
    metadataAt: ['oidc'],
    refreshTokens: 'access_type',
    rotation: 'none',
    resource: 'ignored',
    serverScopes: ['openid', 'email', 'profile'],
    resourceScopes: ['https://www.googleapis.com/auth/calendar'],
    issAdvertised: false,
    iss: 'missing',
  },
};
