import { genericTokenEndpointRequest } from 'oauth4webapi';

import type { Client } from '../credential/record.js';
import { McpassError, type Remedy } from '../errors.js';
import { type DiscoveryContext, discoverServer } from '../server/discovery.js';
import { judgeEndpoint } from '../server/endpoint-rule.js';
import { isSameIssuer } from '../server/issuer.js';
import type { IdentityProvider } from '../server/settings.js';
import { Secret } from '../secret.js';
import { plain, quote } from '../text.js';
import { chooseAuthMethod } from './client-authentication.js';
import { type ClientAnswer, type ClientContext, requestAsClient } from './client-request.js';
import { readOAuthError, sayOAuthError } from './error.js';
import { parseJsonObject } from '../json-object.js';
import { jwtClaims } from './jwt-claims.js';
import { clockWords } from './server-clock.js';
import { TOKEN_EXCHANGE } from './token-request.js';
import { transientFailure, type WireAnswer } from './wire.js';

/* What an identity provider says of a person to one server that trusts it: an ID-JAG, for which it exchanges the person's ID
   token (MCP extension for enterprise-managed authorization, section 4; RFC 8693). The ID token goes to the provider that
   issued it and to nobody else, and what comes back only to the server that it names. */

/** What an exchange takes: a sign-in has it, and so has a refresh. */
export type ExchangeContext = Omit<DiscoveryContext, 'ports' | 'signal'> &
  Pick<ClientContext, 'ports' | 'signal'>;

export interface AssertionWanted {
  /** The issuer of the server's authorization server. */
  readonly audience: string;
  /** The MCP server, as its metadata calls it (RFC 9728 section 2); absent when it was left out. */
  readonly resource: string | undefined;
  readonly scopes: readonly string[];
}

const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag';

/**
 * A new one for each token: it is good for a few minutes, and is taken once. Throws `config_invalid` for an ID token that is
 * not sent, `login_refused` where the provider does not vouch, `client_rejected`, `answer_invalid`, and what the way there
 * throws.
 */
export async function askForAssertion(wanted: AssertionWanted, context: ExchangeContext): Promise<Secret> {
  const provider = context.settings.identityProvider;
  if (provider === undefined) throw providerMissing();
  const idToken = await provider.idToken();
  judgeIdToken(idToken.reveal(), provider, context.ports.clock.now());
  const { tokenEndpoint, client } = await findProvider(provider, context);
  const answer = await requestAsClient(
    {
      step: 'token',
      endpoint: 'token_endpoint',
      issuer: provider.issuer,
      tokenEndpoint,
      client,
      compose: (server, own, authentication, options) =>
        genericTokenEndpointRequest(
          server,
          own,
          authentication,
          TOKEN_EXCHANGE,
          exchangeParameters(wanted, idToken),
          options,
        ),
    },
    // Its client is bound to it, and not to the server that the token is for.
    { ...context, settings: { url: provider.issuer, client: provider.client } },
  );
  const assertion = readAssertion(answer, wanted, provider, context.ports.clock.now());
  context.decide('token', 'identity assertion', {
    provider: provider.name,
    issuer: provider.issuer,
    audience: wanted.audience,
  });
  return assertion;
}

function exchangeParameters({ audience, resource, scopes }: AssertionWanted, idToken: Secret) {
  const all = new URLSearchParams({
    requested_token_type: ID_JAG,
    audience,
    subject_token: idToken.reveal(),
    subject_token_type: ID_TOKEN,
  });
  if (resource !== undefined) all.set('resource', resource);
  if (scopes.length > 0) all.set('scope', scopes.join(' '));
  return all;
}

/** Where it exchanges tokens, and who we are there. */
async function findProvider(
  { issuer, tokenEndpoint: configured, client: { id, secret, authMethod } }: IdentityProvider,
  context: ExchangeContext,
): Promise<{ readonly tokenEndpoint: string; readonly client: Client }> {
  const server = { server: context.server, unsafe: context.settings.unsafe };
  const found =
    configured === undefined
      ? await discoverServer(issuer, { ...context, signal: context.signal })
      : {
          tokenEndpoint: judgeEndpoint(configured, 'token_endpoint', 'server', server).href,
          authMethods: undefined,
        };
  const method = authMethod ?? chooseAuthMethod(found.authMethods, secret !== undefined);
  return {
    tokenEndpoint: found.tokenEndpoint,
    client: { issuer, id, origin: 'configured', authMethod: method },
  };
}

