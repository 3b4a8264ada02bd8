import type { AuthorizationServer as Metadata, ClientAuth, TokenEndpointRequestOptions } from 'oauth4webapi';

import {
  clientAuthentication,
  type ClientProof,
  clientProof,
  NO_CLIENT,
  otherAuthMethod,
} from './client-authentication.js';
import type { Step } from '../errors.js';
import { oauthRequest } from './request.js';
import type { Client, ClientMove } from '../credential/record.js';
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
  const proof = await clientProof(request.client, context.settings);
  const first = await ask(request, request.client.authMethod, proof, context);
  const other = alternative(request.client, first);
  if (other === undefined) return first;
  // Metadata is often wrong about the method; a request that failed authentication has spent nothing.
  const { secret } = request.client;
  const second = await ask(request, other, proof ?? (secret && { secret }), context);
  // Whatever else the second one says comes from a server that has got past the client.
  return refusesClient(second) ? first : second;
}

async function ask(
  request: TokenRequest,
  authMethod: AuthMethod,
  proof: ClientProof | undefined,
  context: TokenContext,
): Promise<TokenReply> {
  const extra = new URLSearchParams(context.settings.tokenParams ?? {});
  if (request.resource !== undefined) extra.set('resource', request.resource);
  const answer = await oauthRequest(request.step, 'token_endpoint', context, (options) =>
    request.compose(
      { issuer: request.issuer, token_endpoint: request.tokenEndpoint },
      { client_id: request.client.id === '' ? NO_CLIENT : request.client.id },
      clientAuthentication(authMethod, proof, context.ports.clock.now()),
      { ...options, additionalParameters: extra } as TokenEndpointRequestOptions,
    ),
  );
  const read = readTokenAnswer(answer, context.ports.clock.now());
  return { read, wire: answer, client: { ...request.client, authMethod } };
}

function refusesClient({ read }: TokenReply): boolean {
  return read.ok === false && read.error.code === 'invalid_client';
}

function alternative(client: Client, reply: TokenReply): AuthMethod | undefined {
  if (!refusesClient(reply)) return undefined;
  if (client.authMethod === 'none') return client.secret === undefined ? undefined : 'client_secret_post';
  return otherAuthMethod(client.authMethod);
}
