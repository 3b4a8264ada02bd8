import type { Profile } from '../profile.js';

export const stripe: Profile = {
  summary: 'registration needs a name; public clients only; the tool write needs one more scope',
  facts: [
    'a registration without client_name is refused; only the method none [C Ngineer101/turbodiff#111]',
    'endpoints below a path of another host, the scope mcp [C obot-platform/obot#4278]',
    'insufficient_scope wants a new authorization, not a refresh [R anthropics/claude-code#28258]',
  ],
  quirks: {
    registrationRefuses: ['no-name', 'secret-method'],
    authMethods: ['none'],
    endpointPath: '/mcp/oauth2',
    serverScopes: ['mcp', 'mcp:write'],
    resourceScopes: ['mcp'],
    scopesNeeded: { 'tools/call write': 'mcp:write' },
  },
};
