import { chooseAuthMethod, clientProof } from '../../oauth/client-authentication.js';
import { readClientKey } from '../../oauth/client-key.js';
import type { RegistrationBody } from '../../oauth/registration.js';
import { checkClient, nothingToMove } from '../../credential/client-binding.js';
import type { Client } from '../../credential/record.js';
import type { CallbackServer } from '../../ports.js';
import { deviceEndpointOf } from '../../oauth/device-authorization.js';
import { isSameAuthorizationServer } from '../../server/issuer.js';
import type { SignInContext, SignInStart } from '../context.js';
import type { ServerChosen } from './authorization-server.js';
import { chooseApproach, type RegistrationApproach } from '../registration-approach.js';
import { register, registrationWish } from './client-registration.js';
import type { ScopesChosen } from './scopes.js';

/** What the client was registered with may be another spelling of the place where the answer will arrive. */
export function redirectUriOf({ client, callbackServer }: Identified): string {
  return client.redirectUri ?? callbackServer.redirectUri;
}

export interface Identified {
  readonly client: Client;
  readonly callbackServer: CallbackServer;
  /** True when the client was registered for an earlier sign-in; the server may have forgotten it since. */
  readonly clientReused: boolean;
}

/** Who we would be, before anything is sent: a client that there is, or what is to be registered. */
export interface ClientPlan {
  readonly callbackServer: CallbackServer;
  readonly identity:
    | { readonly client: Client; readonly reused: boolean }
    | { readonly registration: RegistrationBody };
}

type State = SignInStart & ServerChosen & ScopesChosen;

/** Step 5: who we are at this authorization server, and where the answer will arrive. */
export async function client(state: State, context: SignInContext): Promise<Identified> {
  const { callbackServer, identity } = await planClient(state, context);
  const { client: own, reused } =
    'client' in identity
      ? identity
      : { client: await register(identity.registration, state, callbackServer, context), reused: false };
  const identified = { client: own, callbackServer, clientReused: reused };
  context.decide('client', 'client', {
    client_id: identified.client.id,
    origin: identified.client.origin,
    reused: identified.clientReused,
    authentication: identified.client.authMethod,
    redirect_uri: redirectUriOf(identified),
  });
  return identified;
}

/** Asks nobody but this machine: the place for the answer is opened, because the redirect URI is part of the plan. */
export async function planClient(state: State, context: SignInContext): Promise<ClientPlan> {
  const approach = chooseApproach(state.authorizationServer, context.settings);
  if (approach === 'registered') return planRegistration(state, context);
  const brought = await broughtClient(approach, state, context);
  const callbackServer = await context.receive({ ...context.settings.redirect });
  const { redirectUri } = callbackServer;
  return { callbackServer, identity: { client: { ...brought, redirectUri }, reused: false } };
}

/** A client that nothing has to be registered for: the person's own, or that of a metadata document. */
async function broughtClient(
  origin: Exclude<RegistrationApproach, 'registered'>,
  { authorizationServer: server, clientMove: move }: ServerChosen & Pick<SignInStart, 'clientMove'>,
  context: SignInContext,
): Promise<Client> {
  const { settings } = context;
  const { issuer, tokenEndpoint } = server;
  if (origin === 'metadata_document' || settings.client === undefined) {
    if (move !== undefined) throw nothingToMove(undefined);
    const authMethod = settings.clientKey === undefined ? 'none' : 'private_key_jwt';
    await readClientKey(settings);
    return { issuer, id: settings.clientMetadataUrl ?? '', origin, authMethod };
  }
  const { id, secret, authMethod = settings.clientKey && 'private_key_jwt' } = settings.client;
  await checkClient({ id, issuer, tokenEndpoint, step: 'client', move }, context);
  const method = authMethod ?? chooseAuthMethod(server.authMethods, secret !== undefined);
  const client: Client = { issuer, id, origin, authMethod: method };
  // Before anybody is asked: a sign-in that must fail for want of the secret or the key is not begun.
  if (secret !== undefined || method === 'private_key_jwt') await clientProof(client, settings);
  return client;
}

