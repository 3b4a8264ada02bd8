import { describe, expect, test } from 'vitest';
import { createMachine, type Machine } from './harness/command.js';
import { startHost } from './harness/host.js';
import {
  type ProtectedServerOptions,
  type Received,
  startAuthorizationServer,
  startProtectedServer,
} from './harness/protected-server.js';

/* One refused request is not the end of a sign-in: through the command as people run it. */

const CHALLENGES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['with invalid_token', { 'www-authenticate': 'Bearer error="invalid_token"' }],
  ['with a bare challenge', { 'www-authenticate': 'Bearer' }],
  ['without a challenge', {}],
];

async function signedInTo(
  odd: ProtectedServerOptions['odd'] & {},
  { tokens, sessions = true }: { tokens?: object; sessions?: boolean } = {},
) {
  const issuer = await startAuthorizationServer();
  if (tokens !== undefined) issuer.tokens(tokens);
  const server = await startProtectedServer({ issuer: issuer.origin, odd, sessions });
  const machine = createMachine({ person: 'consents' });
  machine.writeConfig(`[mcp_servers.one]\nurl = "${server.url}"\n`);
  const login = await machine.run('login', 'one');
  expect(login.code, login.stderr).toBe(0);
  return { issuer, server, machine };
}

const isCallOf = (tool: string, { body }: Received): boolean =>
  body.includes('"tools/call"') && body.includes(`"name":"${tool}"`);

async function expectAlive(machine: Machine): Promise<void> {
  const call = await machine.run('call', 'one', 't');
  expect([call.code, call.stdout], call.stderr).toEqual([0, 'ok\n']);
  const status = await machine.run('status', 'one', '--json');
  expect(status.code).toBe(0);
  expect(status.json()).toMatchObject({ servers: [{ state: 'signed_in' }] });
  expect((await machine.run('token', 'one')).code).toBe(0);
}

describe.each(CHALLENGES)('a server that refuses %s', (_, headers) => {
  const refuse = (response: Parameters<ProtectedServerOptions['odd'] & {}>[1], words = '') =>
    response.writeHead(401, headers).end(words);

  // A sign-in asks by the first too; each call asks by both.
  test.each([
    ['GET', 3],
    ['DELETE', 2],
  ])('every %s keeps its sign-in', async (http, refusals) => {
    const { issuer, server, machine } = await signedInTo((one, response) =>
      one.http === http ? refuse(response) : undefined,
    );
    for (let times = 0; times < 2; times += 1) await expectAlive(machine);
    expect(issuer.at('/token')).toHaveLength(1);
    expect(server.received.filter((one) => one.http === http)).toHaveLength(refusals);
  });

  test('one tool says why, and keeps its sign-in', async () => {
    const { issuer, machine } = await signedInTo(
      (one, response) =>
        isCallOf('t', one) && one.body.includes('"bad"') ? refuse(response, 'not on this plan') : undefined,
      { sessions: false },
    );
    for (let times = 0; times < 2; times += 1) {
      const bad = await machine.run('call', 'one', 't', 'way=bad');
      expect(bad.code).toBe(3);
      expect(bad.stderr).toContain('not on this plan');
      expect(bad.stderr).not.toContain('mcpass login');
      await expectAlive(machine);
    }
    // Renewed once, in case it had been revoked.
    expect(issuer.at('/token')).toHaveLength(2);
  });
});

describe('behind a bridge', () => {
  test.each(['GET', 'DELETE'])('a refused %s ends neither this bridge nor the next one', async (http) => {
    const { server, machine } = await signedInTo((one, response) =>
      one.http === http
        ? response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end()
        : undefined,
    );
    for (let bridges = 0; bridges < 2; bridges += 1) {
      const host = await startHost(machine, 'one');
      expect(await host.tool('t')).toBe('ok');
      await expect.poll(() => server.received.some((one) => one.http === 'GET')).toBe(true);
      expect(await host.tool('t')).toBe('ok');
      expect(await host.leave()).toBe(0);
      expect(host.said()).not.toContain('mcpass login');
    }
    await expectAlive(machine);
  });

  test('a refused tool fails alone, however often, and in the next bridge too', async () => {
    const { issuer, machine } = await signedInTo(
      (one, response) => (one.body.includes('"bad"') ? response.writeHead(401).end('not you') : undefined),
      { sessions: false },
    );
    for (let bridges = 0; bridges < 2; bridges += 1) {
      const host = await startHost(machine, 'one');
      for (let times = 0; times < 3; times += 1) {
        expect(await host.tool('bad')).toContain('not you');
        expect(await host.tool('t')).toBe('ok');
      }
      expect(await host.leave()).toBe(0);
      expect(host.said()).not.toContain('mcpass login');
    }
    await expectAlive(machine);
    expect(issuer.at('/token')).toHaveLength(2);
  });
});

test('one tool is refused though the sign-in cannot be renewed, and everything else goes on', async () => {
  const { machine } = await signedInTo(
    (one, response) => (one.body.includes('"bad"') ? response.writeHead(401).end('not you') : undefined),
    { tokens: { refresh_token: undefined }, sessions: false },
  );
  const bad = await machine.run('call', 'one', 't', 'way=bad');
  expect([bad.code, bad.stderr]).toEqual([3, expect.stringContaining('not you')]);
  await expectAlive(machine);
});

test('a token that was revoked and cannot be renewed still leads to the command to run', async () => {
  let revoked = false;
  const { machine } = await signedInTo(
    (_, response) => (revoked ? response.writeHead(401).end() : undefined),
    { tokens: { refresh_token: undefined } },
  );
  await expectAlive(machine);
  revoked = true;
  const call = await machine.run('call', 'one', 't');
  expect([call.code, call.stderr]).toEqual([4, expect.stringContaining('mcpass login one')]);
  expect((await machine.run('status', 'one')).code).toBe(4);
  const token = await machine.run('token', 'one');
  expect([token.code, token.stdout]).toEqual([4, '']);
});

test('a server that accepts nothing is in doubt in time: it says when it is tried again, and heals at once', async () => {
  let away = true;
  const { issuer, machine } = await signedInTo((_, response) =>
    away ? response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end() : undefined,
  );
  const call = await machine.run('call', 'one', 't');
  expect(call.code).toBe(4);
  expect(call.stderr).toMatch(
    /a token that was renewed a moment ago: "invalid_token"\. The next renewal is tried in \d+ s\./,
  );
  const status = await machine.run('status', 'one');
  expect(status.code).toBe(4);
  expect(status.stdout).toMatch(/^ {2}expires +in doubt: the server refused it/m);
  expect(status.stdout).toMatch(/^ {2}next +at the next use; renewed again after \d{4}\S+ \(in \d+ s\)$/m);
  expect(status.stdout).not.toMatch(/can no longer be renewed|sign in again/);
  const json = (await machine.run('status', 'one', '--json')).json();
  expect(json).toMatchObject({
    servers: [
      {
        state: 'login_required',
        renewable: true,
        lastRefresh: { nextAttemptAt: expect.any(String) as string },
      },
    ],
  });
  const token = await machine.run('token', 'one');
  expect([token.code, token.stdout]).toEqual([4, '']);
  const renewals = issuer.at('/token').length;
  expect((await machine.run('call', 'one', 't')).code).toBe(4);
  expect(issuer.at('/token')).toHaveLength(renewals);
  away = false;
  await expectAlive(machine);
  expect(issuer.at('/token')).toHaveLength(renewals);
});
