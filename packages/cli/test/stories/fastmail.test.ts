import { describe, expect, test } from 'vitest';
import { clockAt } from '../harness/clock.js';
import { createMachine, type Ended, type Machine } from '../harness/command.js';
import { authorizationOf, registeredScopes, startProvider } from '../harness/provider.js';

/*
 * Fastmail refuses a registration that names no scope, and every scope beyond those that were registered. So the scopes
 * are decided once and the same text goes into both requests, whoever named them.
 */

const SCOPES = ['https://www.fastmail.com/dev/mcp', 'offline_access'];
const SCOPE = SCOPES.join(' ');
const LIST = SCOPES.join(',');

type Sign = (machine: Machine, url: string) => Promise<Ended>;

const ways: readonly (readonly [string, Sign])[] = [
  [
    'scopes after the server',
    async (machine, url) => {
      await machine.prepare('add', 'fastmail', url);
      return machine.run('login', 'fastmail', '--scopes', LIST);
    },
  ],
  [
    'scopes before the server',
    async (machine, url) => {
      await machine.prepare('add', 'fastmail', url);
      return machine.run('login', '--scopes', LIST, 'fastmail');
    },
  ],
  [
    '--scopes= with a space between',
    async (machine, url) => {
      await machine.prepare('add', 'fastmail', url);
      return machine.run('login', `--scopes=${SCOPE}`, 'fastmail');
    },
  ],
  [
    '--scopes twice',
    async (machine, url) => {
      await machine.prepare('add', 'fastmail', url);
      return machine.run('login', '--scopes', SCOPES[0] ?? '', 'fastmail', '--scopes', SCOPES[1] ?? '');
    },
  ],
  [
    'scopes by -c',
    async (machine, url) => {
      await machine.prepare('add', 'fastmail', url);
      return machine.run('login', 'fastmail', '-c', `mcp_servers.fastmail.scopes=${JSON.stringify(SCOPES)}`);
    },
  ],
  [
    'scopes by -c before the command',
    async (machine, url) => {
      await machine.prepare('add', 'fastmail', url);
      return machine.run('-c', `mcp_servers.fastmail.scopes=${JSON.stringify(SCOPES)}`, 'login', 'fastmail');
    },
  ],
  [
    'scopes in the configuration file',
    (machine, url) => {
      machine.writeConfig(`[mcp_servers.fastmail]\nurl = "${url}"\nscopes = ${JSON.stringify(SCOPES)}\n`);
      return machine.run('login', 'fastmail');
    },
  ],
  ['scopes given to add', (machine, url) => machine.run('add', 'fastmail', url, '--scopes', LIST, '--login')],
  [
    "no scopes: the challenge's, and offline_access because the server lists it",
    async (machine, url) => {
      await machine.prepare('add', 'fastmail', url);
      return machine.run('login', 'fastmail');
    },
  ],
  ['a URL and no configuration', (machine, url) => machine.run('login', url)],
];

describe('the same scopes go into the registration and the authorization request', () => {
  test.each(ways)('%s', async (_, signIn) => {
    const sandbox = await startProvider('fastmail');
    const machine = createMachine({ person: 'consents' });
    const { code, stdout, stderr } = await signIn(machine, sandbox.url);
    expect(code, stderr).toBe(0);
    // The server takes only `localhost`, so that the first attempt is refused; every one names the scopes.
    expect(new Set(registeredScopes(sandbox))).toEqual(new Set([SCOPE]));
    expect(sandbox.log.of('register').at(-1)?.status).toBe(201);
    expect(authorizationOf(sandbox).getAll('scope')).toEqual([SCOPE]);
    expect(stdout).toContain(`scopes   ${SCOPE}`);
    expect(stdout).toContain('renews by itself');
  });
});

test('without offline_access there is no refresh token, and login says when to sign in again', async () => {
  const sandbox = await startProvider('fastmail');
  const machine = createMachine({ person: 'consents' });
  const { code, stdout } = await machine.run('login', sandbox.url, '-c', 'offline_access="never"');
  expect(code).toBe(0);
  expect(new Set(registeredScopes(sandbox))).toEqual(new Set([SCOPES[0]]));
  // The date is there when that is another day.
  expect(stdout).toMatch(
    /expires {2}in \d+ min \(no refresh token was given: sign in again at (?:\d{4}-\d\d-\d\d )?\d\d:\d\d\)/,
  );
});

test.each([
  ['before midnight', 'UTC', '2026-02-28T23:40:05Z', '2026-03-01 00:40'],
  ['when summer time begins', 'Europe/Berlin', '2026-03-29T00:40:05Z', '03:40'],
])('and does so by the clock on the wall: %s', async (_, zone, at, text) => {
  const sandbox = await startProvider('fastmail');
  const machine = createMachine({ person: 'consents' });
  const env = { TZ: zone, ...clockAt(at) };
  const login = await machine.runWith({ env }, 'login', sandbox.url, '-c', 'offline_access="never"');
  expect(login.code, login.stderr).toBe(0);
  expect(login.stdout).toContain(`sign in again at ${text})`);
});

test("a registration that is refused is told in the provider's own words", async () => {
  const sandbox = await startProvider('fastmail', { challengeScope: undefined, resourceScopes: undefined });
  const machine = createMachine({ person: 'consents' });
  const { code, stdout, stderr } = await machine.run('login', sandbox.url, '-c', 'offline_access="never"');
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toContain('invalid_request no scope');
  expect(stderr).toContain('step:  client');
  expect(sandbox.log.of('authorize')).toEqual([]);
});
