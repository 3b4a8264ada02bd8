import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const github: Profile = {
  summary:
    'no registration, metadata in one place only, form-encoded tokens, errors with status 200, no refresh token',
  facts: [
    'resource is written without the slash of the MCP URL [C microsoft/vscode#259251]',
    'resource metadata at the path only [C github/github-mcp-server#647]',
    "the server's metadata only where RFC 8414 inserts the path [C github/github-mcp-server#2901]",
    'neither registration nor client ID metadata documents [C github/github-mcp-server#2977]',
    'the challenge has an error although no token was sent [C punkpeye/mcp-remote#116]',
    'tokens are form-encoded unless JSON is asked for [C modelcontextprotocol/python-sdk#1523]',
    'token errors have status 200 [C modelcontextprotocol/typescript-sdk#1342]',
    'the secret is needed beside PKCE [R modelcontextprotocol/typescript-sdk#1342]',
    'a guessed registration endpoint answers 422 [C anomalyco/opencode#6067]',
  ],
  quirks: {
    ...noRegistration({ authMethod: 'client_secret_post' }),
    mcpPath: '/mcp/',
    resourceIdentifier: 'no-slash',
    issuerPath: '/login/oauth',
    endpointPath: '/login/oauth',
    metadataAt: ['rfc8414'],
    challengeError: 'invalid_request',
    resource: 'ignored',
    issAdvertised: false,
    iss: 'missing',
    tokenFormat: 'form-unless-asked',
    tokenErrors: 'status-200',
    wording: { 'wrong client secret': { error: 'incorrect_client_credentials' } },
    accessTokenFormat: 'opaque',
    refreshTokens: 'never',
    resourceScopes: ['repo', 'read:org'],
    serverScopes: ['repo', 'read:org'],
  },
};