/** Step 5 where no person comes: who we are there. No answer arrives, and nothing is registered (MCP extensions). */
export async function ownClient(
  state: SignInStart & ServerChosen,
  context: SignInContext,
): Promise<Pick<Identified, 'client'>> {
  const approach = chooseApproach(state.authorizationServer, context.settings);
  if (approach === 'registered') throw new TypeError('unreachable');
  const client = await broughtClient(approach, state, context);
  context.decide('client', 'client', {
    client_id: client.id,
    origin: client.origin,
    authentication: client.authMethod,
  });
  return { client };
}

/** Step 5 where the person answers on another device: no answer arrives here (RFC 8628). */
export async function deviceClient(
  state: State,
  context: SignInContext,
): Promise<Pick<Identified, 'client' | 'clientReused'>> {
  const identity = await planDeviceClient(state, context);
  const { client: own, reused } =
    'client' in identity
      ? identity
      : { client: await register(identity.registration, state, undefined, context), reused: false };
  context.decide('client', 'client', {
    client_id: own.id,
    origin: own.origin,
    reused,
    authentication: own.authMethod,
  });
  return { client: own, clientReused: reused };
}

/** Asks nobody. */
export async function planDeviceClient(
  state: State,
  context: SignInContext,
): Promise<ClientPlan['identity']> {
  // Before anything is registered that could be of no use.
  deviceEndpointOf(state.authorizationServer);
  const approach = chooseApproach(state.authorizationServer, context.settings);
  if (approach !== 'registered') {
    return { client: await broughtClient(approach, state, context), reused: false };
  }
  if (state.clientMove !== undefined) throw nothingToMove(undefined);
  // A client with a redirect URI was registered for another grant.
  const earlier = earlierRegistration(state, context, ({ redirectUri }) => redirectUri === undefined);
  if (earlier !== undefined) return { client: earlier, reused: true };
  return { registration: registrationWish(state, undefined, context.settings) };
}

async function planRegistration(state: State, context: SignInContext): Promise<ClientPlan> {
  if (state.clientMove !== undefined) throw nothingToMove(undefined);
  const { settings } = context;
  const earlier = earlierRegistration(state, context, ({ redirectUri }) => redirectUri !== undefined);
  const wish = { ...settings.redirect };
  const callbackServer = await context.receive(
    earlier?.redirectUri === undefined ? wish : { ...wish, earlier: earlier.redirectUri },
  );
  if (earlier !== undefined && sameRedirect(earlier, callbackServer)) {
    return { callbackServer, identity: { client: earlier, reused: true } };
  }
  const registration = registrationWish(state, callbackServer.redirectUri, settings);
  return { callbackServer, identity: { registration } };
}

/** A registration is used again while its server, scopes and expiry still fit; the redirect URI is seen later. */
function earlierRegistration(
  state: State,
  { ports, settings }: SignInContext,
  isFor: (client: Client) => boolean,
): Client | undefined {
  if (state.newClient === true) return undefined;
  const { previous, authorizationServer: server } = state;
  const { grant, registration } = previous ?? {};
  const isFrom = (issuer: string, tokenEndpoint?: string) =>
    isSameAuthorizationServer({ issuer, tokenEndpoint }, server, settings.unsafe);
  // A client that the server has refused is not offered again.
  const isRefused = previous?.lastRefresh?.outcome === 'client_refused';
  const candidates = [
    // Of a registration that led to no grant only the issuer is known.
    registration !== undefined && isFrom(registration.issuer) ? registration : undefined,
    grant !== undefined && !isRefused && isFrom(grant.issuer, grant.endpoints.token)
      ? grant.client
      : undefined,
  ];
  return candidates.find((candidate) => {
    if (candidate === undefined || candidate.origin !== 'registered' || !isFor(candidate)) return false;
    // Nobody knows the client of a token that was brought.
    if (candidate.id === '') return false;
    const { secretExpiresAtS: expires, scopes: pinned } = candidate;
    if (expires !== undefined && expires * 1000 <= ports.clock.now()) return false;
    return pinned === undefined || state.scopes.every((scope) => pinned.includes(scope));
  });
}

function sameRedirect({ redirectUri = '' }: Client, callbackServer: CallbackServer): boolean {
  return redirectUri === callbackServer.redirectUri || callbackServer.alternatives.includes(redirectUri);
}
