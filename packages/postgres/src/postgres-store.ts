import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CredentialRecord,
  isMcpassError,
  keyText,
  McpassError,
  type RecordKey,
  recordName,
  type Secret,
  type SignInTurns,
  type Store,
} from '@mcpass/auth';
import { escapeLiteral, Pool, type PoolClient } from 'pg';
import { auditEvent, writeAudit } from './audit.js';
import { createDataKeys } from './data-keys.js';
import { createLocks } from './locks.js';
import { openRow, type RecordRow, ROW, sealRow, type SealedRow } from './record-rows.js';
import { checkSchema, migrate } from './schema.js';
import { databaseError, isPassing, unreadableRow } from './store-error.js';
import type { StoreKey } from './store-keys.js';

export interface PostgresStoreOptions {
  /** The address of the database, with user and password. */
  readonly connectionString: Secret;
  /** Who else's rows are never seen; `default` when absent. */
  readonly tenant?: string;
  /** The first wraps data keys, all open them. */
  readonly keys: readonly StoreKey[];
  /** In the audit; the name of this host when absent. */
  readonly who?: string;
  /** Connections for reads and writes, beside the one for locks. */
  readonly connections?: number;
  /** Milliseconds for which a database that is away is waited for. */
  readonly patienceMs?: number;
}

export interface StoreStatus {
  readonly version: number;
  readonly records: number;
  readonly keys: readonly { readonly id: string; readonly records: number }[];
  readonly due: { readonly within60s: number; readonly within1h: number };
}

export interface PostgresStore extends Store, SignInTurns {
  readonly tenant: string;
  /** Creates or migrates the schema; as often as one likes. Returns its version. */
  init(): Promise<number>;
  status(): Promise<StoreStatus>;
  /** The records that expire within so many seconds and can be renewed, the next first. */
  due(withinS: number): Promise<readonly CredentialRecord[]>;
  /** Wraps the tenant's data keys by the first key, while others work; returns how many were not. */
  rewrap(): Promise<number>;
  close(): Promise<void>;
}

const PAGE = 500;
const PATIENCE_MS = 20_000;
/** The same, before it has ever answered. */
const FIRST_MS = 2_000;
const CONNECT_MS = 5_000;
const STATEMENT_MS = 15_000;

