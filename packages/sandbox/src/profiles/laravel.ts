import type { Profile } from '../profile.js';

export const laravel: Profile = {
  summary: 'the authorization server is named with the path of the MCP endpoint',
  facts: ['the value has the MCP path in it [C laravel/mcp#184]'],
  quirks: {
    authorizationServers: 'mcp-url',
    sameOrigin: true,
  },
};
