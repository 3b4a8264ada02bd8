import type { AuthorizationServer as Metadata, ClientAuth, TokenEndpointRequestOptions } from 'oauth4webapi';

import { type ClientContext, type ClientRequest, requestAsClient } from './client-request.js';
import type { Client } from '../credential/record.js';
import { type ReadToken, readTokenAnswer } from './token-answer.js';
import type { WireAnswer } from './wire.js';

/** RFC 8693 section 2.1. */
export const TOKEN_EXCHANGE: string = 'urn:ietf:params:oauth:grant-type:token-exchange';

export interface TokenRequest extends Omit<ClientRequest, 'endpoint' | 'compose'> {
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
export async function requestTokens(request: TokenRequest, context: ClientContext): Promise<TokenReply> {
  const { resource, compose, ...asked } = request;
  const extra = new URLSearchParams(context.settings.tokenParams ?? {});
  if (resource !== undefined) extra.set('resource', resource);
  const { wire, client } = await requestAsClient(
    {
      ...asked,
      endpoint: 'token_endpoint',
      compose: (server, one, authentication, options) =>
        compose(server, one, authentication, {
          ...options,
          additionalParameters: extra,
        } as TokenEndpointRequestOptions),
    },
    context,
  );
  const isProved = request.proofKey !== undefined;
  return { read: readTokenAnswer(wire, context.ports.clock.now(), isProved), wire, client };
}