/** Pure: throws `config_invalid` for what is no ID token, what is over, and what was issued by or to somebody else. */
function judgeIdToken(text: string, provider: IdentityProvider, nowMs: number): void {
  const place = provider.idTokenPlace === undefined ? '' : ` ${plain(provider.idTokenPlace, 300)}`;
  const refused = (why: string) =>
    new McpassError('config_invalid', `The ID token${place} ${why}.`, {
      step: 'token',
      fault: 'yours',
      facts: { provider: plain(provider.name) },
      remedy: {
        do: 'say',
        text: `have whatever writes it sign in to ${plain(provider.issuer, 200)} again, as the client ${plain(provider.client.id, 100)}`,
      },
    });
  const claims = jwtClaims(text);
  if (claims === undefined || /\s/.test(text)) throw refused('is malformed: it is no JWT');
  const { iss, aud, exp } = claims;
  if (typeof iss !== 'string' || !isSameIssuer(iss, provider.issuer))
    throw refused(`was issued by ${quote(String(iss), 200)}, and not by ${quote(provider.issuer, 200)}`);
  // OpenID Connect Core section 2: the client that it was issued to.
  const audiences = [aud].flat();
  if (!audiences.includes(provider.client.id))
    throw refused(
      `was issued to ${audiences.map((one) => quote(String(one), 120)).join(', ')}, and not to ${quote(provider.client.id, 120)}`,
    );
  if (typeof exp !== 'number') throw refused('is malformed: it does not say when it ends (exp)');
  if (exp * 1000 <= nowMs) {
    const ago = Math.ceil((nowMs / 1000 - exp) / 60);
    throw refused(`has expired (${ago} min ago, by the clock of this machine)`);
  }
}

/** Pure: what the provider has answered. It is not kept, and goes to the server that it names or to nobody. */
function readAssertion(
  { wire, client }: ClientAnswer,
  { audience }: AssertionWanted,
  provider: IdentityProvider,
  nowMs: number,
): Secret {
  const who = `The identity provider ${quote(provider.name)}`;
  const odd = (why: string) =>
    new McpassError('answer_invalid', `${who} ${why}.`, {
      step: 'token',
      fault: 'server',
      facts: { provider: plain(provider.name), issuer: plain(provider.issuer), status: wire.status },
    });
  const document = wire.status === 200 ? parseJsonObject(wire.text) : undefined;
  if (wire.status !== 200 || document?.['error'] !== undefined)
    throw exchangeFailure(wire, client, who, audience, provider, nowMs);
  const { issued_token_type: type, access_token: token } = document ?? {};
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw odd('answered the token exchange without a token');
  if (type !== ID_JAG) throw odd(`issued a token of another type, ${quote(String(type), 120)}`);
  // One that is encrypted to the server tells us nothing (section 6.4.3).
  const claims = jwtClaims(token);
  const named = [claims?.['aud']].flat().map(String);
  if (claims !== undefined && !named.some((one) => isSameIssuer(one, audience)))
    throw odd(`vouches to ${quote(named.join(', '), 200)} in place of ${quote(audience, 200)}`);
  return new Secret(token);
}

function exchangeFailure(
  wire: WireAnswer,
  client: Client,
  who: string,
  audience: string,
  provider: IdentityProvider,
  nowMs: number,
): McpassError {
  const error = readOAuthError(wire);
  const said = quote(sayOAuthError(error), 240);
  const details = (remedy?: Remedy) => ({
    step: 'token' as const,
    fault: 'server' as const,
    facts: {
      status: wire.status,
      provider: plain(provider.name),
      issuer: plain(provider.issuer),
      ...(error.code !== undefined && { error: error.code }),
    },
    ...(remedy !== undefined && { remedy }),
  });
  const trouble = transientFailure(wire, `${who} could not answer just now: ${said}.`, details(), nowMs);
  if (trouble !== undefined) return trouble;
  if (error.code === 'invalid_client' || error.code === 'unauthorized_client') {
    const key = `identity_providers.${provider.name}`;
    const text = `check ${key}.client_id and its secret, and that this client may exchange tokens there`;
    return new McpassError(
      'client_rejected',
      `${who} does not accept the client ${quote(client.id)}: ${said}.`,
      {
        ...details({ do: 'say', text }),
        fault: 'yours',
      },
    );
  }
  const clock = clockWords(wire.headers, nowMs);
  const why = clock === undefined ? said : `${said}; ${clock}`;
  return new McpassError(
    'login_refused',
    `${who} does not vouch for you to ${quote(audience, 200)}: ${why}.`,
    {
      ...details({
        do: 'say',
        text: 'ask whoever runs it whether you, and this client, may use that server; --debug shows what was asked',
      }),
    },
  );
}

function providerMissing(): McpassError {
  return new McpassError(
    'config_invalid',
    'The grant enterprise needs an identity provider, and none is configured.',
    {
      step: 'token',
      fault: 'yours',
      remedy: { do: 'configure', key: 'oauth.idp', value: '"the name of one in [identity_providers]"' },
    },
  );
}
