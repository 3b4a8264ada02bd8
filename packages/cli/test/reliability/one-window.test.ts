import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createUser, type UserKind } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';
import { linesOf } from '../../../node/test/fixtures/lines.js';
import { createMachine, type Machine, type RunOptions, type Running } from '../harness/command.js';
import { startProvider, tokenRequests } from '../harness/provider.js';
import { expectSuccess, times } from './lab.js';

/* One sign-in per credential on a machine: others join it, take over when it dies, and hear when the person gave up. */

/** A machine whose browser only notes what it was asked to open: the test is the person. */
function createDesk() {
  const machine = createMachine({ person: 'never' });
  const log = join(machine.home, '..', 'windows.log');
  const windows = (): string[] => linesOf(log);
  const start = (...words: readonly string[]): Running => begin(machine, { limitMs: 90_000 }, words, log);
  return {
    machine,
    windows,
    start,
    /** Waits for a window and acts in the newest one. */
    async person(kind: UserKind, nth: number): Promise<void> {
      await until(() => windows().length >= nth);
      await createUser(kind).open(windows()[nth - 1] ?? '');
    },
    turns: () => {
      const directory = join(machine.home, 'data', 'sign-ins');
      return existsSync(directory) ? readdirSync(directory) : [];
    },
  };
}

function begin(machine: Machine, options: RunOptions, words: readonly string[], log: string): Running {
  return machine.start(
    { ...options, env: { SANDBOX_BROWSER_LOG: log, MCPASS_CREDENTIALS_STORE: 'plain', ...options.env } },
    ...words,
  );
}

/** A desk with a login under way, whose window is open. */
async function signingIn() {
  const sandbox = await startProvider('plain');
  const desk = createDesk();
  const first = desk.start('login', sandbox.url);
  await until(() => desk.windows().length === 1);
  return { sandbox, desk, first };
}

