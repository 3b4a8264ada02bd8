/** What a holder of a lock may ask. */
export interface Hold {
  /** Throws `store_unwritable` when the lock was lost (the holder slept past its deadline and another took over). */
  check(): Promise<void>;
}

/** Lets one holder work at a time under a name. */
export interface Lock {
  /**
   * Waits for its turn (a bounded time), works, and gives the turn away however the work ends.
   * Throws `store_unwritable` when the turn does not come.
   */
  run<T>(name: string, work: (hold: Hold) => Promise<T>): Promise<T>;
}

/** Exclusive among the callers of this lock object only: first come, first served. */
export function createQueueLock(): Lock {
  const queues = new Map<string, Promise<unknown>>();
  const hold: Hold = { check: () => Promise.resolve() };
  return {
    run(name, work) {
      const before = queues.get(name) ?? Promise.resolve();
      const turn = before.then(() => work(hold));
      const settled = turn.then(
        () => undefined,
        () => undefined,
      );
      queues.set(name, settled);
      void settled.then(() => {
        if (queues.get(name) === settled) queues.delete(name);
      });
      return turn;
    },
  };
}
