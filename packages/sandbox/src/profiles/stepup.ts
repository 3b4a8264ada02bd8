// Stands for servers that let anybody connect and ask for more as it is needed: Google's hosted servers answer
// `initialize` to all (home-assistant/core#180546, langgenius/dify#36230), Stripe wants scopes per tool
// (anthropics/claude-code#28258); conformance auth/scope-step-up.
// - connecting needs no token, `tools/list` and calls need `mcp:basic`, the tool `write` needs `mcp:write`
// - a challenge names only what is missing, and the metadata lists something else altogether
// - registration pins the scopes (better-auth: formbricks/formbricks#8406), so a step-up needs a new registration
import type { Profile } from '../profile.js';

export const stepup: Profile = {
  summary: 'anonymous connect; tools need mcp:basic, the tool write needs mcp:write',
  commands: ({ url }) => [`mcpass tools ${url} --login`, `mcpass call ${url} write text=hello --login`],
  quirks: {
    anonymous: ['initialize', 'notifications/initialized', 'server/discover', 'ping', 'GET', 'DELETE'],
    scopesNeeded: { 'tools/list': 'mcp:basic', 'tools/call': 'mcp:basic', 'tools/call write': 'mcp:write' },
    resourceScopes: ['mcp:profile'],
    scopesFrozen: true,
  },
};
