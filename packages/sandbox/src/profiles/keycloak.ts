import type { Profile } from '../profile.js';

export const keycloak: Profile = {
  summary: 'a realm below a path, OpenID Connect discovery only, unknown members refused, resource ignored',
  facts: [
    'unknown members of a registration are refused [C turnstone#1082]',
    'resource is not known [D keycloak.org]',
    'the issuer has the path of the realm, with its document behind it [C agentgateway/agentgateway#2376]',
  ],
  quirks: {
    issuerPath: '/realms/mcp',
    endpointPath: '/realms/mcp/protocol/openid-connect',
    metadataAt: ['oidc'],
    registrationRefuses: ['unknown-members'],
    registrableScopes: ['mcp:read', 'mcp:write', 'offline_access'],
    resource: 'ignored',
    rotation: 'none',
    pkceMethods: ['plain', 'S256'],
    pkce: 'optional',
    resourceScopes: ['mcp:read'],
    serverScopes: ['openid', 'mcp:read', 'mcp:write', 'offline_access'],
  },
};
