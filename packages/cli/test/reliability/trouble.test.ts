import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';
import { canMount, FULL, READ_ONLY, runOnDisk } from '../harness/disk.js';
import { figures, reportFigures } from './figures.js';
import { createLab, expectSuccess, type Lab, refreshCount, times } from './lab.js';

/* Good credentials were deleted because a network was down. Here nothing is, and everybody hears why there is no token. */

reportFigures('trouble');

interface Trouble {
  readonly exitCode: 3 | 5;
  /** Requests of one attempt. */
  readonly requests: number;
  readonly fault?: Fault;
  /** A token endpoint that nobody is behind. */
  readonly endpoint?: () => Promise<string>;
}

const TROUBLES: Readonly<Record<string, Trouble>> = {
  '429 with Retry-After': { exitCode: 3, requests: 1, fault: { status: 429, retryAfter: 120 } },
  '500': { exitCode: 3, requests: 1, fault: { status: 500 } },
  '502 with a page': { exitCode: 3, requests: 1, fault: { status: 502, body: '<html>Bad gateway</html>' } },
  'a web page': { exitCode: 3, requests: 1, fault: 'html' },
  '400 with text': { exitCode: 3, requests: 1, fault: { status: 400, body: 'Bad request' } },
  '403 with a page': { exitCode: 3, requests: 1, fault: { status: 403, body: '<html>Blocked</html>' } },
  'a broken connection': { exitCode: 5, requests: 2, fault: 'reset' },
  'a name that is unknown': {
    exitCode: 5,
    requests: 0,
    endpoint: () => Promise.resolve('https://nobody.invalid/token'),
  },
  'a refused connection': {
    exitCode: 5,
    requests: 0,
    endpoint: async () => `http://127.0.0.1:${await closedPort()}/token`,
  },
};

