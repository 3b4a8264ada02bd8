import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CredentialRecord,
  type Hold,
  isMcpassError,
  keyText,
  McpassError,
  type RecordKey,
  recordName,
  type Secret,
  type SignInTurns,
  type Store,
} from '@mcpass/auth';
import type { Pool, PoolClient } from 'pg';
import { auditEvent, writeAudit } from './audit.js';
import { createDataKeys } from './data-keys.js';
import { createDatabase } from './database.js';
import { createLeases, type Lease } from './leases.js';
import { createLocks, lockId, type LockedWork, type LockWait } from './locks.js';
import { createRecordCache } from './record-cache.js';
import { openRow, type RecordRow, ROW, sealRow, type SealedRow } from './record-rows.js';
import { checkSchema, migrate } from './schema.js';
import { CHANNEL } from './session.js';
import { databaseError, isPassing, unreadableRow } from './store-error.js';
import type { KeyService, StoreKey } from './store-keys.js';

export type PostgresStoreOptions = PostgresStoreDatabase & {
  /** Who else's rows are never seen; `default` when absent. */
  readonly tenant?: string;
  /** The first wraps data keys, all open them. */
  readonly keys: readonly (StoreKey | KeyService)[];
  /** In the audit; the name of this host when absent. */
  readonly who?: string;
  /** Whether the address is that of a pooler whose transactions end at different servers; found out when absent. */
  readonly pooler?: boolean;
  /** Milliseconds for which a database that is away is waited for. */
  readonly patienceMs?: number;
  /** Milliseconds after which others go on where a process has died that cannot say so. */
  readonly leaseMs?: number;
};

/** One of the two. */
export type PostgresStoreDatabase =
  | {
      /** The address of the database, with user and password. */
      readonly connectionString: Secret;
      /** Connections for reads and writes, beside the one for locks. */
      readonly connections?: number;
      readonly pool?: undefined;
    }
  | {
      /** One that the program has for other things too; it stays open. */
      readonly pool: Pool;
      readonly connectionString?: undefined;
    };

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
  /** What could not be saved yet is tried once more. */
  close(): Promise<void>;
}

const PAGE = 500;
const PATIENCE_MS = 20_000;
/** More than any delay that is nobody's death, less than the time after which a caller gives up. */
const LEASE_MS = 8_000;
/** Milliseconds for which the work of another process on the same record is waited for: that of a few requests. */
const BUSY_MS = 120_000;
/** For how long new tokens that cannot be saved are kept and tried, in milliseconds. */
const KEEP_MS = 3_600_000;
const KEEP_PAUSE_MS = 2_000;

