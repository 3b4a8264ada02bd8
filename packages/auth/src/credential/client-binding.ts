import { McpassError } from '../errors.js';
import { plain, quote } from '../text.js';
import type { BoundClient, ClientBinding, Ports } from '../ports.js';
import type { ServerSettings } from '../server/settings.js';
import { isSameIssuer } from '../server/issuer.js';
import { serverIdentity } from '../server/url.js';

/* A client that somebody brought belongs to the authorization server that it was first used with (MCP authorization,
   "Authorization Server Binding"): whatever account signs in, and after a logout too. */

/** That a client now belongs elsewhere, in the words of the person: both issuers, as they are. */
export interface ClientMove {
  readonly from: string;
  readonly to: string;
}

export interface BindingParts {
  readonly settings: ServerSettings;
  readonly ports: Pick<Ports, 'store' | 'clients'>;
}

export interface BindingWanted {
  readonly id: string;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly move?: ClientMove | undefined;
}

/** Throws `client_issuer_mismatch` where the client belongs to another server; carries out a move that names both. */
export async function checkClient(wanted: BindingWanted, parts: BindingParts): Promise<void> {
  const { clients } = parts.ports;
  const client = boundClient(wanted.id, parts);
  const before = await findBinding(client, parts);
  if (before === undefined || isSame(before, bindingOf(wanted), parts)) return;
  const { move } = wanted;
  const isMeant =
    move !== undefined && isSameIssuer(move.from, before.issuer) && isSameIssuer(move.to, wanted.issuer);
  if (clients === undefined || !isMeant) {
    throw mismatch(client.id, before.issuer, wanted.issuer);
  }
  await clients.replace(client, bindingOf(wanted));
}

/** Before the client, and its secret, goes anywhere: from now on it belongs there. Throws `client_issuer_mismatch`. */
export async function bindClient(wanted: BindingWanted, parts: BindingParts): Promise<void> {
  const client = boundClient(wanted.id, parts);
  const wish = bindingOf(wanted);
  const before = (await findBinding(client, parts)) ?? wish;
  // Another process may have been first.
  const binding = (await parts.ports.clients?.bind(client, before)) ?? before;
  if (!isSame(binding, wish, parts)) throw mismatch(client.id, binding.issuer, wish.issuer);
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

/** Where an override lets another host use an issuer's name, the name alone proves nothing. */
function isSame(one: ClientBinding, other: ClientBinding, { settings }: BindingParts): boolean {
  if (!isSameIssuer(one.issuer, other.issuer)) return false;
  return settings.unsafe?.trustedIssuer === undefined || one.tokenOrigin === other.tokenOrigin;
}

function mismatch(id: string, expected: string, received: string): McpassError {
  return new McpassError(
    'client_issuer_mismatch',
    `The client ${quote(id)} belongs to ${quote(expected)} and goes to no other authorization server; this one is ${quote(received)}.`,
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
