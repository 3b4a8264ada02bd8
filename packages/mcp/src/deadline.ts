import type { Ending } from './ending.js';
import type { Hold } from './hold.js';
import { SessionError } from './session-error.js';

/** Longest delay that a timer takes, in milliseconds: about 24 days. */
export const LONGEST_DELAY_MS = 2_147_483_647;

export interface DeadlineOptions {
  /** What is waited for, for the message: `the answer to tools/call`. */
  readonly waitingFor: string;
  /** Milliseconds that {@link Deadline.restart} gives anew. */
  readonly idleMs: number;
  /** Milliseconds that nothing prolongs; the same as `idleMs` when absent. */
  readonly totalMs?: number;
  readonly hold: Hold;
  /** Of the session: aborts it early. */
  readonly ending: Ending;
}

/** A timeout that stands still while the hold is held. */
export interface Deadline {
  /**
   * Aborts with a `SessionError`, `timeout`, when time is up, and with the reason of the session's end.
   */
  readonly signal: AbortSignal;
  restart(): void;
  /** Must be called: takes the timer and the listeners away. */
  end(): void;
}

export function startDeadline(options: DeadlineOptions): Deadline {
  const { hold, ending, idleMs, totalMs = idleMs } = options;
  const controller = new AbortController();
  let idleLeftMs = idleMs;
  let totalLeftMs = totalMs;
  let runningSince: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const pause = (): void => {
    if (runningSince === undefined) return;
    clearTimeout(timer);
    const elapsedMs = performance.now() - runningSince;
    idleLeftMs -= elapsedMs;
    totalLeftMs -= elapsedMs;
    runningSince = undefined;
  };
  const run = (): void => {
    if (hold.held || controller.signal.aborted) return;
    runningSince = performance.now();
    const leftMs = Math.min(idleLeftMs, totalLeftMs, LONGEST_DELAY_MS);
    timer = setTimeout(expire, Math.max(0, leftMs));
  };
  const expire = (): void => {
    const seconds = (totalLeftMs <= idleLeftMs ? totalMs : idleMs) / 1000;
    stop(
      new SessionError('timeout', `No answer: waited ${seconds} s for ${options.waitingFor}.`, {
        fault: 'network',
      }),
    );
  };
  const stop = (reason: unknown): void => {
    pause();
    controller.abort(reason);
  };

  const unlisten = ending.watch(stop);
  const unwatch = hold.watch((held) => (held ? pause() : run()));
  if (ending.reason === undefined) run();
  else stop(ending.reason);

  return {
    signal: controller.signal,
    restart() {
      pause();
      idleLeftMs = idleMs;
      run();
    },
    end() {
      pause();
      unwatch();
      unlisten();
    },
  };
}

/** Waits for `work`, but not longer than `ms` milliseconds, whatever comes of it. */
export async function waitAtMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), patience]);
  clearTimeout(timer);
}

/** The outcome of `work`, or a rejection with the signal's reason if that aborts first. */
export async function waitUnlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}
