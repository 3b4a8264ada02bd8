import { backoffMs } from './backoff.js';

/** What became of a stream, or of an attempt to open one. */
export interface Past {
  readonly livedMs: number;
  /** Something came on it. */
  readonly brought: boolean;
  /** `retry` of the server. */
  readonly askedMs?: number | undefined;
}

/** How soon what ends by itself is opened again: later each time, and soon again once it has worked. */
export interface Reopening {
  /** Milliseconds to wait. */
  after(past: Past): number;
}

/** Milliseconds after which a stream counts as one that worked. */
export const STEADY_MS = 5_000;
/** Shortest and longest `retry` of a server that is obeyed, in milliseconds. */
const SHORTEST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 60_000;

export function createReopening(): Reopening {
  let attempt = 0;
  return {
    after({ livedMs, brought, askedMs }) {
      if (livedMs > STEADY_MS || brought) attempt = 0;
      const asked =
        askedMs === undefined ? undefined : Math.min(Math.max(askedMs, SHORTEST_RETRY_MS), LONGEST_RETRY_MS);
      // A server may ask for more patience than we have, but one whose streams bring nothing cannot ask for less.
      const own = attempt === 0 && asked !== undefined ? 0 : backoffMs(attempt);
      attempt += 1;
      return Math.max(asked ?? 0, own);
    },
  };
}
