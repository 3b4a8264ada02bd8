import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

/** Exclusive work by name, among all processes that share a database. */
export interface Locks {
  /** The signal ends the wait for the lock, never the work. */
  run<T>(
    name: string,
    work: () => Promise<T>,
    wait?: { readonly signal?: AbortSignal | undefined; readonly onWait?: () => void },
  ): Promise<T>;
  close(): Promise<void>;
}

/** Whose connection keeps a program alive, or does not; the declarations of `pg` leave these out. */
type Session = Client & { ref(): void; unref(): void };

const CHANNEL = 'mcpass_released';
/** A holder that died tells nobody. */
const LOOK_AGAIN_MS = 500;

/**
 * Session-level advisory locks on one connection that does nothing else: the death of a process frees its locks at once,
 * and no transaction is open, and nothing of a pool taken, while the network is asked.
 */
export function createLocks(config: ClientConfig): Locks {
  let session: Promise<Session> | undefined;
  /** The end of the queue of this process, by name: a session would get its own lock again. */
  const queues = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, Set<() => void>>();
  let holds = 0;

  const connect = async (): Promise<Session> => {
    const client = new Client({ ...config, keepAlive: true }) as Session;
    const forget = () => {
      session = undefined;
      for (const wakes of waiting.values()) for (const wake of wakes) wake();
    };
    client.on('error', forget).on('end', forget);
    client.on('notification', ({ payload = '' }) => {
      for (const wake of waiting.get(payload) ?? []) wake();
    });
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    return client;
  };
  const open = (): Promise<Session> => {
    session ??= connect().catch((thrown: unknown) => {
      session = undefined;
      throw thrown;
    });
    return session;
  };

  const acquire = async (name: string, wait: Parameters<Locks['run']>[2]): Promise<Session> => {
    const id = lockId(name);
    for (let told = false; ; told = true) {
      wait?.signal?.throwIfAborted();
      const client = await open();
      client.ref();
      const { rows } = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [id]);
      if (rows[0]?.got === true) return client;
      if (!told) wait?.onWait?.();
      await released(name, wait?.signal);
    }
  };

  const released = async (name: string, signal: AbortSignal | undefined): Promise<void> => {
    const enough = new AbortController();
    const wakes = waiting.get(name) ?? new Set();
    const wake = () => enough.abort();
    waiting.set(name, wakes.add(wake));
    const signals = signal === undefined ? [enough.signal] : [enough.signal, signal];
    await sleep(LOOK_AGAIN_MS, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
    wakes.delete(wake);
    if (wakes.size === 0) waiting.delete(name);
  };

  return {
    run(name, work, wait) {
      let isWorking = false;
      const turn = async () => {
        holds += 1;
        try {
          const client = await acquire(name, wait);
          try {
            isWorking = true;
            return await work();
          } finally {
            // A session that has ended holds nothing.
            await client
              .query('SELECT pg_advisory_unlock($1), pg_notify($2, $3)', [lockId(name), CHANNEL, name])
              .catch(() => undefined);
          }
        } finally {
          holds -= 1;
          // An idle connection keeps no program alive.
          if (holds === 0) void session?.then((client) => client.unref()).catch(() => undefined);
        }
      };
      const before = queues.get(name);
      if (before !== undefined) wait?.onWait?.();
      const result = (before ?? Promise.resolve()).then(turn);
      const end = result
        .catch(() => undefined)
        .finally(() => {
          if (queues.get(name) === end) queues.delete(name);
        });
      queues.set(name, end);
      return wait?.signal === undefined ? result : endedBy(wait.signal, () => isWorking, result);
    },

    async close() {
      await (await session?.catch(() => undefined))?.end();
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

function lockId(name: string): string {
  return createHash('sha256').update(`mcpass\n${name}`).digest().readBigInt64BE().toString();
}
