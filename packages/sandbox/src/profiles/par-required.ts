// Stands for servers with a FAPI 2.0 profile (Authlete, Curity, Keycloak with its FAPI policy; RFC 9126 section 5): what is
// asked for never goes through the browser.
import type { Profile } from '../profile.js';

export const parRequired: Profile = {
  summary: 'takes only authorization requests that were pushed to it first (RFC 9126)',
  facts: ['servers with a FAPI 2.0 profile take no other authorization request [D rfc-editor/rfc9126]'],
  quirks: {
    pushedRequests: 'required',
    serverScopes: ['mcp:read', 'mcp:write', 'offline_access'],
    resourceScopes: ['mcp:read', 'mcp:write'],
  },
};
