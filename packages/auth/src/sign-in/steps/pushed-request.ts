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

export interface Pushed {
  /** What the browser carries in place of the request (RFC 9126 section 4). */
  readonly carried: URLSearchParams;
  /** Epoch seconds at which the server forgets it. */
  readonly openBeforeS: number;
}

/** Hands the authorization request to the server itself (RFC 9126 section 2.1). */
export async function pushRequest(
  parameters: URLSearchParams,
  { authorizationServer, client, clientMove }: ServerChosen & Identified & Pick<SignInStart, 'clientMove'>,
  context: SignInContext,
): Promise<Pushed> {
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
  const nowMs = context.ports.clock.now();
  const { requestUri, expiresInS } = judgePushed(wire, issuer, nowMs, context.settings);
  const facts = { endpoint: pushedRequestEndpoint, expires_in: expiresInS };
  context.decide('authorization', 'pushed request', facts);
  return {
    carried: new URLSearchParams({ client_id: client.id, request_uri: requestUri }),
    openBeforeS: Math.floor(nowMs / 1000) + expiresInS,
  };
}

/** Seconds that a pushed request lives where nobody says (RFC 9126 section 2.2 has 5 to 600 in mind). */
const LIFE_S = 60;

/** Pure: the `request_uri` of the answer (RFC 9126 section 2.2). Throws why there is none. */
export function judgePushed(
  answer: WireAnswer,
  issuer: string,
  nowMs: number,
  { resource }: Pick<ServerSettings, 'resource'> = {},
): { readonly requestUri: string; readonly expiresInS: number } {
  const isGood = answer.status >= 200 && answer.status <= 299;
  const document = isGood ? JsonDocument.parse(answer.text) : undefined;
  const requestUri = document?.text('request_uri');
  if (requestUri !== undefined) {
    const said = Number(document?.raw('expires_in'));
    return { requestUri, expiresInS: Number.isFinite(said) && said > 0 ? Math.floor(said) : LIFE_S };
  }
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
