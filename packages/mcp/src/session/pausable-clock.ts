import type { Clock } from '@mcpass/auth';

/**
 * A clock that stands still while a person is busy: signing in behind the authorizing fetch, or answering a question of the
 * server. Time that passes meanwhile counts towards no timeout of a session that is given it.
 */
export interface PausableClock extends Clock {
  /** Milliseconds that it has stood still so far. */
  readonly pausedMs: number;
  /** Stands still until the returned function is called; calling that twice is harmless. Pauses nest. */
  pause(): () => void;
}

/** Longest delay that a timer takes, in milliseconds: about 24 days. */
const LONGEST_MS = 2_147_483_647;
/** Milliseconds between two looks while it stands still. */
const LOOK_MS = 100;

export function createPausableClock(): PausableClock {
  let pauses = 0;
  let earlierMs = 0;
  let sinceMs = 0;
  const paused = (): number => earlierMs + (pauses > 0 ? performance.now() - sinceMs : 0);
  const running = (): number => performance.now() - paused();
  return {
    now: () => Date.now(),
    get pausedMs() {
      return paused();
    },
    pause() {
      let over = false;
      if (pauses === 0) sinceMs = performance.now();
      pauses += 1;
      return () => {
        if (over) return;
        over = true;
        pauses -= 1;
        if (pauses === 0) earlierMs += performance.now() - sinceMs;
      };
    },
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        const endMs = running() + ms;
        let timer: NodeJS.Timeout | undefined;
        const abort = (): void => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const look = (): void => {
          const leftMs = endMs - running();
          if (leftMs > 1 || pauses > 0) {
            timer = setTimeout(look, Math.min(pauses > 0 ? LOOK_MS : leftMs, LONGEST_MS));
            return;
          }
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        if (signal?.aborted === true) return abort();
        signal?.addEventListener('abort', abort, { once: true });
        if (ms > 0) look();
        else resolve();
      }),
  };
}
