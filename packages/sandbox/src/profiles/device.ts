// Stands for servers that take a code which is entered on any device (RFC 8628): GitHub, Entra, Google, Keycloak, Auth0. A
// client may have a code only where it was registered for that.
import type { Profile } from '../profile.js';

export const device: Profile = {
  summary: 'a code that is entered on any device, beside the usual way (RFC 8628)',
  facts: [
    'GitHub, Google, Entra, Keycloak and Auth0 take a code that is entered on any device [D rfc-editor/rfc8628]',
    'a client may have a code only where it was registered for that grant [D rfc-editor/rfc8628]',
  ],
  quirks: {
    deviceCodes: 'on',
    serverScopes: ['mcp:read', 'mcp:write'],
    resourceScopes: ['mcp:read', 'mcp:write'],
  },
};