/** Credentials of a fleet in PostgreSQL. Connects when it is used. */
export function createPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const { tenant = 'default', who = hostname(), patienceMs = PATIENCE_MS } = options;
  const [first, ...others] = options.keys;
  if (first === undefined) throw new TypeError('createPostgresStore needs a key');
  const config = {
    connectionString: options.connectionString.reveal(),
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'mcpass',
  };
  const location = locationOf(config.connectionString);
  const pool: Pool = new Pool({
    ...config,
    max: options.connections ?? 10,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS,
    allowExitOnIdle: true,
  });
  // An idle connection that was lost is replaced by the next one; whoever used it hears of it by his own query.
  pool.on('error', () => undefined);
  const locks = createLocks(config);
  const keys = createDataKeys(tenant, [first, ...others]);

  /** Of a database that has answered before, more is hoped than of an address that may be wrong. */
  let answered = false;

  const once = async <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    answered = true;
    let broken: Error | undefined;
    try {
      await client.query(`BEGIN; SELECT set_config('mcpass.tenant', ${escapeLiteral(tenant)}, true)`);
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (thrown) {
      await client.query('ROLLBACK').catch((failure: Error) => (broken = failure));
      throw thrown;
    } finally {
      client.release(broken);
    }
  };

  /** One short transaction of this tenant; again where the database was away for a moment. */
  const transaction = async <T>(
    code: 'store_unreadable' | 'store_unwritable',
    work: (client: PoolClient) => Promise<T>,
  ): Promise<T> => {
    const untilMs = performance.now() + (answered ? patienceMs : Math.min(patienceMs, FIRST_MS));
    for (let pauseMs = 50; ; pauseMs = Math.min(2 * pauseMs, 1_000)) {
      try {
        return await once(work);
      } catch (thrown) {
        if (!isPassing(thrown) || performance.now() > untilMs) throw databaseError(code, location, thrown);
        await sleep(pauseMs);
      }
    }
  };

  let schema: Promise<void> | undefined;
  const ready = (): Promise<void> => {
    schema ??= transaction('store_unreadable', checkSchema).catch((thrown: unknown) => {
      schema = undefined;
      throw thrown;
    });
    return schema;
  };

  const rowOf = async (client: PoolClient, name: string): Promise<RecordRow | undefined> =>
    (await client.query<RecordRow>(`${ROW} AND name = $2`, [tenant, name])).rows[0];

  const read = async (key: RecordKey): Promise<CredentialRecord | undefined> => {
    await ready();
    const name = await recordName(key);
    return transaction('store_unreadable', async (client) => {
      const row = await rowOf(client, name);
      if (row === undefined) return undefined;
      const record = await openRow(client, keys, tenant, row);
      if (keyText(record) === keyText(key)) return record;
      throw unreadableRow(name, 'it is that of another account', 'delete the row, and sign in again');
    });
  };

  const write = async (
    key: RecordKey,
    current: CredentialRecord | undefined,
    next: CredentialRecord | undefined,
  ): Promise<CredentialRecord | undefined> => {
    const name = await recordName(key);
    const written = next && { ...next, generation: (current?.generation ?? 0) + 1 };
    let row: SealedRow | undefined;
    await transaction('store_unwritable', async (client) => {
      row ??= written && (await sealRow(client, keys, tenant, written));
      const count = await replaceRow(client, { tenant, name, from: current?.generation ?? 0, row });
      if (count === 0) {
        // The answer to an earlier attempt may have been lost, and not the attempt.
        const there = await rowOf(client, name);
        const isOurs = row === undefined ? there === undefined : there?.sealed.equals(row.sealed);
        if (isOurs === true) return;
        throw changedMeanwhile(location);
      }
      const event = auditEvent(current, written);
      if (event !== undefined) await writeAudit(client, tenant, who, key, event);
    });
    return written;
  };

  const locked = async <T>(...[name, work, wait]: Parameters<typeof locks.run<T>>): Promise<T> => {
    let begun = false;
    const untilMs = performance.now() + patienceMs;
    for (;;) {
      try {
        return await locks.run(
          name,
          () => {
            begun = true;
            return work();
          },
          wait,
        );
      } catch (thrown) {
        // What the work throws is its own affair. Without the lock it never runs.
        if (begun || wait?.signal?.aborted === true) throw thrown;
        if (!isPassing(thrown) || performance.now() > untilMs)
          throw databaseError('store_unwritable', location, thrown);
        await sleep(100);
      }
    }
  };

  const list = async (): Promise<readonly CredentialRecord[]> => {
    await ready();
    const records: CredentialRecord[] = [];
    for (let after = ''; ;) {
      const rows = await transaction('store_unreadable', async (client) => {
        const page = await client.query<RecordRow>(`${ROW} AND name > $2 ORDER BY name LIMIT ${PAGE}`, [
          tenant,
          after,
        ]);
        for (const row of page.rows) {
          const record = await openRow(client, keys, tenant, row).catch(unlessUnreadable);
          if (record !== undefined) records.push(record);
        }
        return page.rows;
      });
      if (rows.length < PAGE) return records;
      after = rows.at(-1)?.name ?? '';
    }
  };

  return {
    kind: 'postgres',
    location,
    tenant,
    read,
    list,

    async update(key, change) {
      await ready();
      return locked(`${tenant}\n${await recordName(key)}`, async () => {
        const current = await read(key);
        const next = await change(current);
        return next === current ? current : write(key, current, next);
      });
    },

    async run(key, work, { waitMs, signal, onWait }) {
      await ready();
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(stillSigningIn(key, waitMs)), waitMs);
      const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
      const begin = () => {
        clearTimeout(timer);
        return work();
      };
      try {
        return await locked(`turn\n${tenant}\n${await recordName(key)}`, begin, { signal: either, onWait });
      } finally {
        clearTimeout(timer);
      }
    },

    init: () => transaction('store_unwritable', migrate),

    async status() {
      await ready();
      return transaction('store_unreadable', (client) => readStatus(client, tenant));
    },

    async due(withinS) {
      await ready();
      return transaction('store_unreadable', async (client) => {
        const { rows } = await client.query<RecordRow>(
          `${ROW} AND expires_at < now() + make_interval(secs => $2) ORDER BY expires_at LIMIT ${PAGE}`,
          [tenant, withinS],
        );
        const records = await Promise.all(
          rows.map((row) => openRow(client, keys, tenant, row).catch(unlessUnreadable)),
        );
        return records.filter((record) => record !== undefined);
      });
    },

    async rewrap() {
      await ready();
      return transaction('store_unwritable', (client) => keys.rewrap(client));
    },

    async close() {
      await locks.close();
      await pool.end();
    },
  };
}

