import { chooseAuthMethod } from '../../oauth/client-authentication.js';
import type { RegistrationBody } from '../../oauth/registration.js';
import { checkClient, nothingToMove } from '../../credential/client-binding.js';
import type { Client } from '../../credential/record.js';
import type { CallbackServer } from '../../ports.js';
import { isSameAuthorizationServer } from '../../server/issuer.js';
import type { SignInContext, SignInStart } from '../context.js';
import type { ServerChosen } from './authorization-server.js';
import { chooseApproach } from '../registration-approach.js';
import { register, registrationWish } from './client-registration.js';
import type { ScopesChosen } from './scopes.js';

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
    redirect_uri: identified.client.redirectUri,
  });
  return identified;
}

/** Asks nobody but this machine: the place for the answer is opened, because the redirect URI is part of the plan. */
export async function planClient(state: State, context: SignInContext): Promise<ClientPlan> {
  const { authorizationServer: server } = state;
  const { settings } = context;
  const approach = chooseApproach(server, settings);
  if (approach !== 'configured' && state.clientMove !== undefined) throw nothingToMove(undefined);
  if (approach === 'registered') return planRegistration(state, context);
  if (approach === 'configured' && settings.client !== undefined) {
    const { issuer, tokenEndpoint } = server;
    const wanted = {
      id: settings.client.id,
      issuer,
      tokenEndpoint,
      step: 'client',
      move: state.clientMove,
    } as const;
    await checkClient(wanted, context);
    // Before anybody is asked: a sign-in that must fail for want of the secret is not begun.
    if (settings.client.authMethod !== 'none') await settings.client.secret?.();
  }
  const callbackServer = await context.receive({ ...settings.redirect });
  const { redirectUri } = callbackServer;
  const common = { issuer: server.issuer, redirectUri };
  if (approach === 'configured' && settings.client !== undefined) {
    const { id, secret, authMethod } = settings.client;
    const method = authMethod ?? chooseAuthMethod(server.authMethods, secret !== undefined);
    return known({ ...common, id, origin: 'configured', authMethod: method }, callbackServer);
  }
  const id = settings.clientMetadataUrl ?? '';
  return known({ ...common, id, origin: 'metadata_document', authMethod: 'none' }, callbackServer);
}

function known(client: Client, callbackServer: CallbackServer): ClientPlan {
  return { callbackServer, identity: { client, reused: false } };
}

async function planRegistration(state: State, context: SignInContext): Promise<ClientPlan> {
  const { settings } = context;
  const earlier = earlierRegistration(state, context);
  const wish = { ...settings.redirect };
  const callbackServer = await context.receive(
    earlier === undefined ? wish : { ...wish, earlier: earlier.redirectUri },
  );
  if (earlier !== undefined && sameRedirect(earlier, callbackServer)) {
    return { callbackServer, identity: { client: earlier, reused: true } };
  }
  const registration = registrationWish(state, callbackServer.redirectUri, settings);
  return { callbackServer, identity: { registration } };
}

/** A registration is used again while its server, scopes and expiry still fit; the redirect URI is seen later. */
function earlierRegistration(state: State, { ports, settings }: SignInContext): Client | undefined {
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
    if (candidate === undefined || candidate.origin !== 'registered') return false;
    // Nobody knows the client of a token that was brought.
    if (candidate.id === '') return false;
    const { secretExpiresAtS: expires, scopes: pinned } = candidate;
    if (expires !== undefined && expires * 1000 <= ports.clock.now()) return false;
    return pinned === undefined || state.scopes.every((scope) => pinned.includes(scope));
  });
}

function sameRedirect({ redirectUri }: Client, callbackServer: CallbackServer): boolean {
  return redirectUri === callbackServer.redirectUri || callbackServer.alternatives.includes(redirectUri);
}
