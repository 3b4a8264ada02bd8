// Stands for Fastmail's MCP server:
// - the challenge carries a scope, which is a URL, and no `offline_access` (haileyok/victrola#55)
// - registration without a scope is refused with these very words (openai/codex#20503)
// - of loopback only `http://localhost` may be registered (moltis-org/moltis#1115, linagora/tmail-flutter#917)
// - a refresh token only for `offline_access`, else a login every hour (haileyok/victrola#55)
// - the authorization server lists wider scopes than the resource; asking for those fails (moltis-org/moltis#1244)
// - MCP sessions end on their own, which is no matter of authorization (moltis-org/moltis#1115)
import type { Profile } from '../profile.js';

const SCOPE = 'https://www.fastmail.com/dev/mcp';
const OTHER_PRODUCTS = [
  'https://www.fastmail.com/dev/protocol-imap',
  'https://www.fastmail.com/dev/protocol-caldav',
  'urn:ietf:params:oauth:scope:mail',
];

export const fastmail: Profile = {
  summary: 'registration needs a scope and localhost; refresh token only with offline_access',
  quirks: {
    challengeScope: SCOPE,
    resourceScopes: [SCOPE],
    serverScopes: [...OTHER_PRODUCTS, SCOPE, 'offline_access'],
    scopeDecoys: OTHER_PRODUCTS,
    registrationRefuses: ['no-scope'],
    redirectPolicy: 'localhost',
    scopesFrozen: true,
    refreshTokens: 'offline_access',
    sessions: true,
  },
};
