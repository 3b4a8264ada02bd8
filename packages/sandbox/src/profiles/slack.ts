import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const slack: Profile = {
  summary:
    'no registration, one redirect URI on port 3118, errors with status 200, token_type user, scopes with commas',
  facts: [
    'issuer at the MCP host, the endpoints on another one, no registration [C command-code#610]',
    'the one client that circulates redirects to http://localhost:3118/callback [D deepagents]',
    'token errors are 200 with ok false; a token of type user [C different-ai/openwork#3569]',
    'granted scopes are separated by commas [C anthropics/claude-code#59725]',
    'an access token of twelve hours with a refresh token [R anthropics/claude-code#76939]',
  ],
  quirks: {
    ...noRegistration({ redirectUris: ['http://localhost:3118/callback'], authMethod: 'client_secret_post' }),
    redirectMatch: 'exact',
    sameOrigin: false,
    issuerAt: 'mcp-origin',
    originMetadata: 'copy',
    endpointPath: '/oauth',
    resource: 'ignored',
    issAdvertised: false,
    iss: 'missing',
    tokenErrors: 'slack',
    tokenShapes: ['token-type-user', 'scope-comma'],
    accessTokenSeconds: 12 * 3600,
    serverScopes: ['search:read', 'chat:write'],
    resourceScopes: ['search:read', 'chat:write'],
  },
};
