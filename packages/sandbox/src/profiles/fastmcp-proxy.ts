import type { Profile } from '../profile.js';

export const fastmcpProxy: Profile = {
  summary: 'an unknown client is a page in the browser; client_id in the body even with Basic; no grace',
  facts: [
    'client_id is wanted in the body beside Basic [C danny-avila/LibreChat#9705]',
    'an unknown client is a page and no redirect [C PrefectHQ/fastmcp#2027]',
    'no OpenID Connect document [C PrefectHQ/fastmcp#4166]',
  ],
  quirks: {
    clientIdInBody: true,
    authorizeErrors: 'page',
    metadataAt: ['rfc8414'],
    issAdvertised: false,
    iss: 'missing',
  },
};
