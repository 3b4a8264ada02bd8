import type { Profile } from '../profile.js';

const OTHER_PRODUCTS = [
  'https://www.fastmail.com/dev/protocol-imap',
  'https://www.fastmail.com/dev/protocol-caldav',
  'urn:ietf:params:oauth:scope:mail',
];

export const fastmail: Profile = {
  summary: 'registration needs a scope and localhost; refresh token only with offline_access',
  facts: [
    'the challenge has a scope, which is a URL, without offline_access [C haileyok/victrola#55]',
    'a registration without a scope is refused in these very words [C openai/codex#20503]',
    'of loopback only http://localhost may be registered [C moltis-org/moltis#1115]',
    'no refresh token without offline_access: a login every hour [C haileyok/victrola#55]',
    'the authorization server lists the scopes of its other products too [R moltis-org/moltis#1244]',
    'MCP sessions end by themselves, which is no matter of authorization [R moltis-org/moltis#1115]',
  ],
  quirks: {
    challengeScope: 'https://www.fastmail.com/dev/mcp',
    resourceScopes: ['https://www.fastmail.com/dev/mcp'],
    serverScopes: [...OTHER_PRODUCTS, 'https://www.fastmail.com/dev/mcp', 'offline_access'],
    scopeDecoys: OTHER_PRODUCTS,
    registrationRefuses: ['no-scope'],
    redirectPolicy: 'localhost',
    scopesFrozen: true,
    refreshTokens: 'offline_access',
    sessions: true,
  },
};
