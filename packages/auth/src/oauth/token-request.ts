import type { AuthorizationServer as Metadata, ClientAuth, TokenEndpointRequestOptions } from 'oauth4webapi';

import { clientAuthentication, clientSecret, otherAuthMethod } from './client-authentication.js';
import type { Step } from '../errors.js';
import { oauthRequest } from './request.js';
import type { Client, ClientMove } from '../credential/record.js';
import type { Secret } from '../secret.js';
import type { AuthMethod, ServerSettings } from '../server/settings.js';
import { type ReadToken, readTokenAnswer } from './token-answer.js';
import { bindClient } from '../credential/client-binding.js';
import type { Ports } from '../ports.js';
import type { Wire, WireAnswer } from './wire.js';

interface TokenContext {
  readonly settings: ServerSettings;
  readonly wire: Wire;
  readonly ports: Pick<Ports, 'clock' | 'store' | 'clients'>;
  readonly signal?: AbortSignal | undefined;
}

export interface TokenRequest {
  readonly step: Step;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly client: Client;
  readonly move?: ClientMove | undefined;
  /** The `resource` of the grant, the same in every request; absent when it was left out. */
  readonly resource: string | undefined;
  readonly compose: (
    server: Metadata,
    client: { client_id: string },
    authentication: ClientAuth,
    options: TokenEndpointRequestOptions,
  ) => Promise<Response>;
}

export interface TokenReply {
  readonly read: ReadToken;
  readonly wire: WireAnswer;
  /** The client as it succeeded: with the authentication method that the server took. */
  readonly client: Client;
}

/** Asks the token endpoint (RFC 6749 section 3.2; `resource` as RFC 8707 section 2.2). */
export async function requestTokens(request: TokenRequest, context: TokenContext): Promise<TokenReply> {
  const { issuer, tokenEndpoint, step, move } = request;
  const { id, origin } = request.client;
  if (origin === 'configured') await bindClient({ id, issuer, tokenEndpoint, step, move }, context);
  const secret = await clientSecret(request.client, context.settings.client);
  const first = await ask(request, request.client.authMethod, secret, context);
  const other = alternative(request.client, secret, first);
  if (other === undefined) return first;
  // Metadata is often wrong about the method; a request that failed authentication has spent nothing.
  const second = await ask(request, other, secret ?? request.client.secret, context);
  // Whatever else the second one says comes from a server that has got past the client.
  return refusesClient(second) ? first : second;
}

async function ask(
  request: TokenRequest,
  authMethod: AuthMethod,
  secret: Secret | undefined,
  context: TokenContext,
): Promise<TokenReply> {
  const extra = new URLSearchParams(context.settings.tokenParams ?? {});
  if (request.resource !== undefined) extra.set('resource', request.resource);
  const answer = await oauthRequest(request.step, 'token_endpoint', context, (options) =>
    request.compose(
      { issuer: request.issuer, token_endpoint: request.tokenEndpoint },
      { client_id: request.client.id },
      clientAuthentication(authMethod, secret),
      { ...options, additionalParameters: extra } as TokenEndpointRequestOptions,
    ),
  );
  const read = readTokenAnswer(answer, context.ports.clock.now());
  return { read, wire: answer, client: { ...request.client, authMethod } };
}

function refusesClient({ read }: TokenReply): boolean {
  return read.ok === false && read.error.code === 'invalid_client';
}

function alternative(client: Client, secret: Secret | undefined, reply: TokenReply): AuthMethod | undefined {
  if (!refusesClient(reply)) return undefined;
  if (client.authMethod === 'none') return client.secret === undefined ? undefined : 'client_secret_post';
  return secret === undefined ? undefined : otherAuthMethod(client.authMethod);
}
