import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { McpassError } from '@mcpass/auth';
import type { PoolClient } from 'pg';
import { openBytes, sealBytes } from './sealed-bytes.js';
import type { StoreKey } from './store-keys.js';

interface DataKeyRow {
  readonly id: number;
  readonly wrapped_by: string;
  readonly wrapped: Buffer;
}

export interface DataKey {
  readonly id: number;
  readonly key: KeyObject;
}

/** The keys that seal the records of one tenant, each wrapped by one of the given keys. */
export interface DataKeys {
  /** Throws `store_unreadable` where the key that wrapped it was not given. */
  find(client: PoolClient, id: number): Promise<KeyObject>;
  /** The one that seals; made where there is none. */
  newest(client: PoolClient): Promise<DataKey>;
  /** Wraps all of them by the first of the given keys; tells how many were not. */
  rewrap(client: PoolClient): Promise<number>;
}

const KEY_BYTES = 32;
const COLUMNS = 'SELECT id, wrapped_by, wrapped FROM mcpass.data_key WHERE tenant = $1';

export function createDataKeys(tenant: string, keys: readonly [StoreKey, ...StoreKey[]]): DataKeys {
  const known = new Map<number, KeyObject>();
  const bound = (id: number) => JSON.stringify([tenant, id]);

  const unwrap = ({ id, wrapped_by, wrapped }: DataKeyRow): KeyObject => {
    const cached = known.get(id);
    if (cached !== undefined) return cached;
    const wrapper = keys.find((each) => each.id === wrapped_by);
    if (wrapper === undefined)
      throw lostKey(`the key ${JSON.stringify(wrapped_by)} is not among those given`);
    const bytes = openBytes(wrapped, wrapper.key, bound(id));
    if (bytes === undefined)
      throw lostKey(`the key given as ${JSON.stringify(wrapped_by)} is not the one that sealed it`);
    const key = createSecretKey(bytes);
    known.set(id, key);
    return key;
  };

  const newest = async (client: PoolClient): Promise<DataKeyRow | undefined> =>
    (await client.query<DataKeyRow>(`${COLUMNS} ORDER BY id DESC LIMIT 1`, [tenant])).rows[0];

  return {
    async find(client, id) {
      const cached = known.get(id);
      if (cached !== undefined) return cached;
      const { rows } = await client.query<DataKeyRow>(`${COLUMNS} AND id = $2`, [tenant, id]);
      const [row] = rows;
      if (row === undefined) throw lostKey(`its data key ${id} is gone`);
      return unwrap(row);
    },

    async newest(client) {
      let row = await newest(client);
      if (row === undefined) {
        await client.query(
          'INSERT INTO mcpass.data_key (tenant, id, wrapped_by, wrapped) VALUES ($1, 1, $2, $3) ON CONFLICT DO NOTHING',
          [tenant, keys[0].id, sealBytes(randomBytes(KEY_BYTES), keys[0].key, bound(1))],
        );
        // Somebody else may have been first.
        row = await newest(client);
      }
      if (row === undefined) throw lostKey('its data key is gone');
      return { id: row.id, key: unwrap(row) };
    },

    async rewrap(client) {
      const { rows } = await client.query<DataKeyRow>(`${COLUMNS} AND wrapped_by <> $2 FOR UPDATE`, [
        tenant,
        keys[0].id,
      ]);
      for (const row of rows) {
        const wrapped = sealBytes(unwrap(row).export(), keys[0].key, bound(row.id));
        await client.query(
          'UPDATE mcpass.data_key SET wrapped_by = $3, wrapped = $4 WHERE tenant = $1 AND id = $2',
          [tenant, row.id, keys[0].id, wrapped],
        );
      }
      return rows.length;
    },
  };
}

function lostKey(reason: string): McpassError {
  return new McpassError('store_unreadable', `The store cannot be opened: ${reason}.`, {
    step: 'store',
    fault: 'yours',
    remedy: { do: 'say', text: 'give the key that sealed it as well; the first one seals, all of them open' },
    facts: { key: 'lost' },
  });
}
