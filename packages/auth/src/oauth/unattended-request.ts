import { clientCredentialsGrantRequest, genericTokenEndpointRequest } from 'oauth4webapi';

import type { UnattendedGrantType } from '../server/grant-type.js';
import type { ServerSettings } from '../server/settings.js';
import type { TokenRequest } from './token-request.js';

/** What a token is asked for with, each time anew. */
export interface UnattendedWish {
  readonly type: UnattendedGrantType;
  readonly settings: ServerSettings;
  readonly scopes: readonly string[];
}

type Compose = TokenRequest['compose'];

/** The token request of a grant that needs no person: the first one, and every one after it. */
export function composeUnattended(wish: UnattendedWish): Compose {
  return REQUESTS[wish.type](wish);
}

const REQUESTS: Readonly<Record<UnattendedGrantType, (wish: UnattendedWish) => Compose>> = {
  // RFC 6749 section 4.4.2.
  client_credentials:
    ({ scopes }) =>
    (server, client, authentication, options) =>
      clientCredentialsGrantRequest(server, client, authentication, parameters(options, scopes), options),
  // RFC 7523 section 2.1.
  jwt_bearer:
    ({ scopes }) =>
    (server, client, authentication, options) =>
      genericTokenEndpointRequest(
        server,
        client,
        authentication,
        JWT_BEARER,
        parameters(options, scopes),
        options,
      ),
};

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

function parameters(
  { additionalParameters }: Parameters<Compose>[3],
  scopes: readonly string[],
): URLSearchParams {
  const all = new URLSearchParams(additionalParameters);
  if (scopes.length > 0) all.set('scope', scopes.join(' '));
  return all;
}
