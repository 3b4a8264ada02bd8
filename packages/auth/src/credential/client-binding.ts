import { McpassError, type Step } from '../errors.js';
import { plain, quote } from '../text.js';
import type { BoundClient, ClientBinding, Ports } from '../ports.js';
import type { ClientMove } from './record.js';
import type { ServerSettings } from '../server/settings.js';
import { isSameAuthorizationServer, isSameIssuer } from '../server/issuer.js';
import { serverIdentity } from '../server/url.js';

/* A client that somebody brought belongs to the authorization server that it was first used with (MCP authorization,
   "Authorization Server Binding"): whatever account signs in, and after a logout too. */

export interface BindingParts {
  readonly settings: ServerSettings;
  readonly ports: Pick<Ports, 'store' | 'clients'>;
}

export interface BindingWanted {
  readonly id: string;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** What it is wanted for: a sign-in, or what becomes of one that was made. */
  readonly step: Step;
  /** Named for this sign-in, and carried out when it has succeeded. */
  readonly move?: ClientMove | undefined;
}

/**
 * Before a person is asked. Throws `client_issuer_mismatch` where the client belongs to another server and no move names
 * both, and `usage` where a move is named and none is due.
 */
export async function checkClient(wanted: BindingWanted, parts: BindingParts): Promise<void> {
  const before = await findBinding(boundClient(wanted.id, parts), parts);
  const stays = before === undefined || isSame(before, bindingOf(wanted), parts);
  if (!stays) checkMeant(before, wanted, parts);
  else if (wanted.move !== undefined) throw nothingToMove(wanted.id, before);
}

/** Before the client, and its secret, goes anywhere: from now on it belongs there. Throws `client_issuer_mismatch`. */
export async function bindClient(wanted: BindingWanted, parts: BindingParts): Promise<void> {
  const client = boundClient(wanted.id, parts);
  const wish = bindingOf(wanted);
  const before = (await findBinding(client, parts)) ?? wish;
  // Another process may have been first.
  const binding = (await parts.ports.clients?.bind(client, before)) ?? before;
  if (!isSame(binding, wish, parts)) checkMeant(binding, wanted, parts);
}

/** Carries out a move: the sign-in that names it has succeeded. Throws `client_issuer_mismatch` where another one was first. */
export async function moveClient(wanted: BindingWanted, parts: BindingParts): Promise<void> {
  if (wanted.move === undefined) return;
  const client = boundClient(wanted.id, parts);
  const before = await findBinding(client, parts);
  if (before !== undefined && isSame(before, bindingOf(wanted), parts)) return;
  if (before !== undefined) checkMeant(before, wanted, parts);
  await parts.ports.clients?.replace(client, bindingOf(wanted));
}

function checkMeant(before: ClientBinding, wanted: BindingWanted, { ports }: BindingParts): void {
  const { move, issuer } = wanted;
  const isMeant =
    move !== undefined && isSameIssuer(move.from, before.issuer) && isSameIssuer(move.to, issuer);
  if (ports.clients === undefined || !isMeant) throw mismatch(wanted, before.issuer);
}

function boundClient(id: string, { settings }: BindingParts): BoundClient {
  return { server: serverIdentity(settings.url), id };
}

function bindingOf({ issuer, tokenEndpoint }: BindingWanted): ClientBinding {
  return { issuer, tokenOrigin: new URL(tokenEndpoint).origin };
}

/** Where nothing is noted, a sign-in of any account that was made with this client tells. */
async function findBinding(
  { server, id }: BoundClient,
  { ports }: BindingParts,
): Promise<ClientBinding | undefined> {
  const noted = await ports.clients?.read({ server, id });
  if (noted !== undefined) return noted;
  const grants = (await ports.store.list()).flatMap((record) =>
    record.server === server && record.grant !== undefined ? [record.grant] : [],
  );
  const [first] = grants
    .filter(({ client }) => client.origin === 'configured' && client.id === id)
    .toSorted((one, other) => one.signedInAtS - other.signedInAtS);
  return first && { issuer: first.issuer, tokenOrigin: new URL(first.endpoints.token).origin };
}

function isSame(one: ClientBinding, other: ClientBinding, { settings }: BindingParts): boolean {
  const known = ({ issuer, tokenOrigin }: ClientBinding) => ({ issuer, tokenEndpoint: tokenOrigin });
  return isSameAuthorizationServer(known(one), known(other), settings.unsafe);
}

/** What was named must not be passed over in silence: it may be the wrong server, or the wrong client. */
export function nothingToMove(id: string | undefined, bound?: ClientBinding): McpassError {
  const [why, otherwise] =
    id === undefined
      ? ['No client of your own is configured here', 'set oauth.client_id, or']
      : bound === undefined
        ? [
            `The client ${quote(id)} has been used with no authorization server yet`,
            'to pin it set oauth.issuer;',
          ]
        : [`The client ${quote(id)} belongs to ${quote(bound.issuer)} already`, 'to sign in'];
  return new McpassError('usage', `${why}: there is nothing to move.`, {
    step: 'config',
    fault: 'yours',
    remedy: { do: 'say', text: `${otherwise} leave out what names the move` },
  });
}

/** What was signed in to before a move is none of the client's any more: there is no way back but a new sign-in. */
function mismatch({ id, step, issuer: received }: BindingWanted, expected: string): McpassError {
  if (step !== 'client' && step !== 'token') {
    return new McpassError(
      'client_issuer_mismatch',
      `${whoseName(id)} belongs to ${quote(expected)} by now and goes to no other authorization server; this sign-in is from ${quote(received)}.`,
      {
        step,
        fault: 'yours',
        facts: { expected: plain(expected), received: plain(received) },
        remedy: { do: 'sign_in', force: true },
      },
    );
  }
  return new McpassError(
    'client_issuer_mismatch',
    `${whoseName(id)} belongs to ${quote(expected)} and goes to no other authorization server; this one is ${quote(received)}.`,
    {
      step: 'client',
      fault: 'server',
      facts: { expected: plain(expected), received: plain(received) },
      remedy: {
        do: 'say',
        text: 'ask whoever runs the server whether that move is right; say so when you sign in, naming both',
      },
    },
  );
}

/** A workload need not be a client of anybody. */
function whoseName(id: string): string {
  return id === '' ? 'The token of this workload' : `The client ${quote(id)}`;
}
