import { deviceAuthorizationRequest } from 'oauth4webapi';

import type { DeviceCode } from '../../credential/record.js';
import { requestAsClient } from '../../oauth/client-request.js';
import { deviceEndpointOf, judgeDeviceAuthorization } from '../../oauth/device-authorization.js';
import { judgeEndpoint } from '../../server/endpoint-rule.js';
import type { SignInContext, SignInStart } from '../context.js';
import type { ServerChosen } from './authorization-server.js';
import type { Identified } from './client.js';
import type { ProtectedResource } from './protected-resource.js';
import type { ScopesChosen } from './scopes.js';

export interface CodeGiven {
  readonly device: DeviceCode;
  /** Epoch seconds. */
  readonly deviceExpiresAtS: number;
  readonly clientReused: boolean;
}

/** Step 6 where the person has another device: a code to enter there (RFC 8628 section 3.1). */
export async function deviceCode(
  state: ServerChosen &
    ProtectedResource &
    ScopesChosen &
    Pick<Identified, 'client' | 'clientReused'> &
    Pick<SignInStart, 'clientMove'>,
  context: SignInContext,
): Promise<CodeGiven> {
  const { settings, server } = context;
  const { issuer, tokenEndpoint } = state.authorizationServer;
  const deviceAuthorizationEndpoint = deviceEndpointOf(state.authorizationServer);
  const parameters = new URLSearchParams();
  if (state.scopes.length > 0) parameters.set('scope', state.scopes.join(' '));
  if (state.resource !== undefined) parameters.set('resource', state.resource);
  const { wire, client } = await requestAsClient(
    {
      step: 'authorization',
      endpoint: 'device_authorization_endpoint',
      issuer,
      tokenEndpoint,
      client: state.client,
      move: state.clientMove,
      compose: (as, one, authentication, options) =>
        deviceAuthorizationRequest(
          { ...as, device_authorization_endpoint: deviceAuthorizationEndpoint },
          one,
          authentication,
          parameters,
          options,
        ),
    },
    context,
  );
  const nowMs = context.ports.clock.now();
  const judged = judgeDeviceAuthorization(wire, issuer, nowMs, settings.resource);
  for (const { id, text } of judged.deviations) context.deviate('authorization', id, text);
  const { device, expiresInS } = judged;
  // Whoever enters the code is led there, as to an authorization endpoint.
  const rule = { server, unsafe: settings.unsafe };
  for (const uri of [device.verificationUri, device.verificationUriComplete ?? ''])
    if (uri !== '') judgeEndpoint(uri, 'verification_uri', 'authorization', rule);
  context.decide('authorization', 'device code', {
    verification_uri: device.verificationUri,
    interval: device.intervalS,
    expires_in: expiresInS,
    authentication: client.authMethod,
  });
  return {
    device,
    deviceExpiresAtS: Math.floor(nowMs / 1000) + expiresInS,
    clientReused: state.clientReused,
  };
}
