import { dynamicClientRegistrationRequest } from 'oauth4webapi';

import { chooseAuthMethod, isAuthMethod } from '../../oauth/client-authentication.js';
import { McpassError, type Remedy } from '../../errors.js';
import type { Deviation } from '../../events.js';
import { JsonDocument } from '../../oauth/json-document.js';
import { isPage, type OAuthError, readOAuthError, sayOAuthError } from '../../oauth/error.js';
import { knownRefusal } from '../../oauth/known-refusal.js';
import { oauthRequest } from '../../oauth/request.js';
import type { CallbackServer } from '../../ports.js';
import { plain, quote } from '../../text.js';
import { type Client, emptyRecord } from '../../credential/record.js';
import { amendRegistration, type RegistrationBody, registrationBody } from '../../oauth/registration.js';
import { configurationRefused } from '../../credential/refusal-errors.js';
import { credentialHeaders } from '../../server/configured-headers.js';
import { splitScopes } from '../../oauth/scope.js';
import { Secret } from '../../secret.js';
import type { AuthorizationServer } from '../../server/metadata.js';
import type { AuthMethod, ServerSettings } from '../../server/settings.js';
import type { SignInContext } from '../context.js';
import { isTransientStatus, transientFailure, type WireAnswer } from '../../oauth/wire.js';
import type { ServerChosen } from './authorization-server.js';
import type { ScopesChosen } from './scopes.js';

/** Pure: what a registration asks for at first; a refusal may lead to another wording. */
export function registrationWish(
  { authorizationServer: server, scopes }: ServerChosen & ScopesChosen,
  redirectUri: string | undefined,
  { clientName = 'mcpass' }: Pick<ServerSettings, 'clientName'>,
): RegistrationBody {
  return registrationBody({
    clientName,
    redirectUri,
    scopes,
    authMethod: methodToRegister(server.authMethods),
  });
}

/**
 * Registers a client (RFC 7591), for a person with another device where no answer arrives here, and keeps it at once, so that
 * an attempt that ends early need not register again.
 */
export async function register(
  wish: RegistrationBody,
  { authorizationServer: server, scopes }: ServerChosen & ScopesChosen,
  callbackServer: CallbackServer | undefined,
  context: SignInContext,
): Promise<Client> {
  let body = wish;
  const token = await registrationToken(context.settings);
  const amended = new Set<string>();
  for (;;) {
    const answer = await askRegistration(server, body, token, context);
    const judged = judgeRegistration(answer, body, server.issuer, context.ports.clock.now());
    if (judged.ok) {
      for (const { id, text } of judged.deviations) context.deviate('client', id, text);
      // What was left out because it was refused there was wished all the same, and is not asked for anew.
      const client = amended.has('B06') ? withWished(judged.client, scopes) : judged.client;
      await context.ports.store.update(context.key, async (current) => ({
        ...(current ?? emptyRecord(context.key)),
        registration: client,
      }));
      return client;
    }
    const amendment = amendRegistration({
      body,
      error: judged.error,
      alternatives: callbackServer?.alternatives ?? [],
      amended,
    });
    if (amendment === undefined)
      throw server.guessed === true && judged.error.code === undefined && !isTransientStatus(answer.status)
        ? nobodyFound(server, answer.status, context)
        : refusal(server.issuer, judged.error, answer, context);
    amended.add(amendment.id);
    context.deviate('client', amendment.id, `${amendment.text} (${sayOAuthError(judged.error)})`);
    body = amendment.body;
  }
}

function withWished(client: Client, wished: readonly string[]): Client {
  return client.scopes === undefined
    ? client
    : { ...client, scopes: splitScopes([...client.scopes, ...wished]) };
}

/** A program on somebody's machine keeps no secrets, so `none` where it is offered; stated, because absent means Basic. */
function methodToRegister(supported: readonly string[] | undefined): AuthMethod {
  if (supported === undefined || supported.includes('none')) return 'none';
  return chooseAuthMethod(supported, true);
}

async function askRegistration(
  server: AuthorizationServer,
  body: RegistrationBody,
  token: Secret | undefined,
  context: SignInContext,
): Promise<WireAnswer> {
  return oauthRequest('client', 'registration_endpoint', context, (options) =>
    dynamicClientRegistrationRequest(
      { issuer: server.issuer, registration_endpoint: server.registrationEndpoint ?? '' },
      body as unknown as Parameters<typeof dynamicClientRegistrationRequest>[1],
      { ...options, ...(token !== undefined && { initialAccessToken: token.reveal() }) },
    ),
  );
}

/** One that somebody brought goes where they said, and nowhere else; that the server is that one was seen before. */
async function registrationToken({ registrationToken, issuer }: ServerSettings): Promise<Secret | undefined> {
  if (registrationToken === undefined || issuer !== undefined) return registrationToken?.();
  throw new McpassError(
    'usage',
    'A token for the registration goes to one authorization server: name it as the issuer.',
    { step: 'config', fault: 'yours' },
  );
}

type Judged =
  | {
      readonly ok: true;
      readonly client: Client;
      readonly deviations: readonly Deviation[];
    }
  | { readonly ok: false; readonly error: OAuthError };

/**
 * Pure: what the server made of the registration (RFC 7591 section 3.2). Its answer counts, not what was asked: the
 * secret, the method and the redirect URI are those that it names.
 */
