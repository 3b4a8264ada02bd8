import type { CallbackServer } from '../ports.js';
import type { PendingConsent, PendingDevice, PendingSignIn } from '../credential/record.js';
import { Secret } from '../secret.js';
import { endpointsOf } from '../server/metadata.js';
import type { SignInStart } from './context.js';
import type { ServerChosen } from './steps/authorization-server.js';
import type { Requested } from './steps/authorization.js';
import type { Identified } from './steps/client.js';
import type { CodeGiven } from './steps/device-code.js';
import type { KeyMade } from './steps/proof-key.js';
import type { ProtectedResource } from './steps/protected-resource.js';
import type { ScopesChosen } from './steps/scopes.js';

/** What is known when the person is asked: enough to finish the sign-in from here, in this process or another. */
export type Asked = ServerChosen &
  ProtectedResource &
  ScopesChosen &
  Identified &
  Requested &
  KeyMade &
  Pick<SignInStart, 'clientMove'>;

/** The same where the person has another device. */
export type AskedDevice = ServerChosen &
  ProtectedResource &
  ScopesChosen &
  Pick<Identified, 'client'> &
  CodeGiven &
  KeyMade &
  Pick<SignInStart, 'clientMove'>;

/** A sign-in lives as long as a person has for it, and no longer than the server gives them. */
export function toPending(asked: Asked | AskedDevice, endsAtS: number): PendingSignIn {
  const common = {
    issuer: asked.authorizationServer.issuer,
    endpoints: endpointsOf(asked.authorizationServer),
    client: asked.client,
    scopes: asked.scopes,
    ...(asked.resource !== undefined && { resource: asked.resource }),
    ...(asked.clientMove !== undefined && { clientMove: asked.clientMove }),
    ...(asked.dpopKey !== undefined && { dpopKey: asked.dpopKey }),
  };
  if ('device' in asked)
    return { ...common, device: asked.device, expiresAtS: Math.min(endsAtS, asked.deviceExpiresAtS) };
  return {
    ...common,
    authorizationUrl: new Secret(asked.authorizationUrl),
    state: new Secret(asked.state),
    codeVerifier: asked.codeVerifier,
    ...(asked.nonce !== undefined && { nonce: asked.nonce }),
    ...(asked.openBeforeS !== undefined && { openBeforeS: asked.openBeforeS }),
    issPromised: asked.authorizationServer.issParameterSupported,
    expiresAtS: endsAtS,
  };
}

/** Everything as it was decided when the sign-in began: nothing is discovered a second time. */
export function fromPending(pending: PendingConsent, callbackServer: CallbackServer): Asked {
  return {
    ...decided(pending, pending.issPromised),
    clientReused: true,
    callbackServer,
    authorizationUrl: pending.authorizationUrl.reveal(),
    state: pending.state.reveal(),
    codeVerifier: pending.codeVerifier,
    ...(pending.nonce !== undefined && { nonce: pending.nonce }),
  };
}

export function fromPendingDevice(pending: PendingDevice): AskedDevice {
  return {
    ...decided(pending, false),
    clientReused: true,
    device: pending.device,
    deviceExpiresAtS: pending.expiresAtS,
  };
}

function decided(pending: PendingSignIn, issPromised: boolean) {
  const { authorization, registration, revocation, token } = pending.endpoints;
  return {
    authorizationServer: {
      issuer: pending.issuer,
      tokenEndpoint: token,
      ...(authorization !== undefined && { authorizationEndpoint: authorization }),
      ...(registration !== undefined && { registrationEndpoint: registration }),
      ...(revocation !== undefined && { revocationEndpoint: revocation }),
      issParameterSupported: issPromised,
      clientIdMetadataDocumentSupported: false,
    },
    client: pending.client,
    scopes: pending.scopes,
    offlineAdded: false,
    ...(pending.resource !== undefined && { resource: pending.resource }),
    ...(pending.clientMove !== undefined && { clientMove: pending.clientMove }),
    ...(pending.dpopKey !== undefined && { dpopKey: pending.dpopKey }),
  };
}
