import { setTimeout as sleep } from 'node:timers/promises';
import type { Secret } from '@mcpass/auth';
import { escapeLiteral, Pool, type ClientConfig, type PoolClient, type PoolConfig } from 'pg';
import { databaseError, isPassing } from './store-error.js';

export type Transaction = <T>(
  code: 'store_unreadable' | 'store_unwritable',
  work: (client: PoolClient) => Promise<T>,
  how?: {
    /** For how long a database that is away is waited for; not at all with 0. */
    readonly patienceMs?: number;
    /** The database was away; what was known of it may have changed. */
    onAway?(): void;
  },
) => Promise<T>;

export interface Database {
  /** For people; without user and password. */
  readonly location: string;
  /** For a connection of its own. */
  readonly config: ClientConfig;
  /** One short transaction of this tenant; again where the database was away for a moment. */
  readonly transaction: Transaction;
  /** The same for what a change needs, which leaves some connections to those who only read. */
  readonly change: Transaction;
  close(): Promise<void>;
}

export interface DatabaseParts {
  readonly tenant: string;
  readonly patienceMs: number;
  readonly connections: number;
}

/** Milliseconds for which a database is waited for that has never answered. */
const FIRST_MS = 2_000;
const CONNECT_MS = 5_000;
const STATEMENT_MS = 15_000;
/** Connections that are left to those who only read. */
const FOR_READERS = 2;

/** Connects when it is used. A pool that is given is not closed here. */
export function createDatabase(
  given: Secret | Pool,
  { tenant, patienceMs, connections }: DatabaseParts,
): Database {
  const shared = given instanceof Pool ? given : undefined;
  const config: PoolConfig = {
    ...(given instanceof Pool ? given.options : { connectionString: given.reveal() }),
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'mcpass',
  };
  const location = locationOf(config);
  const max = shared?.options.max ?? connections;
  const pool = shared ?? new Pool({ ...config, max, query_timeout: 2 * STATEMENT_MS, allowExitOnIdle: true });
  // An idle connection that was lost is replaced by the next one; whoever used it hears of it by his own query.
  const ignore = () => undefined;
  pool.on('error', ignore);

  // Not as parameters of the connection, which a pooler refuses.
  const begin = `BEGIN; SELECT set_config('mcpass.tenant', ${escapeLiteral(tenant)}, true), set_config('statement_timeout', '${STATEMENT_MS}', true)`;
  /** Of a database that has answered before, more is hoped than of an address that may be wrong. */
  let answered = false;

  const once = async <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    // A connection that is terminated while nothing is asked of it tells so by an event, which nobody must miss.
    const note = (failure: Error) => (broken = failure);
    client.on('error', note);
    try {
      await client.query(begin);
      answered = true;
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (thrown) {
      await client.query('ROLLBACK').catch(note);
      throw thrown;
    } finally {
      client.off('error', note);
      client.release(broken);
    }
  };

  const transaction: Transaction = async (code, work, { patienceMs: patience = patienceMs, onAway } = {}) => {
    const untilMs = performance.now() + (answered ? patience : Math.min(patience, FIRST_MS));
    for (let pauseMs = 50; ; pauseMs = Math.min(2 * pauseMs, 1_000)) {
      try {
        return await once(work);
      } catch (thrown) {
        onAway?.();
        if (!isPassing(thrown) || performance.now() >= untilMs) throw databaseError(code, location, thrown);
        await sleep(pauseMs);
      }
    }
  };

  const places = createPlaces(Math.max(1, max - FOR_READERS));
  return {
    location,
    config,
    transaction,
    change: (...wanted) => places(() => transaction(...wanted)),
    async close() {
      pool.off('error', ignore);
      if (shared === undefined) {
        pool.on('error', ignore);
        await pool.end();
      }
    },
  };
}

/** Lets so many work at a time, in the order in which they came. */
function createPlaces(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

function locationOf({ connectionString = '', host, port, database }: PoolConfig): string {
  if (URL.canParse(connectionString)) {
    const { host: place, pathname } = new URL(connectionString);
    return `${place}${pathname}`;
  }
  return host === undefined ? 'that the address names' : `${host}:${port ?? 5432}/${database ?? ''}`;
}
