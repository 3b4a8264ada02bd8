import { isMcpassError, type McpassError } from './errors.js';
import { plain } from './quote.js';
import type { Endpoints, Grant } from './record.js';
import { type DiscoveryContext, discoverServer } from './server-discovery.js';
import { endpointsOf } from './server-metadata.js';
import type { TokenReply } from './token-request.js';

/* A grant is renewed where it was made, with the metadata of that day: a discovery that fails today must not cost it.
   Only where that endpoint is gone is the authorization server asked again where it has them now. */

/** Statuses of an address at which there is no token endpoint (any more). */
const NOTHING_THERE: ReadonlySet<number> = new Set([404, 405, 410]);
const NOBODY_THERE: ReadonlySet<string> = new Set(['dns_failed', 'connect_failed', 'redirect_refused']);

/** Pure: whether this is the answer of an address where no token endpoint is, and not one to the request. */
export function isGone({ read, wire }: TokenReply): boolean {
  return NOTHING_THERE.has(wire.status) && read.ok === false && read.error.code === undefined;
}

/** Pure: whether the endpoint may have moved away, and not just be out of reach together with its server. */
export function isNowhere({ endpoints, issuer }: Grant, failed: McpassError): boolean {
  if (!NOBODY_THERE.has(failed.code)) return false;
  return failed.code === 'redirect_refused' || new URL(endpoints.token).host !== new URL(issuer).host;
}

/**
 * The endpoints of a grant's authorization server as it publishes them now; undefined where it has no other token
 * endpoint, or none that may be believed. Never another server's: the document is bound to the grant's own issuer.
 */
export async function findEndpoints(grant: Grant, context: DiscoveryContext): Promise<Endpoints | undefined> {
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
