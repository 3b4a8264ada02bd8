import type { Profile } from '../profile.js';
import { ENTRA } from './entra.js';

export const entraV2: Profile = {
  summary: 'resource refused, PKCE not advertised, a refresh must name its scope; AADSTS errors',
  facts: [
    'OpenID Connect discovery only, no registration [D zuplo.com/docs]',
    'PKCE works and is not advertised [R modelcontextprotocol/typescript-sdk#832]',
    'resource is refused with AADSTS901002 [C modelcontextprotocol/csharp-sdk#741]',
    'a refresh without scope is AADSTS90009 [C punkpeye/mcp-remote#357]',
    'a missing secret is AADSTS7000218 [C ms-365-mcp-server#411]',
    'no refresh token without offline_access [R canvas-mcp#146]',
  ],
  quirks: {
    ...ENTRA,
    issuerPath: '/11111111-2222-3333-4444-555555555555/v2.0',
  },
};