export function judgeRegistration(
  answer: WireAnswer,
  asked: RegistrationBody,
  issuer: string,
  nowMs: number,
): Judged {
  const document = JsonDocument.parse(answer.text);
  const id = document?.text('client_id');
  const ok = answer.status === 200 || answer.status === 201;
  if (!ok || document === undefined || id === undefined) return { ok: false, error: readOAuthError(answer) };
  const deviations: Deviation[] = [];
  if (answer.status !== 201)
    deviations.push({ id: 'B15', text: `the registration was answered with ${answer.status}` });
  const redirectUri = asked.redirect_uris?.[0];
  const redirects = document.texts('redirect_uris');
  if (redirectUri !== undefined && redirects !== undefined && !redirects.includes(redirectUri)) {
    throw new McpassError(
      'registration_refused',
      `${quote(issuer)} registered other redirect URIs than the one asked for: ${quote(redirects.join(' '), 120)}.`,
      { step: 'client', fault: 'server', facts: { asked: redirectUri } },
    );
  }
  const secret = document.text('client_secret');
  const method = document.text('token_endpoint_auth_method') ?? asked.token_endpoint_auth_method;
  const expires = document.raw('client_secret_expires_at');
  // What was asked for counts as well: a server that names less would name as little the next time.
  const scopes = splitScopes(`${asked.scope ?? ''} ${document.text('scope') ?? ''}`);
  const clientUri = document.text('registration_client_uri');
  const accessToken = document.text('registration_access_token');
  const client: Client = {
    id,
    issuer,
    origin: 'registered',
    authMethod: registeredMethod(method, secret !== undefined),
    ...(redirectUri !== undefined && { redirectUri }),
    registeredAtS: Math.floor(nowMs / 1000),
    ...(secret !== undefined && { secret: new Secret(secret) }),
    // 0 means that it does not expire.
    ...(typeof expires === 'number' && expires > 0 && { secretExpiresAtS: Math.floor(expires) }),
    ...(scopes.length > 0 && { scopes }),
    ...(clientUri !== undefined && { registrationClientUri: clientUri }),
    ...(accessToken !== undefined && { registrationAccessToken: new Secret(accessToken) }),
  };
  return { ok: true, client, deviations };
}

/** A client without a secret has nothing to prove itself with, whatever method the answer names. */
function registeredMethod(method: string, hasSecret: boolean): AuthMethod {
  if (!hasSecret) return 'none';
  return isAuthMethod(method) ? method : chooseAuthMethod([method], hasSecret);
}

/** Nobody named this address: an answer that knows nothing of registrations says that nobody is there. */
function nobodyFound(
  { registrationEndpoint = '' }: AuthorizationServer,
  status: number,
  { server, settings }: SignInContext,
): McpassError {
  const guess = `${registrationEndpoint}, the guess of 2025-03-26, answers ${status}`;
  const [header] = credentialHeaders(settings);
  if (header !== undefined)
    return configurationRefused(
      server.host,
      header,
      settings,
      `; and no authorization server was found (${guess})`,
    );
  return new McpassError(
    'server_metadata_missing',
    `No authorization server was found for ${server.host}: it names none (${guess}).`,
    {
      step: 'server',
      fault: 'server',
      facts: { guess: plain(registrationEndpoint), status },
      remedy: {
        do: 'say',
        text: 'ask the operator how to sign in; a key or token of theirs goes into env_http_headers or bearer_token_env_var',
      },
    },
  );
}

function refusal(
  issuer: string,
  error: OAuthError,
  answer: WireAnswer,
  { ports, settings }: SignInContext,
): McpassError {
  const facts = {
    issuer: plain(issuer),
    status: error.status,
    ...(error.code !== undefined && { error: error.code }),
  };
  const ours = { step: 'client' as const, fault: 'server' as const, facts };
  const said = quote(sayOAuthError(error), 240);
  const busy = `${quote(issuer)} could not register a client just now: ${said}.`;
  const trouble = transientFailure(answer, busy, ours, ports.clock.now());
  if (trouble !== undefined) return trouble;
  if (answer.status < 300) {
    const what = isPage(answer) ? 'an HTML page' : 'something that is no client';
    return new McpassError(
      'answer_invalid',
      `${quote(issuer)} answered the registration with ${what}.`,
      ours,
    );
  }
  const wantsToken = error.status === 401 || error.code === 'invalid_token';
  const from = settings.places?.registrationToken ?? 'of the configuration';
  const shown = settings.registrationToken === undefined ? '' : ` It was shown the token ${from}.`;
  return new McpassError(
    'registration_refused',
    `${quote(issuer)} refused to register a client: ${said}.${wantsToken ? shown : ''}`,
    {
      ...ours,
      remedy:
        knownRefusal(error.code, error.description)?.remedy ?? (wantsToken ? TOKEN_WANTED : CLIENT_WANTED),
    },
  );
}

const CLIENT_WANTED: Remedy = {
  do: 'configure',
  key: 'oauth.client_id',
  value: '"the id of a client that you created there"',
};

/** RFC 7591 section 3: an initial access token. */
const TOKEN_WANTED: Remedy = {
  do: 'say',
  text: 'create a client there and set oauth.client_id; or name a token for registrations in oauth.registration_token_env, with oauth.issuer beside it',
};
