import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, findPostgres, startCluster } from '../../postgres/test/harness/cluster.js';
import { createMachine } from './harness/command.js';
import { startProvider, tokenRequests } from './harness/provider.js';

const programs = findPostgres();
if (programs === undefined) process.stderr.write('no PostgreSQL: the tests of a fleet are skipped\n');

describe.skipIf(programs === undefined)('a fleet that shares a PostgreSQL', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(programs ?? '');
  });
  afterAll(() => cluster.stop());

  test('signs in on one machine, and uses it on the other', async () => {
    const env = {
      MCPASS_DATABASE_URL: await cluster.database(),
      MCPASS_STORE_KEY: `a:${randomBytes(32).toString('base64')}`,
      MCPASS_CREDENTIALS_STORE: 'postgres',
    };
    const sandbox = await startProvider('plain');
    const here = createMachine({ person: 'consents' });
    const there = createMachine({ person: 'consents' });

    const early = await here.runWith({ env }, 'login', sandbox.url);
    expect(early.code).toBe(6);
    expect(early.stderr).toContain('mcpass store init');
    const both = await Promise.all([here, there].map((each) => each.runWith({ env }, 'store', 'init')));
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both[0]?.stdout).toBe('The schema is there, version 2.\n');

    const login = await here.runWith({ env }, 'login', sandbox.url);
    expect(login.stderr + login.stdout).toContain('MCPASS_DATABASE_URL');
    expect(login.code).toBe(0);
    expect(
      existsSync(join(here.home, 'data/credentials')) ? readdirSync(join(here.home, 'data/credentials')) : [],
    ).toEqual([]);
    const tokens = await Promise.all(
      [here, there].map((each) => each.runWith({ env }, 'token', sandbox.url)),
    );
    expect(tokens.map(({ code }) => code)).toEqual([0, 0]);
    expect(tokens[0]?.stdout).toBe(tokens[1]?.stdout);
    expect((await there.runWith({ env }, 'store', 'status', '--json')).json()).toMatchObject({
      schema: 1,
      store: {
        kind: 'postgres',
        reachable: true,
        version: 2,
        tenant: 'default',
        records: 1,
        keys: [{ id: 'a', records: 1 }],
      },
    });
    expect((await there.runWith({ env }, 'status', '--json')).json()).toMatchObject({
      servers: [{ state: 'signed_in', store: 'postgres' }],
    });
    expect((await there.runWith({ env }, 'config', 'store')).stdout).toContain('sealed row');

    const newest = {
      ...env,
      MCPASS_STORE_KEY: `b:${randomBytes(32).toString('base64')},${env.MCPASS_STORE_KEY}`,
    };
    expect((await here.runWith({ env: newest }, 'store', 'rewrap')).stdout).toContain('first key now');
    const old = await here.runWith({ env }, 'token', sandbox.url);
    expect([old.code, old.stderr]).toEqual([6, expect.stringContaining('"b" is not among those given')]);
    expect((await there.runWith({ env: newest }, 'store', 'due')).code).toBe(0);

    expect((await there.runWith({ env: newest }, 'logout', sandbox.url)).code).toBe(0);
    expect((await here.runWith({ env: newest }, 'token', sandbox.url)).code).toBe(4);

    const nobody = await here.runWith(
      { env: { ...env, MCPASS_DATABASE_URL: 'postgres://app:hunter2@127.0.0.1:1/x' } },
      'store',
      'status',
    );
    expect(nobody.code).toBe(6);
    expect(nobody.stderr).toContain('cannot be reached');
    expect(nobody.stderr).not.toContain('hunter2');
    expect((await here.runWith({ env: { ...env, MCPASS_STORE_KEY: 'short' } }, 'store', 'status')).code).toBe(
      2,
    );
  });

  test('redeems a refresh token once, although the sessions of who does are ended meanwhile', async () => {
    const url = await cluster.database();
    const env = {
      MCPASS_DATABASE_URL: url,
      MCPASS_STORE_KEY: `a:${randomBytes(32).toString('base64')}`,
      MCPASS_CREDENTIALS_STORE: 'postgres',
    };
    const sandbox = await startProvider('plain', { with: ['rotate-revoke'] });
    const [here, there] = [createMachine({ person: 'consents' }), createMachine()];
    await here.prepareWith({ env }, 'store', 'init');
    await here.prepareWith({ env }, 'login', sandbox.url);
    sandbox.log.clear();

    sandbox.fault('token', { delay: 2_000 });
    const first = here.start({ env }, 'refresh', sandbox.url);
    await expect.poll(() => sandbox.log.of('token').length).toBe(1);
    const client = new Client({ connectionString: cluster.asSuperuser(url) });
    await client.connect();
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app' AND datname = current_database()`,
    );
    await client.end();
    const second = there.start({ env }, 'refresh', sandbox.url);
    const ended = await Promise.all([first.ended, second.ended]);
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(
      [0, 0].map((code) => [code, expect.anything()]),
    );
    const spent = tokenRequests(sandbox, 'refresh_token').map((form) => form.get('refresh_token'));
    expect(spent).toHaveLength(2);
    expect(new Set(spent).size).toBe(2);
    expect((await there.runWith({ env }, 'refresh', sandbox.url)).code).toBe(0);
  });
});
