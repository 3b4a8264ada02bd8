import { chooseAuthMethod } from '../client-authentication.js';
import { McpassError } from '../errors.js';
import { plain, quote } from '../quote.js';
import type { Client, CredentialRecord } from '../record.js';
import type { Reception } from '../ports.js';
import type { AuthorizationServer } from '../server-metadata.js';
import type { ServerSettings } from '../settings.js';
import type { SignInContext, SignInStart } from '../sign-in-context.js';
import type { ServerChosen } from './authorization-server.js';
import { register } from './register.js';
import type { ScopesChosen } from './scopes.js';

export interface Identified {
  readonly client: Client;
  readonly reception: Reception;
  /** True when the client was registered for an earlier sign-in; the server may have forgotten it since. */
  readonly clientReused: boolean;
}

type State = SignInStart & ServerChosen & ScopesChosen;

/** The ways to be a client, in the order of MCP authorization, "Client Registration". */
export type Way = 'configured' | 'metadata_document' | 'registered';

/** Pure: the ways open at this server, best first. Throws `client_needed` when there is none. */
export function waysToIdentify(
  server: AuthorizationServer,
  settings: ServerSettings,
): readonly [Way, ...Way[]] {
  const choice = settings.registration ?? 'auto';
  // Someone who brings a client wants that one: it is never replaced behind their back.
  if (settings.client !== undefined) return ['configured'];
  const ways: Way[] = [];
  if (
    settings.clientMetadataUrl !== undefined &&
    (choice === 'cimd' || (choice === 'auto' && server.clientIdMetadataDocumentSupported))
  ) {
    ways.push('metadata_document');
  }
  if (server.registrationEndpoint !== undefined && (choice === 'auto' || choice === 'dcr'))
    ways.push('registered');
  const [first, ...rest] = ways;
  if (first !== undefined) return [first, ...rest];
  throw new McpassError('client_needed', `${quote(server.issuer)} registers no clients by itself.`, {
    step: 'client',
    fault: 'yours',
    facts: { issuer: plain(server.issuer), metadataDocuments: server.clientIdMetadataDocumentSupported },
    remedy: { do: 'configure', key: 'oauth.client_id', value: '"the id of a client that you created there"' },
  });
}

/** Step 5: who we are at this authorization server, and where the answer will arrive. */
export async function client(state: State, context: SignInContext): Promise<Identified> {
  const [way] = waysToIdentify(state.authorizationServer, context.settings);
  const identified = await identify(way, state, context);
  context.decide('client', 'client', {
    client_id: identified.client.id,
    origin: identified.client.origin,
    reused: identified.clientReused,
    authentication: identified.client.authMethod,
    redirect_uri: identified.client.redirectUri,
  });
  return identified;
}

async function identify(way: Way, state: State, context: SignInContext): Promise<Identified> {
  const { authorizationServer: server } = state;
  const { settings } = context;
  if (way === 'registered') return registered(state, context);
  const reception = await context.receive({ ...settings.redirect });
  const { redirectUri } = reception;
  const common = { issuer: server.issuer, redirectUri };
  if (way === 'configured' && settings.client !== undefined) {
    const { id, secret, authMethod } = settings.client;
    checkPinned(id, server.issuer, state.previous);
    const method = authMethod ?? chooseAuthMethod(server.authMethods, secret !== undefined);
    return {
      client: { ...common, id, origin: 'configured', authMethod: method },
      reception,
      clientReused: false,
    };
  }
  const id = settings.clientMetadataUrl ?? '';
  return {
    client: { ...common, id, origin: 'metadata_document', authMethod: 'none' },
    reception,
    clientReused: false,
  };
}

/**
 * A client that was brought belongs to the authorization server that it was first used with. When the resource moves
 * to another one, its id and secret stay at home ("Authorization Server Binding").
 */
function checkPinned(id: string, issuer: string, previous: CredentialRecord | undefined): void {
  const before = previous?.grant?.client;
  if (before?.origin !== 'configured' || before.id !== id || before.issuer === issuer) return;
  throw new McpassError(
    'client_issuer_mismatch',
    `The client ${quote(id)} belongs to ${quote(before.issuer)}, but the server now names ${quote(issuer)}.`,
    {
      step: 'client',
      fault: 'server',
      facts: { expected: plain(before.issuer), received: plain(issuer) },
      remedy: {
        do: 'say',
        text: 'if this move is right, log out first and configure the client of the new one',
      },
    },
  );
}

async function registered(state: State, context: SignInContext): Promise<Identified> {
  const earlier = earlierRegistration(state, context);
  const wish = { ...context.settings.redirect };
  const reception = await context.receive(
    earlier === undefined ? wish : { ...wish, earlier: earlier.redirectUri },
  );
  if (earlier !== undefined && sameRedirect(earlier, reception)) {
    return { client: earlier, reception, clientReused: true };
  }
  const fresh = await register(state, reception, context);
  return { client: fresh, reception, clientReused: false };
}

/** A registration is used again while its issuer, scopes and expiry still fit; the redirect URI is seen later. */
function earlierRegistration(state: State, { ports }: SignInContext): Client | undefined {
  if (state.newClient === true) return undefined;
  const { previous, authorizationServer: server } = state;
  // A client that the server has refused is not offered again.
  const refused = previous?.lastRefresh?.outcome === 'client_refused';
  const candidates = [previous?.registration, refused ? undefined : previous?.grant?.client];
  return candidates.find((candidate) => {
    if (candidate === undefined || candidate.origin !== 'registered') return false;
    if (candidate.issuer !== server.issuer) return false;
    const { secretExpiresAtS: expires, scopes: pinned } = candidate;
    if (expires !== undefined && expires * 1000 <= ports.clock.now()) return false;
    return pinned === undefined || state.scopes.every((scope) => pinned.includes(scope));
  });
}

function sameRedirect({ redirectUri }: Client, reception: Reception): boolean {
  return redirectUri === reception.redirectUri || reception.alternatives.includes(redirectUri);
}
