import { checkClient } from '../../credential/client-binding.js';
import type { Client } from '../../credential/record.js';
import { McpassError } from '../../errors.js';
import { chooseAuthMethod } from '../../oauth/client-authentication.js';
import { readTokenAnswer, type TokenAnswer } from '../../oauth/token-answer.js';
import type { Secret } from '../../secret.js';
import { isSameIssuer } from '../../server/issuer.js';
import type { SignInContext, SignInStart } from '../context.js';
import type { ServerChosen } from './authorization-server.js';
import type { ScopesChosen } from './scopes.js';
import type { TokenReceived } from './token-redemption.js';

export type TokensGiven = Required<Pick<SignInStart, 'given'>>;

/** Pure. An access token (RFC 6750 section 2.1), or a token answer as JSON (RFC 6749 section 5.1). Throws `usage`; never shows it. */
export function parseGivenTokens(text: Secret, nowMs: number): TokenAnswer {
  const given = text.reveal().trim();
  const isAnswer = given.startsWith('{');
  if (given === '') throw notTokens('Nothing was given: neither an access token nor a token answer.');
  if (!isAnswer && !/^[\x21-\x7e]+$/.test(given))
    throw notTokens('What was given is neither one access token nor a token answer in JSON.');
  const json = isAnswer ? given : JSON.stringify({ access_token: given, token_type: 'Bearer' });
  const read = readTokenAnswer({ status: 200, headers: new Headers(), url: '', text: json }, nowMs);
  if (read.ok === true) return read.answer;
  throw notTokens(`What was given is ${read.ok === false ? 'the answer of a refusal' : read.why}.`);
}

/** In place of the steps from the client to the token: who the tokens belong to, as far as anybody knows. */
export async function givenTokens(
  state: SignInStart & ServerChosen & TokensGiven,
  context: SignInContext,
): Promise<TokenReceived & Pick<ScopesChosen, 'scopes'>> {
  const { given } = state;
  const client = await clientOf(state, context);
  if (client === undefined && given.refresh !== undefined)
    throw new McpassError(
      'usage',
      'A refresh token is of use only to the client that it was issued to, and none is known here.',
      {
        step: 'client',
        fault: 'yours',
        remedy: { do: 'configure', key: 'oauth.client_id', value: '"the id of that client"' },
      },
    );
  context.decide('token', 'token', {
    refresh_token: given.refresh === undefined ? 'none given' : 'given',
    expires_in: given.expiresInS ?? 'not said',
  });
  return {
    tokens: given,
    scopes: given.scopes ?? context.settings.scopes ?? [],
    provenClient: client ?? nobody(state),
  };
}

async function clientOf(
  { authorizationServer: server, previous, clientMove: move }: SignInStart & ServerChosen,
  context: SignInContext,
): Promise<Client | undefined> {
  const { client, clientMetadataUrl } = context.settings;
  const { issuer, tokenEndpoint, authMethods } = server;
  if (client !== undefined) {
    const { id } = client;
    await checkClient({ id, issuer, tokenEndpoint, step: 'client', move }, context);
    const authMethod = client.authMethod ?? chooseAuthMethod(authMethods, client.secret !== undefined);
    return { id, issuer, origin: 'configured', authMethod, redirectUri: '' };
  }
  if (clientMetadataUrl !== undefined)
    return {
      id: clientMetadataUrl,
      issuer,
      origin: 'metadata_document',
      authMethod: 'none',
      redirectUri: '',
    };
  const earlier = previous?.grant?.client ?? previous?.registration;
  const isOurs =
    earlier !== undefined &&
    earlier.id !== '' &&
    earlier.origin === 'registered' &&
    isSameIssuer(earlier.issuer, issuer);
  return isOurs ? earlier : undefined;
}

/** An access token works whoever it was issued to; as what is left to discovery, so that the entry takes it for its own. */
function nobody({ authorizationServer: { issuer } }: ServerChosen): Client {
  return { id: '', issuer, origin: 'registered', authMethod: 'none', redirectUri: '' };
}

function notTokens(message: string): McpassError {
  return new McpassError('usage', message, { step: 'config', fault: 'yours' });
}
