import { randomBytes } from 'node:crypto';
import { type CredentialRecord, isMcpassError, Secret } from '@mcpass/auth';
import { Client, Pool, type QueryResult } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fullRecord, storeContract } from '../../node/test/contract/store.js';
import { createPostgresStore, type KeyService, parseStoreKeys, type PostgresStore } from '../src/index.js';
import { type Cluster, findPostgres, startCluster } from './harness/cluster.js';
import { findPooler, type Pooler, startPooler } from './harness/pooler.js';

const programs = findPostgres();
if (programs === undefined)
  process.stderr.write('no PostgreSQL: the tests of @mcpass/postgres are skipped\n');

const key = { server: 'https://mcp.example.com/mcp', account: 'default' };
const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const oldest = newKey('a');

describe.skipIf(programs === undefined)('PostgreSQL', () => {
  let cluster: Cluster;
  let shared: string;
  const opened: PostgresStore[] = [];
  const open = (
    url: string,
    tenant = 'default',
    keys = oldest,
    more: { readonly patienceMs?: number; readonly leaseMs?: number } = {},
  ): PostgresStore => {
    const store = createPostgresStore({
      connectionString: new Secret(url),
      tenant,
      keys: parseStoreKeys(new Secret(keys)),
      ...more,
    });
    opened.push(store);
    return store;
  };
  const query = async (url: string, statement: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const result: unknown = await client.query(statement);
      const last = (Array.isArray(result) ? result.at(-1) : result) as QueryResult<Record<string, unknown>>;
      return last.rows;
    } finally {
      await client.end();
    }
  };
  const terminate = (url: string) =>
    query(
      cluster.asSuperuser(url),
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app' AND datname = current_database()`,
    );
  const lease = async (url: string, tenant: string) =>
    (await query(url, `SET mcpass.tenant = '${tenant}'; SELECT beat FROM mcpass.lease`))[0];
  /** How many session locks there are in its database. */
  const locks = async (url: string) =>
    (
      await query(
        url,
        `SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND d.datname = current_database()`,
      )
    ).length;
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  let tenants = 0;
  const newTenant = () => `tenant-${(tenants += 1)}`;

  beforeAll(async () => {
    cluster = await startCluster(programs ?? '');
    shared = await cluster.database();
    // Twice and at once.
    expect(await Promise.all([1, 2, 3].map(() => open(shared).init()))).toEqual([2, 2, 2]);
  });
  afterAll(async () => {
    await Promise.all(opened.map((store) => store.close()));
    cluster.stop();
  });

  storeContract('PostgreSQL', () => Promise.resolve(open(shared, newTenant())));

  it('lets one of two replicas change a record at a time, and shows each what the other wrote', async () => {
    const tenant = newTenant();
    const replicas = [open(shared, tenant), open(shared, tenant)];
    let inside = 0;
    let most = 0;
    const change = async (current: CredentialRecord | undefined) => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
      return { ...(current ?? fullRecord()) };
    };
    await Promise.all([0, 1, 0, 1, 0, 1].map((which) => replicas[which]?.update(key, change)));
    expect(most).toBe(1);
    expect((await replicas[0]?.read(key))?.generation).toBe(6);
  });

  it('keeps tenants apart, also in a hostile query, and shows no token in a dump', async () => {
    const [mine, theirs] = [newTenant(), newTenant()];
    await open(shared, mine).update(key, () => Promise.resolve(fullRecord()));
    expect(await open(shared, theirs).read(key)).toBeUndefined();
    expect(await open(shared, theirs).list()).toEqual([]);
    for (const table of ['record', 'data_key', 'audit']) {
      const hostile = `SET mcpass.tenant = '${theirs}'; SELECT * FROM mcpass.${table} WHERE true OR tenant = '${mine}'`;
      expect(await query(shared, hostile)).toEqual([]);
      expect(await query(shared, `SELECT * FROM mcpass.${table}`)).toEqual([]);
      const rows = await query(
        cluster.asSuperuser(shared),
        `SELECT t::text FROM mcpass.${table} t WHERE tenant = '${mine}'`,
      );
      expect(rows).toHaveLength(1);
      for (const secret of ['access-1', 'refresh-1', 'client-secret', 'registration-token']) {
        expect(JSON.stringify(rows)).not.toContain(secret);
        expect(JSON.stringify(rows)).not.toContain(Buffer.from(secret).toString('hex'));
      }
    }
  });

  it('refuses a row that was changed, or moved to another account or tenant, and deletes nothing', async () => {
    const [mine, theirs] = [newTenant(), newTenant()];
    const other = { ...key, account: 'work' };
    await open(shared, mine).update(key, () => Promise.resolve(fullRecord()));
    await open(shared, mine).update(other, () => Promise.resolve(fullRecord(other)));
    await open(shared, theirs).update(key, () => Promise.resolve(fullRecord()));
    const root = cluster.asSuperuser(shared);
    await query(
      root,
      `UPDATE mcpass.record SET sealed = (SELECT sealed FROM mcpass.record WHERE tenant = '${mine}' LIMIT 1)
      WHERE tenant IN ('${mine}', '${theirs}')`,
    );
    const store = open(shared, mine);
    const outcomes = await Promise.allSettled([
      store.read(key),
      store.read(other),
      open(shared, theirs).read(key),
    ]);
    const codes = outcomes.map((each) =>
      each.status === 'rejected' && isMcpassError(each.reason) ? each.reason.code : 'read',
    );
    expect(codes.filter((code) => code === 'read')).toHaveLength(1);
    expect(codes.filter((code) => code === 'record_unreadable')).toHaveLength(2);
    expect(await store.list()).toHaveLength(1);
    expect((await store.status()).records).toBe(2);
  });

  it('opens with every key given, wraps anew by the first, and says which one is missing', async () => {
    const tenant = newTenant();
    await open(shared, tenant).update(key, () => Promise.resolve(fullRecord()));
    const newest = newKey('b');
    const missing = open(shared, tenant, newest);
    await expect(missing.read(key)).rejects.toMatchObject({
      code: 'store_unreadable',
      message: expect.stringContaining('"a"'),
    });
    const wrong = open(shared, tenant, newKey('a'));
    await expect(wrong.read(key)).rejects.toMatchObject({ code: 'store_unreadable', facts: { key: 'lost' } });
    const both = open(shared, tenant, `${newest} ${oldest}`);
    expect((await both.status()).keys).toEqual([{ id: 'a', records: 1 }]);
    expect([await both.rewrap(), await both.rewrap()]).toEqual([1, 0]);
    expect((await both.status()).keys).toEqual([{ id: 'b', records: 1 }]);
    expect((await open(shared, tenant, newest).read(key))?.grant?.tokens.access.reveal()).toBe('access-1');
  });

  it('audits what becomes of a credential, and tells what is due', async () => {
    const tenant = newTenant();
    const store = open(shared, tenant);
    const withExpiry = (access: string, expiresAtS: number): CredentialRecord => {
      const record = fullRecord({
        ...key,
        server: 'https://mcp.example.com/mcp?api_key=s3cr3t-in-the-address',
      });
      const { grant } = record;
      if (grant === undefined) throw new Error('no grant');
      return {
        ...record,
        grant: { ...grant, tokens: { ...grant.tokens, access: new Secret(access), expiresAtS } },
      };
    };
    const soonS = Math.floor(Date.now() / 1000) + 30;
    const its = withExpiry('one', soonS);
    await store.update(its, () => Promise.resolve(its));
    expect((await store.status()).due).toEqual({ within60s: 1, within1h: 1 });
    expect((await store.due(60)).map(({ account }) => account)).toEqual(['default']);
    await store.update(its, () => Promise.resolve(withExpiry('two', soonS + 86_400)));
    expect((await store.status()).due).toEqual({ within60s: 0, within1h: 0 });
    await store.update(its, () => Promise.resolve(undefined));
    const rows = await query(
      shared,
      `SET mcpass.tenant = '${tenant}'; SELECT event, outcome, server, who FROM mcpass.audit ORDER BY id`,
    );
    expect(rows.map(({ event, outcome }) => [event, outcome])).toEqual([
      ['issue', 'done'],
      ['refresh', 'renewed'],
      ['delete', 'done'],
    ]);
    expect(JSON.stringify(rows)).not.toContain('s3cr3t');
  });

  it('rides out connections that are terminated, and saves what a change came to', async () => {
    const tenant = newTenant();
    const store = open(shared, tenant);
    await store.update(key, () => Promise.resolve(fullRecord()));
    const written = await store.update(key, async () => {
      await terminate(shared);
      return fullRecord(key, 'refresh-2');
    });
    expect(written?.generation).toBe(2);
    expect((await open(shared, tenant).read(key))?.grant?.tokens.refresh?.reveal()).toBe('refresh-2');
    expect((await store.update(key, () => Promise.resolve(fullRecord())))?.generation).toBe(3);
  });

  it('keeps a record for who works on it when his session is terminated, until he is done', async () => {
    const tenant = newTenant();
    const [slow, quick] = [open(shared, tenant, oldest, { leaseMs: 800 }), open(shared, tenant)];
    await slow.update(key, () => Promise.resolve(fullRecord()));
    const seen: (string | undefined)[] = [];
    let next: Promise<unknown> | undefined;
    await slow.update(key, async (_, hold) => {
      await terminate(shared);
      next = quick.update(key, (current) => {
        seen.push(current?.grant?.tokens.refresh?.reveal());
        return Promise.resolve(current);
      });
      // Until the other one has the lock that is free now, and the lease has been renewed after that.
      await until(async () => (await locks(shared)) === 1);
      const beat = (await lease(shared, tenant))?.['beat'];
      await until(async () => Number((await lease(shared, tenant))?.['beat']) > Number(beat));
      await hold?.confirm();
      expect(seen).toEqual([]);
      return fullRecord(key, 'refresh-2');
    });
    await next;
    expect(seen).toEqual(['refresh-2']);
    expect(await lease(shared, tenant)).toBeUndefined();
  });

  it('takes over from who has died and left a lease, when it was not renewed for its whole time', async () => {
    const tenant = newTenant();
    const store = open(shared, tenant, oldest, { leaseMs: 200 });
    await store.update(key, () => Promise.resolve(fullRecord()));
    await query(
      shared,
      `SET mcpass.tenant = '${tenant}'; INSERT INTO mcpass.lease
       SELECT tenant, name, 'one who died', generation, 3, now() + interval '1 hour' FROM mcpass.record`,
    );
    const began = performance.now();
    expect((await store.update(key, () => Promise.resolve(fullRecord())))?.generation).toBe(2);
    expect(performance.now() - began).toBeGreaterThanOrEqual(200);
  });

  it('spends nothing and writes over nothing once somebody else has the record', async () => {
    const tenant = newTenant();
    const [slow, quick] = [open(shared, tenant, oldest, { leaseMs: 400 }), open(shared, tenant)];
    await slow.update(key, () => Promise.resolve(fullRecord()));
    let confirmed: Promise<void> | undefined;
    const late = slow.update(key, async (_, hold) => {
      await terminate(shared);
      await query(shared, `SET mcpass.tenant = '${tenant}'; DELETE FROM mcpass.lease`);
      await quick.update(key, () => Promise.resolve(fullRecord(key, 'winner')));
      // As long as it was confirmed a moment ago, it is not asked for again.
      await until(async () => {
        confirmed = hold?.confirm();
        return (await confirmed?.then(() => 'ours').catch(() => 'lost')) === 'lost';
      });
      return undefined;
    });
    await expect(late).rejects.toMatchObject({ code: 'store_unwritable' });
    await expect(confirmed).rejects.toMatchObject({ code: 'store_unwritable' });
    expect((await quick.read(key))?.grant?.tokens.refresh?.reveal()).toBe('winner');
  });

  it('says that new tokens could not be saved, keeps them, and saves them when the database is back', async () => {
    const url = await cluster.database();
    const store = open(url, 'default', oldest, { patienceMs: 200 });
    await store.init();
    await store.update(key, () => Promise.resolve(fullRecord()));
    const unsaved = store.update(key, async () => {
      await cluster.admit(url, false);
      const record = fullRecord(key, 'refresh-2');
      const { grant } = record;
      if (grant === undefined) throw new Error('no grant');
      return { ...record, grant: { ...grant, tokens: { ...grant.tokens, access: new Secret('access-2') } } };
    });
    await expect(unsaved).rejects.toMatchObject({ code: 'store_unwritable' });
    await cluster.admit(url, true);
    // Whoever changes it next waits for that.
    const found = await store.update(key, (current) => Promise.resolve(current));
    expect(found?.grant?.tokens.refresh?.reveal()).toBe('refresh-2');
    expect((await open(url).read(key))?.generation).toBe(2);
  });

  it('reads what it has read before without a query, until somebody changes it', async () => {
    const tenant = newTenant();
    const [one, two] = [open(shared, tenant), open(shared, tenant)];
    await one.update(key, () => Promise.resolve(fullRecord()));
    const reads = async () => {
      await two.read(key);
      return (await two.read(key))?.grant?.tokens.refresh?.reveal();
    };
    const root = cluster.asSuperuser(shared);
    const statement = async (sealed: string) =>
      query(root, `UPDATE mcpass.record SET sealed = ${sealed} WHERE tenant = '${tenant}'`);
    // Without a word to anybody: what is still read then was kept.
    await until(async () => {
      await reads();
      await statement("'x' || sealed");
      const kept = await reads().catch(() => undefined);
      await statement('substr(sealed, 2)');
      return kept === 'refresh-1';
    });
    await one.update(key, () => Promise.resolve(fullRecord(key, 'refresh-2')));
    await until(async () => (await reads()) === 'refresh-2');
    await one.update(key, () => Promise.resolve(undefined));
    await until(async () => (await reads()) === undefined);
  });

  it('takes a pool that the program has, and leaves it open', async () => {
    const pool = new Pool({ connectionString: shared, max: 3 });
    const tenant = newTenant();
    const store = createPostgresStore({ pool, tenant, keys: parseStoreKeys(new Secret(oldest)) });
    await store.update(key, () => Promise.resolve(fullRecord()));
    expect((await store.read(key))?.generation).toBe(1);
    await store.close();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('has a service wrap the data key, once, and never while a transaction is open', async () => {
    const tenant = newTenant();
    const calls: string[] = [];
    const turn = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0x5a);
    const open_ = async () =>
      query(
        shared,
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction' AND application_name = 'mcpass'`,
      );
    const service: KeyService = {
      id: 'kms',
      async wrap(plain, bound) {
        calls.push(`wrap ${bound}`);
        expect(await open_()).toEqual([]);
        return turn(plain);
      },
      async unwrap(wrapped, bound) {
        calls.push(`unwrap ${bound}`);
        expect(await open_()).toEqual([]);
        return turn(wrapped);
      },
    };
    const stores = [0, 1].map(() =>
      createPostgresStore({ connectionString: new Secret(shared), tenant, keys: [service] }),
    );
    opened.push(...stores);
    const [one, two] = stores;
    await one?.update(key, () => Promise.resolve(fullRecord()));
    await two?.read(key);
    expect(
      (await two?.update(key, (current) => Promise.resolve(current && { ...current })))?.generation,
    ).toBe(2);
    const bound = JSON.stringify([tenant, 1]);
    expect(calls).toEqual([`wrap ${bound}`, `unwrap ${bound}`, `unwrap ${bound}`]);
    expect((await two?.status())?.keys).toEqual([{ id: 'kms', records: 1 }]);
  });

  it('lets one sign in at a time among replicas, and whoever waits too long go', async () => {
    const tenant = newTenant();
    const [one, two] = [open(shared, tenant), open(shared, tenant)];
    let waits = 0;
    const onWait = () => (waits += 1);
    await one.run(
      key,
      async () => {
        for (const store of [one, two])
          await expect(
            // Long enough to connect, however busy this machine is: who has not connected waits for nobody.
            store.run(key, () => Promise.resolve('in'), { waitMs: 2_000, onWait }),
          ).rejects.toMatchObject({ code: 'login_timeout' });
      },
      { waitMs: 60_000, onWait },
    );
    expect(waits).toBe(2);
    expect(await two.run(key, () => Promise.resolve('in'), { waitMs: 60_000, onWait })).toBe('in');
  });

  it('says what is wrong with a database, and what helps', async () => {
    const empty = await cluster.database();
    const of = (url: string) =>
      open(url, 'default', oldest, { patienceMs: 0 })
        .read(key)
        .then(
          () => 'read',
          (thrown: Error) => thrown,
        );
    expect(await of(empty)).toMatchObject({
      code: 'store_unreadable',
      remedy: { text: 'run: mcpass store init' },
    });
    expect(await of(`${empty}x`)).toMatchObject({ message: expect.stringContaining('no such database') });
    expect(await of(empty.replace('//app@', '//nobody:hunter2@'))).toMatchObject({
      message: expect.stringMatching(/^(?!.*hunter2).*user or the password/),
    });
    expect(await of('postgres://app@127.0.0.1:1/x')).toMatchObject({
      message: expect.stringContaining('cannot be reached'),
    });
    await open(empty).init();
    await query(empty, 'UPDATE mcpass.schema_version SET version = 99');
    expect(await of(empty)).toMatchObject({ remedy: { text: 'update mcpass' } });
    await expect(open(empty).init()).rejects.toMatchObject({ remedy: { text: 'update mcpass' } });
  });

  const poolers = findPooler();
  if (poolers === undefined) process.stderr.write('no PgBouncer: the tests behind one are skipped\n');

  describe.skipIf(poolers === undefined)('behind a pooler in transaction mode', () => {
    let pooler: Pooler;
    let pooled: string;
    beforeAll(async () => {
      pooler = await startPooler(poolers ?? '', shared);
      pooled = pooler.through(shared);
    });
    afterAll(() => pooler.stop());

    it('changes a record one process at a time, by leases, with replicas that come directly too', async () => {
      const tenant = newTenant();
      const replicas = [open(pooled, tenant), open(shared, tenant), open(pooled, tenant)];
      let inside = 0;
      let most = 0;
      const change = async (current: CredentialRecord | undefined) => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside -= 1;
        return { ...(current ?? fullRecord()) };
      };
      await Promise.all([0, 1, 2, 0, 1, 2].map((which) => replicas[which]?.update(key, change)));
      expect(most).toBe(1);
      expect((await replicas[0]?.read(key))?.generation).toBe(6);
    });

    it('holds no session lock, and keeps the record while the work lasts', async () => {
      const tenant = newTenant();
      const [slow, quick] = [0, 1].map(() => open(pooled, tenant, oldest, { leaseMs: 400 }));
      const order: string[] = [];
      let next: Promise<unknown> | undefined;
      await slow?.update(key, async () => {
        next = quick?.update(key, (current) => {
          order.push('quick');
          return Promise.resolve(current);
        });
        expect(await locks(shared)).toBe(0);
        await until(async () => Number((await lease(shared, tenant))?.['beat']) > 5);
        order.push('slow');
        return fullRecord();
      });
      await next;
      expect(order).toEqual(['slow', 'quick']);
    });
  });
});
