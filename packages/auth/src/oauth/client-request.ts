import type { AuthorizationServer as Metadata, ClientAuth } from 'oauth4webapi';

import { bindClient } from '../credential/client-binding.js';
import type { Client, ClientMove } from '../credential/record.js';
import type { Step } from '../errors.js';
import type { Ports } from '../ports.js';
import type { Secret } from '../secret.js';
import type { AuthMethod, ServerSettings } from '../server/settings.js';
import {
  clientAuthentication,
  type ClientProof,
  clientProof,
  NO_CLIENT,
  otherAuthMethod,
} from './client-authentication.js';
import { readOAuthError } from './error.js';
import { type OAuthOptions, oauthRequest } from './request.js';
import { clockSkewMs } from './server-clock.js';
import type { Wire, WireAnswer, WireRequest } from './wire.js';

/* A request for which a client proves itself, at the token endpoint or another one that takes its clients (RFC 6749 section
   2.3; RFC 8628 section 3.1; RFC 9126 section 2). */

export interface ClientContext {
  readonly settings: ServerSettings;
  readonly wire: Wire;
  readonly ports: Pick<Ports, 'clock' | 'store' | 'clients'>;
  readonly signal?: AbortSignal | undefined;
}

export interface ClientRequest {
  readonly step: Step;
  /** The name of the endpoint in the metadata. */
  readonly endpoint: string;
  readonly issuer: string;
  /** Where the client's tokens come from: a client that somebody brought is bound to it. */
  readonly tokenEndpoint: string;
  readonly client: Client;
  readonly move?: ClientMove | undefined;
  /** The request has a proof that this key is ours (RFC 9449 section 5). */
  readonly proofKey?: Secret | undefined;
  readonly compose: (
    server: Metadata,
    client: { client_id: string },
    authentication: ClientAuth,
    options: OAuthOptions,
  ) => Promise<Response>;
}

export interface ClientAnswer {
  readonly wire: WireAnswer;
  /** The client as it succeeded: with the authentication method that the server took. */
  readonly client: Client;
}

/** Asks as a client. Any answer is an answer. */
export async function requestAsClient(request: ClientRequest, context: ClientContext): Promise<ClientAnswer> {
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
  { step, endpoint, issuer, tokenEndpoint, client, proofKey, compose }: ClientRequest,
  authMethod: AuthMethod,
  proof: ClientProof | undefined,
  context: ClientContext,
): Promise<ClientAnswer> {
  const { signal } = context;
  const sender = { wire: (request: WireRequest) => context.wire({ ...request, proofKey }), signal };
  for (let attempt = 1; ; attempt += 1) {
    const wire = await oauthRequest(step, endpoint, sender, (options) =>
      compose(
        { issuer, token_endpoint: tokenEndpoint },
        { client_id: client.id === '' ? NO_CLIENT : client.id },
        clientAuthentication(authMethod, proof, context.ports.clock.now()),
        options,
      ),
    );
    const answered = { wire, client: { ...client, authMethod } };
    if (proofKey === undefined || attempt === PROOF_ATTEMPTS) return answered;
    if (!wantsAnotherProof(wire, context.ports.clock.now())) return answered;
  }
}

/** One for the nonce that the server wants, one for its clock, and the first. */
const PROOF_ATTEMPTS = 3;

/**
 * Pure: whether a proof was refused that the next one will not resemble (RFC 9449 sections 8 and 11.1). Such a request has spent
 * nothing: the proof is looked at first.
 */
function wantsAnotherProof(answer: WireAnswer, nowMs: number): boolean {
  const { code } = readOAuthError(answer);
  if (code === 'use_dpop_nonce') return answer.headers.has('dpop-nonce');
  return code === 'invalid_dpop_proof' && (clockSkewMs(answer.headers, nowMs) ?? 0) !== 0;
}

function refusesClient({ wire }: ClientAnswer): boolean {
  return readOAuthError(wire).code === 'invalid_client';
}

function alternative(client: Client, reply: ClientAnswer): AuthMethod | undefined {
  if (!refusesClient(reply)) return undefined;
  if (client.authMethod === 'none') return client.secret === undefined ? undefined : 'client_secret_post';
  return otherAuthMethod(client.authMethod);
}
