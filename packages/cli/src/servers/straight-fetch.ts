import type { Fetch } from '@mcpass/auth';
import { createCarrierFetch, createNodeHttpCarrier } from '@mcpass/mcp/parts';

/** For requests that no proxy is on the way of: the same HTTP as a session's. Its connections live as long as the process. */
export const straightFetch: Fetch = createCarrierFetch(createNodeHttpCarrier(), (...request) =>
  globalThis.fetch(...request),
);
