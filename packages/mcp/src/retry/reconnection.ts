import { backoffMs } from './backoff.js';

/** What became of a stream, or of an attempt to open one. */
export interface Past {
  /** Milliseconds that it was open. */
  readonly livedMs: number;
  /** Something came on it that was waited for. */
  readonly brought?: boolean;
  /** What the server asked for: `retry`, or `Retry-After`. */
  readonly askedMs?: number | undefined;
}

/** How soon what ends by itself is opened again: later each time, and soon again once it has been healthy for a while. */
export interface Reconnection {
  /** Milliseconds to wait. */
  after(past: Past): number;
}

/** Milliseconds after which a stream counts as one that worked. An event alone is no sign of health. */
export const STEADY_MS = 5_000;
/** Shortest and longest wish of a server that is obeyed, in milliseconds. */
const SHORTEST_MS = 250;
const LONGEST_MS = 300_000;
/** A server that polls ends its streams on purpose and says when to come back; sooner than this it is none, in milliseconds. */
const POLLING_MS = 1_000;

export function createReconnection(): Reconnection {
  let attempt = 0;
  return {
    after({ livedMs, brought = false, askedMs }) {
      if (livedMs > STEADY_MS || brought) attempt = 0;
      const asked = askedMs === undefined ? 0 : Math.min(Math.max(askedMs, SHORTEST_MS), LONGEST_MS);
      const isPolling = livedMs > 0 && asked >= POLLING_MS;
      // A server may ask for more patience than we have, but one whose streams do not last cannot ask for less.
      const own = isPolling || (attempt === 0 && asked > 0) ? 0 : backoffMs(attempt);
      attempt += 1;
      return Math.max(asked, own);
    },
  };
}
