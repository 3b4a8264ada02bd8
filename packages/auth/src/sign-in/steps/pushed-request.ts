import { pushedAuthorizationRequest } from 'oauth4webapi';

import { requestAsClient } from '../../oauth/client-request.js';
import { isPage, readOAuthError, sayOAuthError } from '../../oauth/error.js';
import { JsonDocument } from '../../oauth/json-document.js';
import { judgeResourceRefusal } from '../../oauth/resource-refusal.js';
import { transientFailure, type WireAnswer } from '../../oauth/wire.js';
import { McpassError } from '../../errors.js';
import type { AuthorizationServer } from '../../server/metadata.js';
import type { ServerSettings } from '../../server/settings.js';
import { quote } from '../../text.js';
import type { SignInContext, SignInStart } from '../context.js';
import type { ServerChosen } from './authorization-server.js';
import type { Identified } from './client.js';

/**
 * Pure: whether the authorization request is pushed (RFC 9126 section 5). Throws `config_invalid` where the configuration
 * wants what the server has not, or forbids what it wants.
 */
export function wantsPush(
  { issuer, pushedRequestEndpoint, pushedRequestsRequired }: AuthorizationServer,
  { par = 'auto' }: Pick<ServerSettings, 'par'>,
): boolean {
  const required = pushedRequestsRequired === true;
  if (par === 'never' && required) throw contradicts(`${quote(issuer)} takes only pushed ones`, par);
  if (par === 'never' || (par === 'auto' && !required)) return false;
  if (pushedRequestEndpoint !== undefined) return true;
  if (par === 'always') throw contradicts(`${quote(issuer)} names no place to push them to`, par);
  throw new McpassError(
    'answer_invalid',
    `The metadata of ${quote(issuer)} requires pushed authorization requests and has no pushed_authorization_request_endpoint.`,
    { step: 'server', fault: 'server' },
  );
}

function contradicts(why: string, value: string): McpassError {
  return new McpassError('config_invalid', `oauth.par is "${value}", and ${why} (RFC 9126).`, {
    step: 'config',
    fault: 'yours',
    remedy: { do: 'configure', key: 'oauth.par', value: '"auto"' },
  });
}

/** Hands the authorization request to the server itself, and returns what the browser carries in its place (RFC 9126 section 4). */
export async function pushRequest(
  parameters: URLSearchParams,
  { authorizationServer, client, clientMove }: ServerChosen & Identified & Pick<SignInStart, 'clientMove'>,
  context: SignInContext,
): Promise<URLSearchParams> {
  const { issuer, tokenEndpoint, pushedRequestEndpoint = '' } = authorizationServer;
  const { wire } = await requestAsClient(
    {
      step: 'authorization',
      endpoint: 'pushed_authorization_request_endpoint',
      issuer,
      tokenEndpoint,
      client,
      move: clientMove,
      compose: (server, one, authentication, options) =>
        pushedAuthorizationRequest(
          { ...server, pushed_authorization_request_endpoint: pushedRequestEndpoint },
          one,
          authentication,
          parameters,
          options,
        ),
    },
    context,
  );
  const requestUri = judgePushed(wire, issuer, context.ports.clock.now(), context.settings);
  context.decide('authorization', 'pushed request', { endpoint: pushedRequestEndpoint });
  return new URLSearchParams({ client_id: client.id, request_uri: requestUri });
}

/** Pure: the `request_uri` of the answer (RFC 9126 section 2.2). Throws why there is none. */
export function judgePushed(
  answer: WireAnswer,
  issuer: string,
  nowMs: number,
  { resource }: Pick<ServerSettings, 'resource'> = {},
): string {
  const isGood = answer.status >= 200 && answer.status <= 299;
  const requestUri = isGood ? JsonDocument.parse(answer.text)?.text('request_uri') : undefined;
  if (requestUri !== undefined) return requestUri;
  const error = readOAuthError(answer);
  const facts = { status: error.status, ...(error.code !== undefined && { error: error.code }) };
  const details = { step: 'authorization', fault: 'server', facts } as const;
  const said = quote(sayOAuthError(error), 240);
  const busy = `${quote(issuer)} could not take the authorization request just now: ${said}.`;
  const trouble = transientFailure(answer, busy, details, nowMs);
  if (trouble !== undefined) throw trouble;
  if (isGood && error.code === undefined) {
    const what = isPage(answer) ? 'an HTML page' : 'an answer without a request_uri';
    throw new McpassError(
      'answer_invalid',
      `${quote(issuer)} answered the pushed request with ${what}.`,
      details,
    );
  }
  throw new McpassError(
    'authorization_refused',
    `${quote(issuer)} refused the authorization request: ${said}.`,
    { ...details, ...judgeResourceRefusal({ error: error.code, description: error.description }, resource) },
  );
}