/** Without user and password. */
function locationOf(connectionString: string): string {
  if (!URL.canParse(connectionString)) return 'that the address names';
  const { host, pathname } = new URL(connectionString);
  return `${host}${pathname}`;
}

interface Replacement {
  readonly tenant: string;
  readonly name: string;
  /** The generation that the change was made of; 0 where there was no record. */
  readonly from: number;
  /** Undefined deletes. */
  readonly row: SealedRow | undefined;
}

/** Zero where the row is not any more the one that the change was made of. */
async function replaceRow(client: PoolClient, { tenant, name, from, row }: Replacement): Promise<number> {
  if (row === undefined) {
    const gone = 'DELETE FROM mcpass.record WHERE tenant = $1 AND name = $2 AND generation = $3';
    return (await client.query(gone, [tenant, name, from])).rowCount ?? 0;
  }
  const statement =
    from === 0
      ? `INSERT INTO mcpass.record (tenant, name, generation, data_key, sealed, expires_at)
         VALUES ($1, $2, $3::bigint + 1, $4, $5, to_timestamp($6)) ON CONFLICT DO NOTHING`
      : `UPDATE mcpass.record SET generation = $3::bigint + 1, data_key = $4, sealed = $5, expires_at = to_timestamp($6)
         WHERE tenant = $1 AND name = $2 AND generation = $3::bigint`;
  const values = [tenant, name, from, row.dataKey, row.sealed, row.expiresAtS];
  return (await client.query(statement, values)).rowCount ?? 0;
}

async function readStatus(client: PoolClient, tenant: string): Promise<StoreStatus> {
  const keys = await client.query<{ id: string; records: number }>(
    `SELECT k.wrapped_by AS id, count(r.name)::int AS records
     FROM mcpass.data_key k LEFT JOIN mcpass.record r ON r.tenant = k.tenant AND r.data_key = k.id
     WHERE k.tenant = $1 GROUP BY k.wrapped_by ORDER BY k.wrapped_by`,
    [tenant],
  );
  const due = await client.query<{ version: number; soon: number; later: number }>(
    `SELECT (SELECT version FROM mcpass.schema_version) AS version,
       count(*) FILTER (WHERE expires_at < now() + interval '60 seconds')::int AS soon,
       count(*) FILTER (WHERE expires_at < now() + interval '1 hour')::int AS later
     FROM mcpass.record WHERE tenant = $1`,
    [tenant],
  );
  const { version = 0, soon = 0, later = 0 } = due.rows[0] ?? {};
  return {
    version,
    records: keys.rows.reduce((sum, { records }) => sum + records, 0),
    keys: keys.rows,
    due: { within60s: soon, within1h: later },
  };
}

/** A list leaves out what cannot be read, and never takes a database that is away for an empty one. */
function unlessUnreadable(thrown: unknown): undefined {
  if (isMcpassError(thrown) && thrown.code === 'record_unreadable') return undefined;
  throw thrown;
}

function changedMeanwhile(location: string): McpassError {
  return new McpassError(
    'store_unwritable',
    `Another process changed the record in ${location} at the same time.`,
    {
      step: 'store',
      fault: 'ours',
      remedy: { do: 'retry_later' },
    },
  );
}

function stillSigningIn({ server }: RecordKey, waitMs: number): McpassError {
  const seconds = Math.round(waitMs / 1000);
  return new McpassError(
    'login_timeout',
    `A sign-in to ${new URL(server).host} elsewhere has not come to an end for ${seconds} seconds.`,
    { step: 'authorization', fault: 'yours', remedy: { do: 'say', text: 'finish that one, or end it' } },
  );
}
