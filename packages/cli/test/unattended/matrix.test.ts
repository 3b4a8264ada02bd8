import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, Sandbox, SandboxOptions } from '@mcpass/sandbox';
import { afterAll, describe, expect, test } from 'vitest';
import type { Host } from '../harness/host.js';
import { startProvider } from '../harness/provider.js';
import { factor } from '../reliability/figures.js';
import { createUnattended, type UnattendedMachine } from './machine.js';

/*
 * Each grant without a person, through everything that becomes of a token, by the command and by the bridge: how many token
 * requests the server saw in each cell.
 */

interface Row {
  readonly name: string;
  readonly profile: 'machine' | 'machine-jwt' | 'workload' | 'enterprise';
  readonly lines: (directory: string, sandbox: Sandbox) => readonly string[];
  readonly options?: SandboxOptions;
  /** Lays down the first, or another, secret of the machine. */
  readonly rotate: (directory: string, sandbox: Sandbox) => Promise<void> | void;
  /** What the server says when it wants the machine no more, and what the command ends with. */
  readonly refusal: { readonly error: string; readonly status: number; readonly code: number };
  /** Requests that a refusal costs: a secret is sent in the other way, too, before it is believed to be wrong. */
  readonly refusedAfter: number;
}

const machineClient = (more: Partial<Client>): Client => ({
  id: 'sandbox-machine',
  name: 'machine',
  redirectUris: [],
  authMethod: 'private_key_jwt',
  ...more,
});
const withSecret: { -readonly [K in keyof Client]: Client[K] } = machineClient({
  authMethod: 'client_secret_basic',
});
let secrets = 0;
const pairs = [1, 2, 3].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
let signedWith = 0;

const CREDENTIALS = ['oauth.grant = "client_credentials"', 'oauth.client_id = "sandbox-machine"'];
const ROWS: readonly Row[] = [
  {
    name: 'client credentials, a secret',
    profile: 'machine',
    options: { staticClients: [withSecret] },
    lines: (directory) => [...CREDENTIALS, `oauth.client_secret_file = "${directory}/secret"`],
    rotate(directory) {
      withSecret.secret = `secret-${(secrets += 1)}`;
      writeFileSync(join(directory, 'secret'), withSecret.secret, { mode: 0o600 });
    },
    refusal: { error: 'invalid_client', status: 401, code: 3 },
    refusedAfter: 2,
  },
  {
    name: 'client credentials, a key',
    profile: 'machine-jwt',
    options: {
      staticClients: [
        machineClient({
          keys: { keys: pairs.map(({ publicKey }, at) => ({ ...jwk(publicKey), kid: `k${at}` })) },
        }),
      ],
    },
    lines: (directory) => [...CREDENTIALS, `oauth.private_key_file = "${directory}/key.json"`],
    rotate(directory) {
      signedWith = (signedWith + 1) % pairs.length;
      const key = { ...jwk(pairs[signedWith]?.privateKey), kid: `k${signedWith}` };
      writeFileSync(join(directory, 'key.json'), JSON.stringify(key), { mode: 0o600 });
    },
    refusal: { error: 'invalid_client', status: 401, code: 3 },
    refusedAfter: 1,
  },
  {
    name: "a workload's token",
    profile: 'workload',
    lines: (directory) => ['oauth.grant = "jwt_bearer"', `oauth.assertion_file = "${directory}/token"`],
    async rotate(directory, sandbox) {
      writeFileSync(join(directory, 'token'), await sandbox.workloadToken());
    },
    refusal: { error: 'invalid_grant', status: 400, code: 4 },
    refusedAfter: 1,
  },
  {
    name: "an organisation's identity provider",
    profile: 'enterprise',
    lines: (directory, sandbox) => [
      'oauth.grant = "enterprise"',
      'oauth.idp = "desk"',
      'oauth.client_id = "sandbox-agent"',
      `oauth.client_secret_file = "${directory}/secret"`,
      '[identity_providers.desk]',
      `issuer = "${sandbox.identityProvider}"`,
      'client_id = "sandbox-desk"',
      `client_secret_file = "${directory}/desk-secret"`,
      `id_token_file = "${directory}/id-token"`,
    ],
    async rotate(directory, sandbox) {
      writeFileSync(join(directory, 'secret'), 'sandbox-secret', { mode: 0o600 });
      writeFileSync(join(directory, 'desk-secret'), 'sandbox-desk-secret', { mode: 0o600 });
      writeFileSync(join(directory, 'id-token'), await sandbox.idToken(), { mode: 0o600 });
    },
    refusal: { error: 'invalid_grant', status: 400, code: 4 },
    refusedAfter: 1,
  },
];

function jwk(key: ReturnType<typeof generateKeyPairSync>['publicKey'] | undefined) {
  return key?.export({ format: 'jwk' }) as { kty: string };
}

/** Milliseconds in which a server that refused is left alone, and a little more. */
const PAUSE_MS = 3_100;

