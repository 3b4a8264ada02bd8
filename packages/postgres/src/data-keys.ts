import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { McpassError } from '@mcpass/auth';
import type { PoolClient } from 'pg';
import type { Transaction } from './database.js';
import { openBytes, sealBytes } from './sealed-bytes.js';
import type { KeyService, StoreKey } from './store-keys.js';

interface DataKeyRow {
  readonly id: number;
  readonly wrapped_by: string;
  readonly wrapped: Buffer;
}

export interface DataKey {
  readonly id: number;
  readonly key: KeyObject;
}

/** The keys that seal the records of one tenant, each wrapped by one of the given keys. No transaction is open when one is unwrapped. */
export interface DataKeys {
  /** Throws `store_unreadable` where the key that wrapped it was not given. */
  find(id: number): Promise<KeyObject>;
  /** The one that seals; made where there is none. */
  newest(): Promise<DataKey>;
  /** Wraps all of them by the first of the given keys; tells how many were not. */
  rewrap(): Promise<number>;
}

const KEY_BYTES = 32;
const COLUMNS = 'SELECT id, wrapped_by, wrapped FROM mcpass.data_key WHERE tenant = $1';

export function createDataKeys(
  tenant: string,
  keys: readonly [StoreKey | KeyService, ...(StoreKey | KeyService)[]],
  transaction: Transaction,
): DataKeys {
  const known = new Map<number, Promise<KeyObject>>();
  const bound = (id: number) => JSON.stringify([tenant, id]);
  const [first] = keys;

  const unwrap = async ({ id, wrapped_by, wrapped }: DataKeyRow): Promise<KeyObject> => {
    const wrapper = keys.find((each) => each.id === wrapped_by);
    if (wrapper === undefined)
      throw lostKey(`the key ${JSON.stringify(wrapped_by)} is not among those given`);
    const bytes = await unwrapBytes(wrapper, wrapped, bound(id));
    if (bytes === undefined)
      throw lostKey(`the key given as ${JSON.stringify(wrapped_by)} is not the one that sealed it`);
    return createSecretKey(bytes);
  };

  const rowOf = (client: PoolClient, which: string, values: readonly unknown[]) =>
    client.query<DataKeyRow>(`${COLUMNS} ${which}`, [tenant, ...values]).then(({ rows }) => rows[0]);
  const newestRow = () =>
    transaction('store_unreadable', (client) => rowOf(client, 'ORDER BY id DESC LIMIT 1', []));

  /** Many ask at once for the same. */
  const remember = (id: number, find: () => Promise<KeyObject>): Promise<KeyObject> => {
    const finding =
      known.get(id) ??
      find().catch((thrown: unknown) => {
        known.delete(id);
        throw thrown;
      });
    known.set(id, finding);
    return finding;
  };

  const make = async (): Promise<DataKeyRow | undefined> => {
    const wrapped = await wrapBytes(first, randomBytes(KEY_BYTES), bound(1));
    await transaction('store_unwritable', (client) =>
      client.query(
        'INSERT INTO mcpass.data_key (tenant, id, wrapped_by, wrapped) VALUES ($1, 1, $2, $3) ON CONFLICT DO NOTHING',
        [tenant, first.id, wrapped],
      ),
    );
    // Somebody else may have been first.
    return newestRow();
  };

  let sealing: Promise<DataKey> | undefined;
  const seal = async (): Promise<DataKey> => {
    const row = (await newestRow()) ?? (await make());
    if (row === undefined) throw lostKey('its data key is gone');
    return { id: row.id, key: await remember(row.id, () => unwrap(row)) };
  };

  return {
    find: (id) =>
      remember(id, async () => {
        const row = await transaction('store_unreadable', (client) => rowOf(client, 'AND id = $2', [id]));
        if (row === undefined) throw lostKey(`its data key ${id} is gone`);
        return unwrap(row);
      }),

    newest() {
      sealing ??= seal().catch((thrown: unknown) => {
        sealing = undefined;
        throw thrown;
      });
      return sealing;
    },

    async rewrap() {
      const rows = await transaction(
        'store_unreadable',
        async (client) =>
          (await client.query<DataKeyRow>(`${COLUMNS} AND wrapped_by <> $2`, [tenant, first.id])).rows,
      );
      for (const row of rows) {
        const key = await remember(row.id, () => unwrap(row));
        const wrapped = await wrapBytes(first, key.export(), bound(row.id));
        await transaction('store_unwritable', (client) =>
          client.query(
            'UPDATE mcpass.data_key SET wrapped_by = $3, wrapped = $4 WHERE tenant = $1 AND id = $2 AND wrapped_by = $5',
            [tenant, row.id, first.id, wrapped, row.wrapped_by],
          ),
        );
      }
      return rows.length;
    },
  };
}

async function wrapBytes(by: StoreKey | KeyService, plain: Buffer, bound: string): Promise<Buffer> {
  return 'key' in by ? sealBytes(plain, by.key, bound) : Buffer.from(await by.wrap(plain, bound));
}

/** Undefined when it was wrapped by another key, or for something else. */
async function unwrapBytes(
  by: StoreKey | KeyService,
  wrapped: Buffer,
  bound: string,
): Promise<Buffer | undefined> {
  if ('key' in by) return openBytes(wrapped, by.key, bound);
  try {
    const bytes = Buffer.from(await by.unwrap(wrapped, bound));
    return bytes.length === KEY_BYTES ? bytes : undefined;
  } catch (thrown) {
    throw lostKey(`the service that keeps ${JSON.stringify(by.id)} did not open it`, thrown);
  }
}

function lostKey(reason: string, cause?: unknown): McpassError {
  return new McpassError('store_unreadable', `The store cannot be opened: ${reason}.`, {
    step: 'store',
    fault: 'yours',
    remedy: { do: 'say', text: 'give the key that sealed it as well; the first one seals, all of them open' },
    facts: { key: 'lost' },
    cause,
  });
}
