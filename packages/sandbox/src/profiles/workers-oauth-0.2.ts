import type { Profile } from '../profile.js';

export const workersOauth02: Profile = {
  summary:
    "Cloudflare's library before 0.4: metadata at the root only, resource is the origin, PKCE may be plain",
  facts: [
    'resource metadata at the root, about the origin, before 0.4.0 [D cloudflare/workers-oauth-provider]',
    'plain PKCE was accepted before 0.9.0 [D cloudflare/workers-oauth-provider]',
  ],
  quirks: {
    sameOrigin: true,
    resourceMetadataAt: ['root'],
    challengeMetadata: false,
    resourceIdentifier: 'origin',
    pkceMethods: ['plain', 'S256'],
    pkce: 'plain-accepted',
    issAdvertised: false,
    iss: 'missing',
    resource: 'ignored',
    rotation: 'previous-valid',
  },
};
