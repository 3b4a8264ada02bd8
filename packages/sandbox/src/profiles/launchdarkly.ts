import type { Profile } from '../profile.js';

export const launchdarkly: Profile = {
  summary: 'an issuer with a path whose document is only where RFC 8414 inserts it; no rotation',
  facts: [
    'the document only at the place with the path [C can1357/oh-my-pi#6755]',
    'rotation was given up because clients share one store [C speakeasy-api/gram#5333]',
  ],
  quirks: {
    issuerPath: '/oauth/launchdarkly',
    endpointPath: '/oauth/launchdarkly',
    metadataAt: ['rfc8414'],
    rotation: 'none',
  },
};
