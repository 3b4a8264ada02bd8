import { type CredentialRecord, emptyRecord, type Grant, type Tokens } from '../../credential/record.js';
import { moveClient } from '../../credential/client-binding.js';
import { unattendedGrantOf } from '../../server/grant-type.js';
import { endpointsOf } from '../../server/metadata.js';
import type { SignInContext, SignInStart } from '../context.js';
import type { TokenAnswer } from '../../oauth/token-answer.js';
import type { ServerChosen } from './authorization-server.js';
import type { KeyMade } from './proof-key.js';
import type { ProtectedResource } from './protected-resource.js';
import type { ScopesChosen } from './scopes.js';
import type { TokenReceived } from './token-redemption.js';

export interface Recorded {
  readonly record: CredentialRecord;
}

/** Step 10: everything that was decided, kept in one write. What could not be kept is no success. */
export async function record(
  state: ServerChosen &
    ProtectedResource &
    Pick<ScopesChosen, 'scopes'> &
    TokenReceived &
    KeyMade &
    Pick<SignInStart, 'clientMove'>,
  context: SignInContext,
): Promise<Recorded> {
  const nowS = Math.floor(context.ports.clock.now() / 1000);
  const { authorizationServer, provenClient: client } = state;
  const type = unattendedGrantOf(context.settings);
  const grant: Grant = {
    issuer: authorizationServer.issuer,
    ...(type !== undefined && { type }),
    endpoints: endpointsOf(authorizationServer),
    client,
    requestedScopes: state.scopes,
    ...(state.tokens.scopes !== undefined && { grantedScopes: state.tokens.scopes }),
    ...(state.resource !== undefined && { resource: state.resource }),
    tokens: toTokens(state.tokens, nowS),
    ...(state.dpopKey !== undefined && state.tokens.type === 'DPoP' && { dpopKey: state.dpopKey }),
    ...(state.identity !== undefined && { identity: state.identity }),
    signedInAtS: nowS,
    ...(context.deviations.length > 0 && { deviations: [...new Set(context.deviations)] }),
  };
  const written = await context.ports.store.update(context.key, async (current) => {
    // Not before: an attempt that comes to nothing leaves the client, and a working session, where they are.
    if (client.origin === 'configured') {
      const { issuer, tokenEndpoint } = authorizationServer;
      await moveClient(
        { id: client.id, issuer, tokenEndpoint, step: 'token', move: state.clientMove },
        context,
      );
    }
    // What belonged to the sign-in before, or to the way to this one.
    const before = current ?? emptyRecord(context.key);
    const {
      registration: _r,
      pending: _p,
      signInNeeded: _s,
      lastRefresh: _l,
      lastSignIn: _f,
      wantsNoneAtS: _n,
      ...kept
    } = before;
    return { ...kept, grant };
  });
  if (written === undefined) throw new TypeError('a store must return the record that it wrote');
  return { record: written };
}

/** Absolute times: a lifetime in seconds means nothing to the process that reads it tomorrow. */
export function toTokens(answer: TokenAnswer, nowS: number, earlier?: Tokens): Tokens {
  const refresh = answer.refresh ?? earlier?.refresh;
  // What was said of an earlier refresh token holds as long as that one does.
  const kept = answer.refresh === undefined ? earlier?.refreshExpiresAtS : undefined;
  const refreshExpiresAtS =
    answer.refreshExpiresInS === undefined ? kept : nowS + Math.floor(answer.refreshExpiresInS);
  return {
    ...(earlier?.extra !== undefined && { extra: earlier.extra }),
    access: answer.access,
    type: answer.type,
    obtainedAtS: nowS,
    ...(answer.expiresInS !== undefined && { expiresAtS: nowS + answer.expiresInS }),
    ...(refresh !== undefined && { refresh }),
    ...(refresh !== undefined && refreshExpiresAtS !== undefined && { refreshExpiresAtS }),
  };
}
