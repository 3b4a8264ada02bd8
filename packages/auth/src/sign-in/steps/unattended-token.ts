import { requestTokens } from '../../oauth/token-request.js';
import { composeUnattended } from '../../oauth/unattended-request.js';
import { unattendedGrantOf } from '../../server/grant-type.js';
import type { SignInContext, SignInStart } from '../context.js';
import type { ServerChosen } from './authorization-server.js';
import type { Identified } from './client.js';
import type { KeyMade } from './proof-key.js';
import type { ProtectedResource } from './protected-resource.js';
import type { ScopesChosen } from './scopes.js';
import { receiveTokens, type TokenReceived } from './token-redemption.js';

/** Step 9 where no person comes: a token for who we are (RFC 6749 section 4.4), or for what vouches for us (RFC 7523). */
export async function unattendedToken(
  state: ServerChosen &
    ProtectedResource &
    ScopesChosen &
    Pick<Identified, 'client'> &
    KeyMade &
    Pick<SignInStart, 'clientMove'>,
  context: SignInContext,
): Promise<TokenReceived> {
  const { issuer, tokenEndpoint } = state.authorizationServer;
  const { settings } = context;
  const type = unattendedGrantOf(settings);
  if (type === undefined) throw new TypeError('unreachable');
  const reply = await requestTokens(
    {
      step: 'token',
      issuer,
      tokenEndpoint,
      client: state.client,
      move: state.clientMove,
      proofKey: state.dpopKey,
      resource: state.resource,
      compose: composeUnattended({ type, scopes: state.scopes, context }),
    },
    context,
  );
  return receiveTokens(reply, state, context);
}
