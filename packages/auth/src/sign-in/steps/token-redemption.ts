import { authorizationCodeGrantRequest } from 'oauth4webapi';

import type { Client, Identity } from '../../credential/record.js';
import { identityIn } from '../../oauth/id-token.js';
import type { SignInContext, SignInStart } from '../context.js';
import type { TokenAnswer } from '../../oauth/token-answer.js';
import { tokenFailure } from '../../oauth/token-failure.js';
import { requestTokens, type TokenReply } from '../../oauth/token-request.js';
import type { ServerChosen } from './authorization-server.js';
import type { Requested } from './authorization.js';
import type { CodeReceived } from './callback.js';
import { type Identified, redirectUriOf } from './client.js';
import type { ProtectedResource } from './protected-resource.js';
import type { ScopesChosen } from './scopes.js';

export interface TokenReceived {
  readonly tokens: TokenAnswer;
  /** With the authentication method that worked. */
  readonly provenClient: Client;
  readonly identity?: Identity | undefined;
}

/** Step 9: the code becomes tokens (RFC 6749 section 4.1.3). Sent once: a code that is seen twice revokes the grant. */
export async function token(
  state: ServerChosen &
    ProtectedResource &
    ScopesChosen &
    Identified &
    Requested &
    CodeReceived &
    Pick<SignInStart, 'clientMove'>,
  context: SignInContext,
): Promise<TokenReceived> {
  const { issuer, tokenEndpoint } = state.authorizationServer;
  const reply = await requestTokens(
    {
      step: 'token',
      issuer,
      tokenEndpoint,
      client: state.client,
      move: state.clientMove,
      resource: state.resource,
      compose: (server, client, authentication, options) =>
        authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          state.authorizationResponse,
          redirectUriOf(state),
          state.codeVerifier.reveal(),
          options,
        ),
    },
    context,
  );
  const received = receiveTokens(reply, state, context);
  const { tokens: answer } = received;
  const identity = identityIn(
    answer,
    {
      issuer,
      clientId: state.client.id,
      nonce: new URL(state.authorizationUrl).searchParams.get('nonce') ?? undefined,
      nowMs: context.ports.clock.now(),
    },
    ({ id, text }) => context.deviate('token', id, text),
  );
  return { ...received, identity };
}

/** The tokens of a first answer, with what was tolerated in it. Throws why none came. */
export function receiveTokens(
  reply: TokenReply,
  {
    authorizationServer: { issuer },
    client,
    scopes,
  }: ServerChosen & ScopesChosen & Pick<Identified, 'client'>,
  context: SignInContext,
): TokenReceived {
  const failure = tokenFailure(reply, 'token', issuer, context.ports.clock.now(), context.settings);
  if (failure !== undefined || reply.read.ok !== true) throw failure ?? new TypeError('unreachable');
  const { answer, deviations } = reply.read;
  for (const { id, text } of deviations) context.deviate('token', id, text);
  if (reply.client.authMethod !== client.authMethod) {
    const text = `the server took ${reply.client.authMethod} instead of ${client.authMethod}`;
    context.deviate('token', 'E10', text);
  }
  context.decide('token', 'token', {
    refresh_token: answer.refresh === undefined ? 'none came' : 'came',
    expires_in: answer.expiresInS ?? 'not said',
    scopes_granted: answer.scopes ?? 'as asked',
    missing: scopes.filter((scope) => answer.scopes !== undefined && !answer.scopes.includes(scope)),
  });
  return { tokens: answer, provenClient: reply.client };
}
