import { isMcpassError, type McpassError } from '../errors.js';
import { plain } from '../text.js';
import type { Endpoints, Grant } from '../credential/record.js';
import { type DiscoveryContext, discoverServer } from '../server/discovery.js';
import { endpointsOf } from '../server/metadata.js';
import type { TokenReply } from './token-request.js';

/* A grant is renewed where it was made, with the metadata of that day: a discovery that fails today must not cost it.
   Only where that endpoint is gone is the authorization server asked again where it has them now. */

/** How long after the first attempt a refresh is sent again whose answer was lost, in milliseconds. */
const SOON_MS = 10_000;

/** Statuses of an address at which there is no token endpoint (any more). */
const NOTHING_THERE: ReadonlySet<number> = new Set([404, 405, 410]);
const NOBODY_THERE: ReadonlySet<string> = new Set(['dns_failed', 'connect_failed', 'redirect_refused']);

export interface Asked {
  readonly reply: TokenReply;
  /** Those that answered. */
  readonly endpoints: Endpoints;
}

/**
 * Asks at the grant's token endpoint; where none is there any more, at the one that its server names now. Throws
 * `McpassError`.
 */
export async function askWhereItIs(
  ask: (endpoints: Endpoints) => Promise<TokenReply>,
  grant: Grant,
  context: DiscoveryContext,
): Promise<Asked> {
  const { endpoints } = grant;
  const { clock } = context.ports;
  const elsewhere = async (): Promise<Asked | undefined> => {
    const found = await findEndpoints(grant, context);
    return found && { reply: await ask(found), endpoints: found };
  };
  const beganMs = clock.now();
  let reply: TokenReply;
  try {
    reply = await ask(endpoints).catch((error: unknown) => {
      // The answer was lost, perhaps when the token was spent already: many servers take it again if it comes soon.
      const lost = isMcpassError(error) && error.code === 'connection_lost';
      if (!lost || clock.now() - beganMs > SOON_MS) throw error;
      return ask(endpoints);
    });
  } catch (error) {
    const moved = isMcpassError(error) && isNowhere(grant, error) ? await elsewhere() : undefined;
    if (moved === undefined) throw error;
    return moved;
  }
  return (isGone(reply) ? await elsewhere() : undefined) ?? { reply, endpoints };
}

/** Pure: whether this is the answer of an address where no token endpoint is, and not one to the request. */
function isGone({ read, wire }: TokenReply): boolean {
  return NOTHING_THERE.has(wire.status) && read.ok === false && read.error.code === undefined;
}

/** Pure: whether the endpoint may have moved away, and not just be out of reach together with its server. */
function isNowhere({ endpoints, issuer }: Grant, failed: McpassError): boolean {
  if (!NOBODY_THERE.has(failed.code)) return false;
  return failed.code === 'redirect_refused' || new URL(endpoints.token).host !== new URL(issuer).host;
}

/**
 * The endpoints of a grant's authorization server as it publishes them now; undefined where it has no other token
 * endpoint, or none that may be believed. Never another server's: the document is bound to the grant's own issuer.
 */
async function findEndpoints(grant: Grant, context: DiscoveryContext): Promise<Endpoints | undefined> {
  // With this override the name of an issuer proves nothing, only the place of its endpoint does.
  if (context.settings.unsafe?.trustedIssuer !== undefined) return undefined;
  try {
    const found = endpointsOf(await discoverServer(grant.issuer, context));
    if (found.token === grant.endpoints.token) return undefined;
    context.decide('refresh', 'token endpoint moved', {
      from: plain(grant.endpoints.token),
      to: plain(found.token),
    });
    return { ...grant.endpoints, ...found };
  } catch (error) {
    if (!isMcpassError(error)) throw error;
    context.decide('refresh', 'token endpoint gone', { why: error.message });
    return undefined;
  }
}
