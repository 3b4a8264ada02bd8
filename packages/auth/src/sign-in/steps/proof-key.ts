import { createProofKey } from '../../oauth/dpop-proof.js';
import { judgeProofWish } from '../../oauth/proof-wish.js';
import type { Secret } from '../../secret.js';
import type { SignInContext, SignInStart } from '../context.js';
import type { ServerChosen } from './authorization-server.js';
import type { Challenged } from './challenged-request.js';
import type { ProtectedResource } from './protected-resource.js';

export interface KeyMade {
  /** The tokens of this sign-in are to be bound to it; absent where they are to be bound to none. */
  readonly dpopKey?: Secret;
}

/** Beside step 3: whether the tokens are to be of use to their holder alone, and then with which key (RFC 9449). */
export async function proofKey(
  state: Challenged & ProtectedResource & ServerChosen & Pick<SignInStart, 'bound'>,
  context: SignInContext,
): Promise<KeyMade> {
  const { challenge, metadata, authorizationServer: server } = state;
  const required = metadata?.dpopRequired === true || state.bound === true;
  const algorithm = judgeProofWish({ challenge, required, server }, context.settings);
  if (algorithm === undefined) return {};
  context.decide('server', 'bound to a key', { algorithm, required });
  return { dpopKey: await createProofKey(algorithm) };
}
