import { type CredentialRecord, emptyRecord, type Grant, type Tokens } from '../record.js';
import type { SignInContext } from '../sign-in-context.js';
import type { TokenAnswer } from '../token-answer.js';
import type { ServerChosen } from './authorization-server.js';
import type { Identified } from './client.js';
import type { ProtectedResource } from './protected-resource.js';
import type { ScopesChosen } from './scopes.js';
import type { TokenReceived } from './token.js';

export interface Recorded {
  readonly record: CredentialRecord;
}

/** Step 10: everything that was decided, kept in one write. What could not be kept is no success. */
export async function record(
  state: ServerChosen & ProtectedResource & ScopesChosen & Identified & TokenReceived,
  context: SignInContext,
): Promise<Recorded> {
  const nowS = Math.floor(context.ports.clock.now() / 1000);
  const { issuer, tokenEndpoint, ...server } = state.authorizationServer;
  const grant: Grant = {
    issuer,
    endpoints: {
      token: tokenEndpoint,
      authorization: server.authorizationEndpoint,
      ...(server.registrationEndpoint !== undefined && { registration: server.registrationEndpoint }),
      ...(server.revocationEndpoint !== undefined && { revocation: server.revocationEndpoint }),
    },
    client: state.provenClient,
    requestedScopes: state.scopes,
    ...(state.tokens.scopes !== undefined && { grantedScopes: state.tokens.scopes }),
    ...(state.resource !== undefined && { resource: state.resource }),
    tokens: toTokens(state.tokens, nowS),
    signedInAtS: nowS,
  };
  const written = await context.ports.store.update(context.key, async (current) => {
    const {
      registration: _,
      signInNeeded: __,
      lastRefresh: ___,
      ...kept
    } = current ?? emptyRecord(context.key);
    return { ...kept, grant };
  });
  if (written === undefined) throw new TypeError('a store must return the record that it wrote');
  return { record: written };
}

/** Absolute times: a lifetime in seconds means nothing to the process that reads it tomorrow. */
export function toTokens(answer: TokenAnswer, nowS: number, earlier?: Tokens): Tokens {
  const refresh = answer.refresh ?? earlier?.refresh;
  return {
    access: answer.access,
    type: 'Bearer',
    obtainedAtS: nowS,
    ...(answer.expiresInS !== undefined && { expiresAtS: nowS + answer.expiresInS }),
    ...(refresh !== undefined && { refresh }),
  };
}
