import { clientCredentialsGrantRequest, genericTokenEndpointRequest } from 'oauth4webapi';

import { McpassError } from '../errors.js';
import type { UnattendedGrantType } from '../server/grant-type.js';
import { askForAssertion, type ExchangeContext } from './identity-assertion.js';
import { TOKEN_EXCHANGE, type TokenRequest } from './token-request.js';
import { judgeWorkloadAssertion } from './workload-assertion.js';

/** What a token is asked for with, each time anew. */
export interface UnattendedWish {
  readonly type: UnattendedGrantType;
  readonly scopes: readonly string[];
  readonly context: ExchangeContext;
}

type Compose = TokenRequest['compose'];

/** The token request of a grant that needs no person: the first one, and every one after it. */
export function composeUnattended(wish: UnattendedWish): Compose {
  return REQUESTS[wish.type](wish);
}

const REQUESTS: Readonly<Record<UnattendedGrantType, (wish: UnattendedWish) => Compose>> = {
  // RFC 6749 section 4.4.2.
  client_credentials:
    ({ scopes }) =>
    (server, client, authentication, options) =>
      clientCredentialsGrantRequest(server, client, authentication, parameters(options, scopes), options),
  // RFC 8693 section 2.1.
  token_exchange: ({ scopes, context: { settings } }) => {
    return (server, client, authentication, options) => {
      const all = parameters(options, scopes);
      const { token, type = ACCESS_TOKEN } = settings.subject ?? { token: undefined };
      if (token === undefined) throw new TypeError('unreachable');
      all.set('subject_token', token.reveal());
      all.set('subject_token_type', type);
      return genericTokenEndpointRequest(server, client, authentication, TOKEN_EXCHANGE, all, options);
    };
  },
  // RFC 7523 section 2.1.
  jwt_bearer: (wish) => async (server, client, authentication, options) => {
    const all = parameters(options, wish.scopes);
    all.set('assertion', await readAssertion(server, wish));
    return genericTokenEndpointRequest(server, client, authentication, JWT_BEARER, all, options);
  },
  // MCP extension for enterprise-managed authorization, section 5.
  enterprise:
    ({ scopes, context }) =>
    async (server, client, authentication, options) => {
      const all = parameters(options, scopes);
      const wanted = { audience: server.issuer, resource: all.get('resource') ?? undefined, scopes };
      all.set('assertion', (await askForAssertion(wanted, context)).reveal());
      return genericTokenEndpointRequest(server, client, authentication, JWT_BEARER, all, options);
    },
};

/** As it is now: platforms write a new one every few minutes. */
async function readAssertion(
  { issuer, token_endpoint: tokenEndpoint = '' }: Parameters<Compose>[0],
  { context: { settings, ports, decide } }: UnattendedWish,
): Promise<string> {
  const assertion = await settings.assertion?.(settings.assertionAudience ?? issuer);
  if (assertion === undefined) throw assertionMissing();
  const text = assertion.reveal();
  const facts = judgeWorkloadAssertion(text, { issuer, tokenEndpoint, nowMs: ports.clock.now(), settings });
  decide('token', 'assertion', facts);
  return text;
}

function assertionMissing(): McpassError {
  const message = "The grant jwt_bearer needs the workload's own token, and none is configured.";
  return new McpassError('config_invalid', message, {
    step: 'token',
    fault: 'yours',
    remedy: { do: 'configure', key: 'oauth.assertion_file', value: '"the path of the token"' },
  });
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

function parameters(
  { additionalParameters }: Parameters<Compose>[3],
  scopes: readonly string[],
): URLSearchParams {
  const all = new URLSearchParams(additionalParameters);
  if (scopes.length > 0) all.set('scope', scopes.join(' '));
  return all;
}