async function until(holds: () => boolean): Promise<void> {
  const giveUp = Date.now() + 90_000;
  while (!holds()) {
    if (Date.now() > giveUp) throw new Error('it has not come to that');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const WAITING =
  /^A sign-in to 127\.0\.0\.1:\d+ is under way in process \d+: waiting for what comes of it\.$/m;

describe('ten processes that need the same sign-in', () => {
  test.each([
    ['login', []],
    ['tools', ['--login']],
    // Whoever wants to sign in anew gets the sign-in that was made while they waited.
    ['login', ['--force']],
  ])('open one window: %s SERVER %j', async (command, more) => {
    const sandbox = await startProvider('plain');
    const desk = createDesk();
    const all = Array.from({ length: 10 }, () => desk.start(command, sandbox.url, ...more));
    await until(() => all.filter((one) => WAITING.test(one.saidSoFar())).length === 9);
    await desk.person('consents', 1);
    const ended = await Promise.all(all.map((one) => one.ended));
    expectSuccess(ended);
    expect(desk.windows()).toHaveLength(1);
    expect(sandbox.log.of('register')).toHaveLength(1);
    expect(tokenRequests(sandbox, 'authorization_code')).toHaveLength(1);
    expect(tokenRequests(sandbox, 'refresh_token')).toHaveLength(0);
    if (command === 'login') expect(ended.every(({ stdout }) => stdout.startsWith('Signed in'))).toBe(true);
    expect(desk.turns()).toEqual([]);
  });

  test('open one for each account, which do not wait for each other', async () => {
    const sandbox = await startProvider('plain');
    const desk = createDesk();
    const all = ['work', 'home'].map((account) => desk.start('login', sandbox.url, '--account', account));
    await desk.person('consents', 1);
    await desk.person('consents', 2);
    expectSuccess(await Promise.all(all.map((one) => one.ended)));
    expect(all.filter((one) => WAITING.test(one.saidSoFar()))).toEqual([]);
  });

  test('ask again only for what the first one did not ask for', async () => {
    const { sandbox, desk, first } = await signingIn();
    const second = desk.start('login', sandbox.url, '--scopes', 'mcp:extra');
    await second.said('waiting for what comes of it');
    await desk.person('consents', 1);
    await desk.person('consents', 2);
    expectSuccess([await first.ended, await second.ended]);
    const asked = sandbox.log.of('authorize').map(({ query }) => query.get('scope'));
    expect(asked).toHaveLength(2);
    expect(asked[1]).toContain('mcp:extra');
  });
});

describe('a process that waits for the sign-in of another', () => {
  test.each([
    ['is killed', 'SIGKILL'],
    ['is interrupted', 'SIGINT'],
    ['is terminated', 'SIGTERM'],
  ] as const)('takes over when that one %s', async (_, signal) => {
    const { sandbox, desk, first } = await signingIn();
    const second = desk.start('login', sandbox.url);
    await second.said('waiting for what comes of it');
    first.process.kill(signal);
    await first.ended;
    await desk.person('consents', 2);
    expectSuccess([await second.ended]);
    // The address of the first attempt is worth nothing any more.
    expect(desk.windows()[0]).not.toBe(desk.windows()[1]);
    // What was registered for it was kept.
    expect(sandbox.log.of('register')).toHaveLength(1);
  });

  test.each([
    ['refused', 'denies', []],
    ['not answered in time', 'never', ['--timeout', '4']],
  ] as const)('ends with 4 when it is %s, without a window of its own', async (_, kind, words) => {
    const sandbox = await startProvider('plain');
    const desk = createDesk();
    const first = desk.start('login', sandbox.url, ...words);
    await until(() => desk.windows().length === 1);
    const second = desk.start('login', sandbox.url);
    await second.said('waiting for what comes of it');
    if (kind === 'denies') await desk.person(kind, 1);
    expect((await first.ended).code).toBe(4);
    const { code, stderr } = await second.ended;
    expect(code).toBe(4);
    expect(stderr).toContain('The sign-in of another process ended:');
    expect(desk.windows()).toHaveLength(1);
  });

  test('waits no longer than it would for a person', async () => {
    const { sandbox, desk, first } = await signingIn();
    const { code, stderr } = await desk.start('login', sandbox.url, '--timeout', '1').ended;
    expect(code).toBe(4);
    expect(stderr).toContain(`in process ${first.process.pid} has not come to an end for 1 seconds`);
    // The first one goes on.
    await desk.person('consents', 1);
    expectSuccess([await first.ended]);
  });

  test('is in no hurry: the time of its call stands still meanwhile', async () => {
    const { sandbox, desk, first } = await signingIn();
    const hurried = ['-c', 'startup_timeout_sec=2', '-c', 'tool_timeout_sec=2'];
    const second = desk.start('tools', sandbox.url, '--login', ...hurried);
    await second.said('waiting for what comes of it');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await desk.person('consents', 1);
    expectSuccess([await first.ended, await second.ended]);
  });

  test('knows for whom it waits when that one has been followed by another', async () => {
    const { sandbox, desk, first } = await signingIn();
    const others = [desk.start('login', sandbox.url), desk.start('login', sandbox.url)];
    await Promise.all(others.map((one) => one.said('waiting for what comes of it')));
    first.process.kill('SIGKILL');
    await until(() => desk.windows().length === 2);
    const holder = others.find((one) => one.saidSoFar().includes('Open this address'));
    const last = others.find((one) => one !== holder);
    await last?.said(`in process ${holder?.process.pid}:`);
    await desk.person('consents', 2);
    expectSuccess(await Promise.all(others.map((one) => one.ended)));
  });

  test('waits for nobody where the sign-in is not kept for others', async () => {
    const { sandbox, desk, first } = await signingIn();
    const second = begin(
      desk.machine,
      { env: { MCPASS_CREDENTIALS_STORE: 'memory' }, limitMs: 90_000 },
      ['tools', sandbox.url, '--login'],
      join(desk.machine.home, '..', 'windows.log'),
    );
    await desk.person('consents', 2);
    expectSuccess([await second.ended]);
    await desk.person('consents', 1);
    expectSuccess([await first.ended]);
  });

  test('can be interrupted', async () => {
    const { sandbox, desk, first } = await signingIn();
    const second = desk.start('login', sandbox.url);
    await second.said('waiting for what comes of it');
    second.process.kill('SIGINT');
    expect((await second.ended).code).toBe(130);
    await desk.person('consents', 1);
    expectSuccess([await first.ended]);
  });
});

describe('after a person has refused', () => {
  test('nothing opens a window unasked, and login does', async () => {
    const sandbox = await startProvider('plain');
    const desk = createDesk();
    const refused = desk.start('tools', sandbox.url, '--login');
    await desk.person('denies', 1);
    expect((await refused.ended).code).toBe(4);

    const again = await times(3, () => desk.start('tools', sandbox.url, '--login').ended);
    for (const { code, stderr } of again) {
      expect(code).toBe(4);
      expect(stderr).toMatch(/A sign-in was given up \d+ s ago, and none is begun unasked/);
      expect(stderr).toContain(`mcpass login ${sandbox.url}`);
    }
    expect(desk.windows()).toHaveLength(1);
    const { stdout } = await desk.start('status', sandbox.url).ended;
    expect(stdout).toMatch(/sign-in\s+given up \d+ s ago: /);

    const asked = desk.start('login', sandbox.url);
    await desk.person('consents', 2);
    expectSuccess([await asked.ended]);
    expect((await desk.start('status', sandbox.url).ended).stdout).not.toContain('given up');
  });
});

describe('a host that starts and stops its bridge several times in a few seconds', () => {
  test('sees no window before the first call, and one then', async () => {
    const sandbox = await startProvider('plain');
    const desk = createDesk();
    const host = () =>
      begin(
        desk.machine,
        { keepInput: true, limitMs: 90_000 },
        ['bridge', sandbox.url, '--login=browser'],
        join(desk.machine.home, '..', 'windows.log'),
      );
    for (let round = 0; round < 4; round += 1) {
      const bridge = host();
      bridge.process.stdin.write(initialize);
      await new Promise((resolve) => setTimeout(resolve, 300));
      bridge.process.kill(round % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
      await bridge.ended;
    }
    expect(desk.windows()).toEqual([]);
    const bridge = host();
    bridge.process.stdin.write(initialize);
    bridge.process.stdin.write(
      `${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} })}\n`,
    );
    await desk.person('consents', 1);
    const answer = await new Promise<string>((resolve) => {
      let out = '';
      bridge.process.stdout.on('data', (text: string) => {
        out += text;
        if (/"id":2\b/.test(out)) resolve(out);
      });
    });
    expect(answer).toContain('"tools"');
    expect(desk.windows()).toHaveLength(1);
    bridge.process.stdin.end();
    await bridge.ended;
  });
});

const initialize = `${JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'host', version: '1' } },
})}\n`;
