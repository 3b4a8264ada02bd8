/** What a holder of a lock may ask. */
export interface Hold {
  /** Throws `store_unwritable` when the lock was lost (the holder slept past its deadline and another took over). */
  check(): Promise<void>;
}

/** Lets one holder work at a time under a name. */
export interface Lock {
  /**
   * Waits for its turn (a bounded time), works, and gives the turn away however the work ends.
   * Throws `store_unwritable` when the turn does not come, and the signal's reason when that is aborted first.
   */
  run<T>(name: string, work: (hold: Hold) => Promise<T>, wait?: LockWait): Promise<T>;
}

export interface LockWait {
  /** Milliseconds that the turn may take to come, where others than the callers of this object may hold it. */
  readonly waitMs?: number;
  /** Ends the waiting; the work is not interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** Told, after a while, who is being waited for, "process 4711", and again when that changes. */
  readonly onWait?: ((holder: string) => void) | undefined;
}

/** Exclusive among the callers of this lock object only: first come, first served. */
export function createQueueLock(): Lock {
  const queues = new Map<string, Promise<unknown>>();
  const hold: Hold = { check: () => Promise.resolve() };
  return {
    run(name, work, { signal } = {}) {
      const before = queues.get(name) ?? Promise.resolve();
      let begun = false;
      const turn = before.then(() => {
        signal?.throwIfAborted();
        begun = true;
        return work(hold);
      });
      const settled = turn.then(
        () => undefined,
        () => undefined,
      );
      queues.set(name, settled);
      void settled.then(() => {
        if (queues.get(name) === settled) queues.delete(name);
      });
      if (signal === undefined) return turn;
      return new Promise((resolve, reject) => {
        const giveUp = () => {
          if (!begun) reject(signal.reason);
        };
        signal.addEventListener('abort', giveUp, { once: true });
        turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
      });
    },
  };
}
