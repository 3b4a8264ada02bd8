import type { CallbackServer } from '../ports.js';
import type { PendingSignIn } from '../credential/record.js';
import { Secret } from '../secret.js';
import { endpointsOf } from '../server/metadata.js';
import type { SignInStart } from './context.js';
import type { ServerChosen } from './steps/authorization-server.js';
import type { Requested } from './steps/authorization.js';
import type { Identified } from './steps/client.js';
import type { ProtectedResource } from './steps/protected-resource.js';
import type { ScopesChosen } from './steps/scopes.js';

/** What is known when the person is asked: enough to finish the sign-in from here, in this process or another. */
export type Asked = ServerChosen &
  ProtectedResource &
  ScopesChosen &
  Identified &
  Requested &
  Pick<SignInStart, 'clientMove'>;

export function toPending(asked: Asked, expiresAtS: number): PendingSignIn {
  return {
    authorizationUrl: new Secret(asked.authorizationUrl),
    state: new Secret(asked.state),
    codeVerifier: asked.codeVerifier,
    issuer: asked.authorizationServer.issuer,
    endpoints: endpointsOf(asked.authorizationServer),
    issPromised: asked.authorizationServer.issParameterSupported,
    client: asked.client,
    scopes: asked.scopes,
    ...(asked.resource !== undefined && { resource: asked.resource }),
    ...(asked.clientMove !== undefined && { clientMove: asked.clientMove }),
    expiresAtS,
  };
}

/** Everything as it was decided when the sign-in began: nothing is discovered a second time. */
export function fromPending(pending: PendingSignIn, callbackServer: CallbackServer): Asked {
  const { authorization, registration, revocation, token } = pending.endpoints;
  return {
    authorizationServer: {
      issuer: pending.issuer,
      tokenEndpoint: token,
      ...(authorization !== undefined && { authorizationEndpoint: authorization }),
      ...(registration !== undefined && { registrationEndpoint: registration }),
      ...(revocation !== undefined && { revocationEndpoint: revocation }),
      issParameterSupported: pending.issPromised,
      clientIdMetadataDocumentSupported: false,
    },
    client: pending.client,
    clientReused: true,
    callbackServer,
    scopes: pending.scopes,
    offlineAdded: false,
    ...(pending.resource !== undefined && { resource: pending.resource }),
    ...(pending.clientMove !== undefined && { clientMove: pending.clientMove }),
    authorizationUrl: pending.authorizationUrl.reveal(),
    state: pending.state.reveal(),
    codeVerifier: pending.codeVerifier,
  };
}
