import { isMcpassError } from '@mcpass/auth';

import { SessionError } from './session-error.js';

/** The end of a session, which ends everything in it. One listener at the outer signal, however many requests. */
export interface Ending {
  /** Why; undefined as long as the session goes on. */
  readonly reason: Error | undefined;
  end(reason: Error): void;
  /** Calls `listener` at the end; returns what takes it away again. */
  watch(listener: (reason: Error) => void): () => void;
}

/** Comes with {@link Ending.end} or when `signal` aborts; an error of ours that it aborts with is kept as the reason. */
export function createEnding(signal: AbortSignal | undefined): Ending {
  const listeners = new Set<(reason: Error) => void>();
  let ended: Error | undefined;
  const end = (reason: Error): void => {
    if (ended !== undefined) return;
    ended = reason;
    signal?.removeEventListener('abort', abort);
    for (const listener of listeners) listener(reason);
    listeners.clear();
  };
  const abort = (): void => end(interruption(signal?.reason));
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return {
    get reason() {
      return ended;
    },
    end,
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function interruption(reason: unknown): Error {
  if (isMcpassError(reason)) return reason;
  return new SessionError('interrupted', 'The request was aborted.', { fault: 'yours', cause: reason });
}