const COLUMNS = ['first token', 'expiry', '20 at once', 'refusal', 'network', 'rotation', 'logout'] as const;
type Column = (typeof COLUMNS)[number];
const table: string[][] = [['', ...COLUMNS]];
afterAll(() => {
  const widths = (table[0] ?? []).map((_, at) => Math.max(...table.map((cells) => (cells[at] ?? '').length)));
  for (const cells of table)
    process.stdout.write(`${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}\n`);
});

/** One line of the table: what each cell came to. */
async function walk(
  row: Row,
  way: 'command' | 'bridge',
  use: (cells: Cells) => Promise<void>,
): Promise<void> {
  const sandbox = await startProvider(row.profile, row.options);
  const machine = createUnattended((directory) => [
    `url = "${sandbox.url}"`,
    ...row.lines(directory, sandbox),
  ]);
  await row.rotate(machine.directory, sandbox);
  const found = new Map<Column, number>();
  await use({
    sandbox,
    machine,
    rotate: async () => row.rotate(machine.directory, sandbox),
    async cell(column, wanted, work) {
      const before = sandbox.log.of('token').length;
      await work();
      const requests = sandbox.log.of('token').length - before;
      found.set(column, requests);
      expect([column, requests]).toEqual([column, wanted]);
    },
  });
  expect(sandbox.log.of('authorize')).toEqual([]);
  table.push([`${row.name}, ${way}`, ...COLUMNS.map((column) => String(found.get(column) ?? '-'))]);
}

interface Cells {
  readonly sandbox: Sandbox;
  readonly machine: UnattendedMachine;
  rotate(): Promise<void>;
  /** Does something that must cost so many token requests. */
  cell(column: Column, wanted: number, work: () => Promise<void>): Promise<void>;
}

describe.each(ROWS)('$name', (row) => {
  const { refusal, refusedAfter } = row;
  const body = JSON.stringify({ error: refusal.error, error_description: 'not welcome any more' });
  const refuse = (sandbox: Sandbox) => sandbox.fault('token', { status: refusal.status, body }, refusedAfter);
  const many = row.profile === 'machine' || factor > 1 ? 20 : 5;

  test('by the command', async () => {
    await walk(row, 'command', async ({ sandbox, machine, rotate, cell }) => {
      const { run, expire } = machine;
      const token = async (code = 0) => {
        const ended = await run('token', 'm');
        expect(ended.code, ended.stderr).toBe(code);
        // Whoever waits for another process may say so.
        return code === 0 ? ended.stdout : ended.stderr;
      };
      await cell('first token', 1, async () => void (await token()));
      expire();
      await cell('expiry', 1, async () => void (await token()));
      expire();
      sandbox.fault('token', { delay: 300 });
      await cell('20 at once', 1, async () => {
        const tokens = await Promise.all(Array.from({ length: many }, () => token()));
        expect(new Set(tokens).size).toBe(1);
      });
      expire();
      refuse(sandbox);
      await cell('refusal', refusedAfter, async () => {
        expect(await token(refusal.code)).toContain('not welcome any more');
      });
      sandbox.fault('token', 'reset');
      await cell('network', 2, async () => {
        expect((await run('login', 'm', '--force')).code).toBe(5);
        expect((await run('login', 'm', '--force')).code).toBe(0);
      });
      await rotate();
      expire();
      await cell('rotation', 1, async () => void (await token()));
      await cell('logout', 1, async () => {
        expect((await run('logout', 'm')).stdout).toContain('revoked at the server');
        await token();
      });
    });
  });

  test('by the bridge', async () => {
    await walk(row, 'bridge', async ({ sandbox, machine, rotate, cell }) => {
      let host: Host | undefined;
      const works = async () => expect(await host?.tool('whoami')).toMatch(/sandbox-machine|reporter|ada@/);
      await cell('first token', 1, async () => {
        host = await machine.host();
        await works();
      });
      sandbox.expireAccessTokens();
      await cell('expiry', 1, works);
      sandbox.revokeAccessTokens();
      sandbox.fault('token', { delay: 300 });
      await cell('20 at once', 1, async () => void (await Promise.all(Array.from({ length: 20 }, works))));
      sandbox.revokeAccessTokens();
      refuse(sandbox);
      // A request that was let in a moment ago speaks for the token: the caller hears what the MCP server says.
      await cell('refusal', refusedAfter + 1, async () => {
        expect(await host?.tool('whoami')).toContain('401');
        // What the configuration can put right is tried again at once.
        if (row.refusal.code === 4) await delay(PAUSE_MS);
        await works();
      });
      sandbox.revokeAccessTokens();
      // For an answer that was lost the request is made once more.
      sandbox.fault('token', 'reset', 2);
      await cell('network', 3, async () => {
        expect(await host?.tool('whoami')).toContain('401');
        await delay(PAUSE_MS);
        await works();
      });
      await rotate();
      sandbox.revokeAccessTokens();
      await cell('rotation', 1, works);
      await cell('logout', 1, async () => {
        expect((await machine.run('logout', 'm')).code).toBe(0);
        await works();
      });
      expect(await host?.leave()).toBe(0);
    });
  });
});
