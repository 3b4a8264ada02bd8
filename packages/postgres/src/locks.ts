import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import type { Database } from './database.js';
import type { ForeignLease, Lease, Leases } from './leases.js';
import { CHANNEL, createSession } from './session.js';

/** Exclusive work by name, among all processes that share a database. */
export interface Locks {
  run<T, F>(name: string, work: LockedWork<T, F>, wait?: LockWait): Promise<T>;
  /** Hears of what others release, from now on; false while it does not. */
  listen(): boolean;
  close(): Promise<void>;
}

export interface LockedWork<T, F> {
  /** Reads, in the transaction that begins the work. */
  find(client: PoolClient): Promise<F>;
  /** `keep`: the name stays ours until that has settled, even when the work has ended before. */
  do(found: F, lease: Lease, keep: (until: Promise<unknown>) => void): Promise<T>;
}

/** The signal ends the wait, never the work. */
export interface LockWait {
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: () => void;
}

export interface LocksParts {
  readonly database: Database;
  readonly leases: Leases;
  /** Undefined: found out. */
  readonly pooler: boolean | undefined;
  readonly leaseMs: number;
  readonly tenant: string;
  /** Somebody has ended his work on the name with this id (`lockId`); undefined: nobody knows what was missed. */
  onReleased(id: string | undefined): void;
}

/** A holder that died tells nobody: so soon is looked again first, and so late at last, in milliseconds. */
const FIRST_LOOK_MS = 500;
const LAST_LOOK_MS = 4_000;
/** The same where nobody is told anything, behind a pooler. */
const FIRST_POLL_MS = 50;
const LAST_POLL_MS = 500;

/**
 * A session-level advisory lock and a lease. The lock, on one connection that does nothing else, holds as long as the process
 * lives, also while it is stopped; the lease, a row, outlives the session of a process that goes on. No transaction
 * is open, and nothing of a pool taken, while the work is done. Behind a pooler there are leases alone.
 */
export function createLocks({ database, leases, pooler, leaseMs, tenant, onReleased }: LocksParts): Locks {
  /** The end of the queue of this process, by name: a session would get its own lock again. */
  const queues = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, Set<() => void>>();
  let holds = 0;
  const session = createSession({
    config: database.config,
    pooler,
    onReleased(id) {
      onReleased(id);
      for (const wake of waiting.get(id) ?? []) wake();
    },
    onLost() {
      onReleased(undefined);
      for (const wakes of waiting.values()) for (const wake of wakes) wake();
    },
  });
  type Connection = Awaited<ReturnType<typeof session.open>>;

  const released = async (id: string, waitMs: number, signal: AbortSignal | undefined): Promise<void> => {
    const enough = new AbortController();
    const wakes = waiting.get(id) ?? new Set();
    const wake = () => enough.abort();
    waiting.set(id, wakes.add(wake));
    const signals = signal === undefined ? [enough.signal] : [enough.signal, signal];
    await sleep(waitMs, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
    wakes.delete(wake);
    if (wakes.size === 0) waiting.delete(id);
  };

  const unlock = async (connection: Connection, id: string): Promise<void> => {
    // A session that has ended holds nothing.
    await connection
      ?.query('SELECT pg_advisory_unlock($1), pg_notify($2, $1::text)', [id, CHANNEL])
      .catch(() => undefined);
  };

  /** Not every replica need come by way of the pooler. */
  const announce = (id: string): Promise<unknown> =>
    database
      .transaction('store_unwritable', (client) => client.query('SELECT pg_notify($1, $2)', [CHANNEL, id]), {
        patienceMs: 0,
      })
      .catch(() => undefined);

  const acquire = async <F>(name: string, find: LockedWork<unknown, F>['find'], wait: LockWait) => {
    const id = lockId(tenant, name);
    let told = false;
    let foreign: ForeignLease | undefined;
    let locked: Connection;
    try {
      for (let looks = 0; ; looks += 1) {
        wait.signal?.throwIfAborted();
        const connection = await session.open();
        connection?.ref();
        if (connection !== locked) {
          // What was seen before may be of before the database was away.
          foreign = undefined;
          locked = undefined;
        }
        if (connection !== undefined && locked === undefined) {
          const { rows } = await connection.query<{ got: boolean }>(
            'SELECT pg_try_advisory_lock($1) AS got',
            [id],
          );
          if (rows[0]?.got === true) locked = connection;
        }
        if (connection === locked) {
          const claim = await leases.claim(name, foreign, find);
          if (claim.lease !== undefined) return { ...claim, id, connection };
          ({ foreign } = claim);
        }
        if (!told) wait.onWait?.();
        told = true;
        const [firstMs, lastMs] =
          connection === undefined ? [FIRST_POLL_MS, LAST_POLL_MS] : [FIRST_LOOK_MS, LAST_LOOK_MS];
        const most = locked === connection ? Math.min(lastMs, leaseMs / 4) : lastMs;
        await released(id, Math.min(firstMs * 2 ** Math.min(looks, 10), most), wait.signal);
      }
    } catch (thrown) {
      await unlock(locked, id);
      throw thrown;
    }
  };

  const turn = async <T, F>(
    name: string,
    work: LockedWork<T, F>,
    wait: LockWait,
    onBegin: () => void,
    keep: (until: Promise<unknown>) => void,
  ): Promise<T> => {
    const { lease, found, id, connection } = await acquire(name, work.find, wait);
    const kept: Promise<unknown>[] = [];
    const end = async () => {
      await leases.end(lease);
      await (connection === undefined ? announce(id) : unlock(connection, id));
      onReleased(id);
    };
    try {
      onBegin();
      return await work.do(found, lease, (until) => kept.push(until));
    } finally {
      if (kept.length === 0) await end();
      else keep(Promise.allSettled(kept).then(end));
    }
  };

  return {
    run(name, work, wait = {}) {
      let isWorking = false;
      let rest: Promise<unknown> = Promise.resolve();
      const begin = async () => {
        holds += 1;
        try {
          return await turn(
            name,
            work,
            wait,
            () => (isWorking = true),
            (until) => {
              rest = until;
            },
          );
        } finally {
          void rest.then(() => {
            holds -= 1;
            // An idle connection keeps no program alive.
            if (holds === 0 && session.isOpen())
              void session
                .open()
                .then((connection) => connection?.unref())
                .catch(() => undefined);
          });
        }
      };
      const before = queues.get(name);
      if (before !== undefined) wait.onWait?.();
      const result = (before ?? Promise.resolve()).then(begin);
      const end = result
        .catch(() => undefined)
        .then(() => rest)
        .finally(() => {
          if (queues.get(name) === end) queues.delete(name);
        });
      queues.set(name, end);
      return wait.signal === undefined ? result : endedBy(wait.signal, () => isWorking, result);
    },

    listen() {
      if (!session.isOpen())
        void session
          .open()
          .then((connection) => {
            if (holds === 0) connection?.unref();
          })
          .catch(() => undefined);
      return session.isOpen();
    },

    async close() {
      await Promise.all(queues.values());
      await session.close();
    },
  };
}

/** Whoever gives up in the queue leaves it at once; his place in it ends when it comes. */
async function endedBy<T>(signal: AbortSignal, isWorking: () => boolean, result: Promise<T>): Promise<T> {
  let leave = () => {};
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => {
      if (!isWorking()) reject(signal.reason as Error);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([result, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

export function lockId(tenant: string, name: string): string {
  return createHash('sha256').update(`mcpass\n${tenant}\n${name}`).digest().readBigInt64BE().toString();
}
