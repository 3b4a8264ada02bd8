import type { Clock } from '../../src/index.js';

/** Waits up to this long are pauses, which a test does not want to sit out. */
const PAUSE_LIMIT_MS = 5_000;

export interface SimulatedClock extends Clock {
  /** Pauses that were asked for, in milliseconds. */
  readonly pauses: readonly number[];
  /** Deadlines that are running. */
  readonly deadlines: number;
  /** Moves on, and ends every wait that is over by then. */
  advance(ms: number): void;
}

/** A clock that stands still until it is told to move; only short pauses pass by themselves, at once. */
export function simulatedClock(startMs: number = Date.now()): SimulatedClock {
  let now = startMs;
  const pauses: number[] = [];
  const waiting = new Set<{ readonly at: number; readonly end: () => void }>();
  return {
    pauses,
    get deadlines() {
      return waiting.size;
    },
    now: () => now,
    wait(ms, signal) {
      if (ms <= PAUSE_LIMIT_MS) {
        pauses.push(ms);
        now += ms;
        return signal?.aborted === true ? Promise.reject(signal.reason as Error) : Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const wait = { at: now + ms, end: resolve };
        waiting.add(wait);
        signal?.addEventListener('abort', () => {
          waiting.delete(wait);
          reject(signal.reason as Error);
        });
      });
    },
    advance(ms) {
      now += ms;
      for (const wait of [...waiting].filter(({ at }) => at <= now)) {
        waiting.delete(wait);
        wait.end();
      }
    },
  };
}