/** Credentials of a fleet in PostgreSQL. Connects when it is used. */
export function createPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const { tenant = 'default', who = hostname(), patienceMs = PATIENCE_MS, leaseMs = LEASE_MS } = options;
  const [first, ...others] = options.keys;
  if (first === undefined) throw new TypeError('createPostgresStore needs a key');
  const database = createDatabase(options.pool ?? options.connectionString, {
    tenant,
    patienceMs,
    connections: (options.pool === undefined ? options.connections : undefined) ?? 10,
  });
  const { location, transaction } = database;
  const cache = createRecordCache();
  const locks = createLocks({
    database,
    leases: createLeases(database, tenant, leaseMs),
    pooler: options.pooler,
    leaseMs,
    tenant,
    onReleased: (id) => cache.drop(id),
  });
  const keys = createDataKeys(tenant, [first, ...others], transaction);
  /** Names of records that this process is changing: theirs are read anew. */
  const changing = new Map<string, number>();
  const closing = new AbortController();

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

  const opened = async (
    key: RecordKey,
    row: RecordRow | undefined,
  ): Promise<CredentialRecord | undefined> => {
    if (row === undefined) return undefined;
    const record = await openRow(keys, tenant, row);
    if (keyText(record) === keyText(key)) return record;
    throw unreadableRow(row.name, 'it is that of another account', 'delete the row, and sign in again');
  };

  let reads = 0;
  const read = async (key: RecordKey): Promise<CredentialRecord | undefined> => {
    const name = await recordName(key);
    const id = lockId(tenant, name);
    const cached = changing.has(name) ? undefined : cache.find(id);
    if (cached !== undefined) return cached.record;
    await ready();
    // Whoever reads but once need not listen.
    reads += 1;
    const mayKeep = reads > 1 && locks.listen() && !changing.has(name);
    return cache.through(id, mayKeep, async () =>
      opened(key, await transaction('store_unreadable', (client) => rowOf(client, name))),
    );
  };

  const write = async (
    key: RecordKey,
    current: CredentialRecord | undefined,
    next: CredentialRecord | undefined,
    lease: Lease,
    patience?: number,
  ): Promise<CredentialRecord | undefined> => {
    const name = await recordName(key);
    const written = next && { ...next, generation: (current?.generation ?? 0) + 1 };
    const row = written && (await sealRow(keys, tenant, written));
    const replacement = { tenant, name, account: key.account, from: current?.generation ?? 0, row };
    await database.change(
      'store_unwritable',
      async (client) => {
        if ((await replaceRow(client, replacement)) === 0) {
          // The answer to an earlier attempt may have been lost, and not the attempt.
          const there = await rowOf(client, name);
          const isOurs = row === undefined ? there === undefined : there?.sealed.equals(row.sealed);
          if (isOurs !== true) throw changedMeanwhile(location);
        } else {
          const event = auditEvent(current, written);
          if (event !== undefined) await writeAudit(client, tenant, who, key, event);
          // Nobody goes on using what somebody has deleted, whatever becomes of this process.
          if (row === undefined)
            await client.query('SELECT pg_notify($1, $2)', [CHANNEL, lockId(tenant, name)]);
        }
        await lease.release(client);
      },
      patience === undefined ? {} : { patienceMs: patience },
    );
    lease.released();
    return written;
  };

  /** New tokens may be the only ones that are good: whoever could not save them goes on until they are. */
  const save = async (
    key: RecordKey,
    current: CredentialRecord | undefined,
    next: CredentialRecord | undefined,
    lease: Lease,
    keep: (until: Promise<unknown>) => void,
  ): Promise<CredentialRecord | undefined> => {
    try {
      return await write(key, current, next, lease);
    } catch (thrown) {
      if (!hasNewTokens(current, next) || isConflict(thrown)) throw thrown;
      keep(
        (async () => {
          const untilMs = performance.now() + KEEP_MS;
          let failure: unknown = thrown;
          while (!closing.signal.aborted && performance.now() < untilMs && !isConflict(failure)) {
            await sleep(KEEP_PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined);
            try {
              await write(key, current, next, lease, 0);
              return;
            } catch (again) {
              failure = again;
            }
          }
        })(),
      );
      throw thrown;
    }
  };

  const locked = async <T, F>(name: string, work: LockedWork<T, F>, wait: LockWait): Promise<T> => {
    let begun = false;
    const untilMs = performance.now() + patienceMs;
    for (;;) {
      try {
        return await locks.run<T, F>(
          name,
          {
            find: work.find,
            do(...all) {
              begun = true;
              return work.do(...all);
            },
          },
          wait,
        );
      } catch (thrown) {
        // What the work throws is its own affair. Without the lock it never runs.
        if (begun || wait.signal?.aborted === true) throw thrown;
        if (!isPassing(thrown) || performance.now() > untilMs)
          throw databaseError('store_unwritable', location, thrown);
        await sleep(100);
      }
    }
  };

  /** The records of a page, those that can be read. */
  const openAll = async (rows: readonly RecordRow[]): Promise<readonly CredentialRecord[]> => {
    const records = await Promise.all(rows.map((row) => openRow(keys, tenant, row).catch(unlessUnreadable)));
    return records.filter((record) => record !== undefined);
  };

  const list = async (): Promise<readonly CredentialRecord[]> => {
    await ready();
    const records: CredentialRecord[] = [];
    for (let after = ''; ;) {
      const rows = await transaction(
        'store_unreadable',
        async (client) =>
          (await client.query<RecordRow>(`${ROW} AND name > $2 ORDER BY name LIMIT ${PAGE}`, [tenant, after]))
            .rows,
      );
      records.push(...(await openAll(rows)));
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
      const name = await recordName(key);
      const late = limitWait(BUSY_MS, () => stillChanging(location, BUSY_MS));
      changing.set(name, (changing.get(name) ?? 0) + 1);
      try {
        return await locked<CredentialRecord | undefined, RecordRow | undefined>(
          name,
          {
            find: (client) => rowOf(client, name),
            async do(row, lease, keep) {
              late.end();
              const current = await opened(key, row);
              const hold: Hold = { confirm: () => lease.confirm() };
              const next = await change(current, hold);
              return next === current ? current : save(key, current, next, lease, keep);
            },
          },
          { signal: late.signal },
        );
      } finally {
        late.end();
        const left = (changing.get(name) ?? 1) - 1;
        if (left === 0) changing.delete(name);
        else changing.set(name, left);
      }
    },

    async run(key, work, { waitMs, signal, onWait }) {
      await ready();
      const late = limitWait(waitMs, () => stillSigningIn(key, waitMs));
      const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
      try {
        return await locked(
          `turn\n${await recordName(key)}`,
          {
            find: () => Promise.resolve(undefined),
            do() {
              late.end();
              return work();
            },
          },
          { signal: either, onWait },
        );
      } finally {
        late.end();
      }
    },

    init: () => transaction('store_unwritable', migrate),

    async status() {
      await ready();
      return transaction('store_unreadable', (client) => readStatus(client, tenant));
    },

    async due(withinS) {
      await ready();
      const rows = await transaction(
        'store_unreadable',
        async (client) =>
          (
            await client.query<RecordRow>(
              `${ROW} AND expires_at < now() + make_interval(secs => $2) ORDER BY expires_at LIMIT ${PAGE}`,
              [tenant, withinS],
            )
          ).rows,
      );
      return openAll(rows);
    },

    async rewrap() {
      await ready();
      return keys.rewrap();
    },

    async close() {
      closing.abort();
      await locks.close();
      await database.close();
    },
  };
}

