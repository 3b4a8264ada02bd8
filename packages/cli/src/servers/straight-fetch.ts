import type { Fetch } from '@mcpass/auth';
import { createCarrierFetch, createNodeHttpCarrier } from '@mcpass/mcp/parts';
import type { Connecting } from '@mcpass/node/fetch';

/** For requests that no proxy is on the way of: the same HTTP as a session's. Its connections live as long as the process. */
export function createStraightFetch(rest: Fetch, connecting: Connecting | undefined): Fetch {
  return createCarrierFetch(createNodeHttpCarrier(connecting), rest);
}