/** A port that was free a moment ago. Not one of those that `fetch` itself refuses. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function strike(lab: Lab, { fault, endpoint }: Trouble): Promise<void> {
  if (fault !== undefined) lab.fault('token', fault, 99);
  if (endpoint === undefined) return;
  figures.faults += 1;
  const token = await endpoint();
  // The whole server is out of reach, and not just this address of it.
  const issuer = new URL(token).origin;
  lab.rewrite(({ grant, ...rest }) => ({
    ...rest,
    grant: { ...grant, issuer, endpoints: { ...grant.endpoints, token } },
  }));
}

interface StatusJson {
  readonly servers: readonly [
    {
      readonly state: string;
      readonly lastRefresh?: {
        readonly outcome: string;
        readonly detail: string;
        readonly nextAttemptAt: string;
      };
    },
  ];
}

describe.each(Object.entries(TROUBLES))('%s while refreshing', (_, trouble) => {
  test('keeps everything; the token is used while it lives; then why and until when is said', async () => {
    const lab = await createLab();
    lab.age();
    await strike(lab, trouble);
    const { grant } = lab.record();
    const first = await lab.run('token', lab.sandbox.url);
    expect([first.code, first.stdout.trim()]).toEqual([0, grant.tokens.access.reveal()]);
    expect(lab.record().grant).toEqual(grant);
    const requests = lab.refreshes();
    expect(requests).toBe(trouble.requests);

    const status = await lab.run('status', lab.sandbox.url, '--json');
    const [server] = (status.json() as StatusJson).servers;
    expect(server).toMatchObject({ state: 'signed_in', lastRefresh: { outcome: 'failed' } });
    expect(Date.parse(server.lastRefresh?.nextAttemptAt ?? '')).toBeGreaterThan(Date.now() - 10_000);
    expect((await lab.run('status', lab.sandbox.url)).stdout).toMatch(/refreshed {2}.*in vain: /);

    // With a dead token the first one hears as much as those who come during the pause.
    lab.expire();
    lab.rewrite((record) => {
      const { lastRefresh: _, ...before } = record;
      return before;
    });
    const early = await lab.run('token', lab.sandbox.url);
    expect([early.code, early.stdout]).toEqual([trouble.exitCode, '']);
    expect(early.stderr).toMatch(/^ {2}do: {4}try again in \d+ s; the sign-in is kept$/m);
    expect(lab.refreshes()).toBe(trouble.requests);

    // The pause is written down for everybody; make it last, so that a slow machine does not outlive it.
    lab.rewrite((record) => ({
      ...record,
      ...(record.lastRefresh && {
        lastRefresh: { ...record.lastRefresh, nextAtS: Math.floor(Date.now() / 1000) + 100 },
      }),
    }));
    const late = await lab.run('token', lab.sandbox.url, '--json');
    expect([late.code, late.stdout]).toEqual([trouble.exitCode, '']);
    expect(late.error()).toMatchObject({
      step: 'refresh',
      hint: expect.stringContaining('the sign-in is kept'),
    });
    expect(late.error()['message']).toMatch(/The next attempt is made in \d+ s\.$/);
    expect(lab.refreshes()).toBe(0);
    expect(lab.record().grant.tokens.refresh?.equals(grant.tokens.refresh)).toBe(true);
  });
});

test('many processes that find the server in trouble: one asks, all say when to come back', async () => {
  const lab = await createLab();
  lab.expire();
  lab.fault('token', { status: 503, retryAfter: 60 }, 99);
  const ended = await times(20, () => lab.run('token', lab.sandbox.url));
  expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 3));
  expect(lab.refreshes()).toBe(1);
  for (const { stderr } of ended)
    expect(stderr).toMatch(/try again in (?:6[01]|[1-5]?\d) s; the sign-in is kept/);

  // The server is well again: a person may say so, and everything goes on.
  lab.sandbox.fault('token', { status: 503 }, 0);
  expectSuccess([await lab.run('refresh', lab.sandbox.url)]);
  expectSuccess([await lab.run('token', lab.sandbox.url)]);
  expect((await lab.run('status', lab.sandbox.url)).stdout).toMatch(/refreshed {2}\d+ s ago, with success/);
});

test('a token that could not be stored after all: nobody says that the sign-in is kept', async () => {
  const lab = await createLab();
  lab.expire();
  lab.fault('token', { delay: 1_500 });
  const renewing = lab.run('token', lab.sandbox.url);
  while (refreshCount(lab.sandbox) === 0) await delay(5);
  // Somebody who knows no locks, as on some network file systems.
  lab.rewrite((record) => ({ ...record, generation: record.generation + 1 }));
  const { code, stdout, stderr } = await renewing;
  expect([code, stdout]).toEqual([6, '']);
  expect(stderr).toContain('its answer could not be kept: a new sign-in may be needed.');
  expect(stderr).toMatch(/^ {2}do: {4}try again later$/m);
});

test('a grant that is over: said once, with the command; nobody asks again', async () => {
  const lab = await createLab();
  lab.sandbox.revokeGrants();
  lab.expire();
  const ended = await times(5, () => lab.run('token', lab.sandbox.url));
  expect(ended.map(({ code }) => code)).toEqual([4, 4, 4, 4, 4]);
  expect(lab.refreshes()).toBe(1);
  const status = await lab.run('status', lab.sandbox.url);
  expect(status.code).toBe(4);
  expect(status.stdout).toMatch(/refreshed {2}.*refused.*invalid_grant/);
  expect(status.stdout).toContain('mcpass login');
});

test.each([
  ['that is forgotten', (lab: Lab) => lab.sandbox.forgetClients()],
  [
    'that may not renew any more',
    (lab: Lab) => lab.fault('token', { status: 400, body: '{"error":"unauthorized_client"}' }),
  ],
])('a client %s: the next login registers again', async (_, befall) => {
  const lab = await createLab();
  befall(lab);
  lab.expire();
  expect((await lab.run('token', lab.sandbox.url)).code).toBe(4);
  expect((await lab.run('status', lab.sandbox.url)).stdout).toContain('no longer knows this client');
  await lab.prepare('login', lab.sandbox.url);
  expect(lab.sandbox.log.of('register')).toHaveLength(1);
  expectSuccess([await lab.run('token', lab.sandbox.url)]);
});

describe.skipIf(process.platform === 'win32')('a disk that takes nothing', () => {
  const disks = canMount ? [FULL, READ_ONLY] : [FULL];

  test.each(disks)('$name: is said before the refresh token is spent', async (disk) => {
    const lab = await createLab('plain', { rotation: 'revoke-family' });
    const run = (...words: readonly string[]) => {
      figures.processes += 1;
      return runOnDisk(disk, lab.machine, ...words);
    };
    lab.expire();
    const before = readFileSync(lab.file, 'utf8');
    const { code, stdout, stderr } = await run('token', lab.sandbox.url);
    expect([code, stdout]).toEqual([6, '']);
    expect(stderr).toContain(disk.words);
    expect(stderr).toContain(lab.directory);
    expect(lab.refreshes()).toBe(0);
    expect(readFileSync(lab.file, 'utf8')).toBe(before);

    // A token that lives is no worse for it.
    lab.age();
    const living = await run('token', lab.sandbox.url);
    expect([living.code, living.stdout.trim()]).toEqual([0, lab.record().grant.tokens.access.reveal()]);
    // No record could tell of it, so the command does.
    expect(living.stderr).toMatch(/^warning: the sign-in was not renewed; this token ends in \d+ s\. /);
    expect(living.stderr).toContain(disk.words);
    expect(lab.refreshes()).toBe(0);

    lab.expire();
    expectSuccess([await lab.run('token', lab.sandbox.url)]);
    expect(lab.refreshes()).toBe(1);
  });
});