/** Ends a wait that takes longer. */
function limitWait(waitMs: number, error: () => McpassError) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(error()), waitMs);
  return { signal: late.signal, end: () => clearTimeout(timer) };
}

function hasNewTokens(current: CredentialRecord | undefined, next: CredentialRecord | undefined): boolean {
  const [before, after] = [current, next].map((record) => record?.grant?.tokens.access);
  return after !== undefined && (before === undefined || !after.equals(before));
}

interface Replacement {
  readonly tenant: string;
  readonly name: string;
  readonly account: string;
  /** The generation that the change was made of; 0 where there was no record. */
  readonly from: number;
  /** Undefined deletes. */
  readonly row: SealedRow | undefined;
}

/** Zero where the row is not any more the one that the change was made of. */
async function replaceRow(
  client: PoolClient,
  { tenant, name, account, from, row }: Replacement,
): Promise<number> {
  if (row === undefined) {
    const gone = 'DELETE FROM mcpass.record WHERE tenant = $1 AND name = $2 AND generation = $3';
    return (await client.query(gone, [tenant, name, from])).rowCount ?? 0;
  }
  const statement =
    from === 0
      ? `INSERT INTO mcpass.record (tenant, name, generation, data_key, sealed, expires_at, account)
         VALUES ($1, $2, $3::bigint + 1, $4, $5, to_timestamp($6), $7) ON CONFLICT DO NOTHING`
      : `UPDATE mcpass.record SET generation = $3::bigint + 1, data_key = $4, sealed = $5, expires_at = to_timestamp($6),
           account = $7
         WHERE tenant = $1 AND name = $2 AND generation = $3::bigint`;
  const values = [tenant, name, from, row.dataKey, row.sealed, row.expiresAtS, account];
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
      facts: { conflict: true },
    },
  );
}

function isConflict(thrown: unknown): boolean {
  return isMcpassError(thrown) && thrown.facts['conflict'] === true;
}

function stillChanging(location: string, waitMs: number): McpassError {
  const seconds = Math.round(waitMs / 1000);
  return new McpassError(
    'store_unwritable',
    `Another process has been changing the record in ${location} for ${seconds} seconds.`,
    { step: 'store', fault: 'ours', remedy: { do: 'retry_later' } },
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
