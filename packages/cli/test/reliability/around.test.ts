import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createMachine } from '../harness/command.js';
import { authorizationOf, startProvider } from '../harness/provider.js';
import { reportFigures } from './figures.js';
import { createLab, expectOneRefresh, expectSuccess, leftovers, refreshCount } from './lab.js';

/* What belongs to a sign-in goes where the sign-in goes, and nowhere else. */

reportFigures('around it');

describe('logging out', () => {
  test('while another process renews: it stays logged out, and the new tokens are revoked', async () => {
    const lab = await createLab();
    lab.expire();
    lab.fault('token', { delay: 800 });
    const renewing = lab.run('token', lab.sandbox.url);
    while (refreshCount(lab.sandbox) === 0) await delay(5);
    const { code, stdout } = await lab.run('logout', lab.sandbox.url);
    const renewed = (await renewing).stdout.trim();
    expect([code, stdout]).toEqual([0, expect.stringContaining('revoked at the server')]);
    expect(existsSync(lab.file)).toBe(false);
    expect(leftovers(lab)).toEqual([]);
    expect(lab.sandbox.log.of('revoke').map(({ form }) => form.get('token'))).toContain(renewed);
    expect((await lab.run('token', lab.sandbox.url)).code).toBe(4);
    expectOneRefresh(lab);
  });

  test.each([
    [{ revocation: false }, undefined, 'not revoked, because the server offers no way to (to end it there, '],
    [{}, { status: 503 }, 'not revoked, because that failed (503; to end it there, '],
    [{}, 'reset', 'not revoked, because that failed (The connection to '],
    [{}, 'html', 'not revoked, because that failed (the server answered with a web page, and may not have'],
  ] as const)(
    'from a server %j whose answer is %j: deleted here, and what is left to do is said',
    async (options, fault, words) => {
      const lab = await createLab('plain', options);
      if (fault !== undefined) lab.fault('revoke', fault, 9);
      const { code, stdout } = await lab.run('logout', lab.sandbox.url);
      expect([code, stdout]).toEqual([0, expect.stringContaining(`deleted here, ${words}`)]);
      expect(stdout).toContain(`look for mcpass among the connected apps of ${lab.sandbox.issuer})\n`);
      expect(existsSync(lab.file)).toBe(false);
    },
  );

  test('remove takes the credentials along', async () => {
    const lab = await createLab();
    await lab.prepare('add', 'one', lab.sandbox.url);
    expectSuccess([await lab.run('token', 'one')]);
    expect((await lab.run('remove', 'one')).code).toBe(0);
    expect(readdirSync(lab.directory)).toEqual([]);
    expect(lab.sandbox.log.of('revoke')).toHaveLength(2);
  });
});

describe('a process that has to wait for another one', () => {
  test('says for whom, after a second', async () => {
    const lab = await createLab();
    lab.expire();
    lab.fault('token', { delay: 3_000 });
    const first = lab.start({}, 'token', lab.sandbox.url);
    while (refreshCount(lab.sandbox) === 0) await delay(5);
    const second = await lab.run('token', lab.sandbox.url);
    expectSuccess([await first.ended, second]);
    expect(second.stderr).toBe(`Waiting for process ${first.process.pid}, which is using this credential…\n`);
    expect(second.stdout).toBe((await first.ended).stdout);
    expectOneRefresh(lab);
  });
});

describe('a sign-in belongs to one server', () => {
  test('a URL that is edited in the configuration is a new identity', async () => {
    const lab = await createLab();
    const elsewhere = await startProvider('plain');
    lab.machine.writeConfig(`[mcp_servers.one]\nurl = ${JSON.stringify(lab.sandbox.url)}\n`);
    expectSuccess([await lab.run('token', 'one')]);
    lab.machine.writeConfig(`[mcp_servers.one]\nurl = ${JSON.stringify(elsewhere.url)}\n`);
    expect((await lab.run('token', 'one')).code).toBe(4);
    expect((await lab.run('tools', 'one')).code).toBe(4);
    expect(elsewhere.log.all.filter(({ headers }) => headers['authorization'] !== undefined)).toEqual([]);
    expect(elsewhere.log.of('token')).toEqual([]);
    // It is there when the URL comes back.
    lab.machine.writeConfig(`[mcp_servers.one]\nurl = ${JSON.stringify(lab.sandbox.url)}\n`);
    expectSuccess([await lab.run('token', 'one')]);
  });

  test('and to one issuer: a server that moves gets nothing that the old one issued', async () => {
    const lab = await createLab();
    const { grant } = lab.record();
    const old = lab.sandbox.issuer;
    await lab.sandbox.migrate();
    expect(lab.sandbox.issuer).not.toBe(old);
    // The old issuer may still renew what it issued; the new one sees none of it.
    expect((await lab.run('tools', lab.sandbox.url)).code).toBe(4);
    const status = await lab.run('status', lab.sandbox.url);
    expect([status.code, status.stdout]).toEqual([4, expect.stringContaining('renewed a moment ago')]);
    // One process has found it out for all.
    lab.refreshes();
    expect((await lab.run('tools', lab.sandbox.url)).code).toBe(4);
    expect(lab.refreshes()).toBe(0);
    lab.sandbox.log.clear();
    await lab.prepare('login', lab.sandbox.url);
    expect(lab.sandbox.log.of('register')).toHaveLength(1);
    const [exchange, ...more] = lab.sandbox.log.of('token');
    expect(more).toEqual([]);
    expect(exchange?.form.get('grant_type')).toBe('authorization_code');
    expect(authorizationOf(lab.sandbox).get('client_id')).not.toBe(grant.client.id);
    expect(lab.record().grant.issuer).toBe(lab.sandbox.issuer);
    expectSuccess([await lab.run('tools', lab.sandbox.url)]);
  });

  test('a client that was registered by hand with another issuer is an error that names both', async () => {
    const sandbox = await startProvider('pre-registered');
    const machine = createMachine({ person: 'consents' });
    const env = { SECRET: 'sandbox-secret' };
    machine.writeConfig(
      `[mcp_servers.one]\nurl = ${JSON.stringify(sandbox.url)}\n` +
        'oauth.client_id = "sandbox-client"\noauth.client_secret_env = "SECRET"\n',
    );
    expectSuccess([await machine.runWith({ env }, 'login', 'one')]);
    const old = sandbox.issuer;
    await sandbox.migrate();
    sandbox.log.clear();
    const { code, stderr } = await machine.runWith({ env }, 'login', 'one', '--force');
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(old);
    expect(stderr).toContain(sandbox.issuer);
    expect([sandbox.log.of('token'), sandbox.log.of('authorize')]).toEqual([[], []]);
  });

  test('and to one account', async () => {
    const lab = await createLab('plain', {}, ['--account', 'work']);
    const { url } = lab.sandbox;
    await lab.prepare('login', url, '--account', 'home');
    const token = async (account: string) => (await lab.run('token', url, '--account', account)).stdout;
    const [work, home] = [await token('work'), await token('home')];
    expect(work).not.toBe(home);
    expect((await lab.run('refresh', url, '--account', 'work')).code).toBe(0);
    expect(await token('work')).not.toBe(work);
    expect(await token('home')).toBe(home);
    expect((await lab.run('logout', url, '--account', 'work')).code).toBe(0);
    expect([await token('work'), await token('home')]).toEqual(['', home]);
    expect((await lab.run('token', url)).code).toBe(4);
  });

  test('of which another one is signed in: a command that finds none names it', async () => {
    const lab = await createLab('plain', {}, ['--account', 'work']);
    const { url } = lab.sandbox;
    await lab.prepare('add', 'one', url);
    for (const words of [
      ['token', 'one'],
      ['refresh', url],
      ['tools', 'one'],
      ['credential', 'export', url],
    ]) {
      const { code, stdout, stderr } = await lab.run(...words);
      expect([code, stdout], words.join(' ')).toEqual([4, '']);
      expect(stderr.split('\n')[0], words.join(' ')).toMatch(
        /^error: .*\. There is one with --account work\.$/,
      );
      expect(stderr).toMatch(/^ {2}run: {3}mcpass login /m);
      expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
    }
    expectSuccess([await lab.run('token', 'one', '--account', 'work')]);

    // Nothing to name where the one that was meant is there, or none is.
    await lab.prepare('login', url);
    expect((await lab.run('logout', url, '--account', 'work')).code).toBe(0);
    expect((await lab.run('logout', url)).code).toBe(0);
    expect((await lab.run('token', url)).stderr).not.toContain('There is one');
  });
});

interface StatusJson {
  readonly servers: readonly { readonly state: string; readonly online?: { readonly state: string } }[];
}

describe('status --online', () => {
  const online = async (lab: Awaited<ReturnType<typeof createLab>>) => {
    const { code, stdout } = await lab.run('status', lab.sandbox.url, '--online', '--json');
    const [server] = (JSON.parse(stdout) as StatusJson).servers;
    return [code, server?.state, server?.online?.state];
  };

  test('asks the server once, and says what it says', async () => {
    const lab = await createLab();
    expect(await online(lab)).toEqual([0, 'signed_in', 'accepted']);
    expect(lab.sandbox.log.paths()).toEqual(['POST /mcp']);
    expect((await lab.run('status', lab.sandbox.url, '--online')).stdout).toMatch(
      /online {2,}the server accepts it/,
    );

    lab.sandbox.revokeAccessTokens();
    expect(await online(lab)).toEqual([0, 'signed_in', 'accepted']);
    expectOneRefresh(lab);

    lab.sandbox.revokeGrants();
    expect((await lab.run('status', lab.sandbox.url)).code).toBe(0);
    expect(await online(lab)).toEqual([4, 'login_required', 'login_required']);
    const { stdout } = await lab.run('status', lab.sandbox.url, '--online');
    expect(stdout).toMatch(/online {2,}login required: /);
    expect(stdout).toContain('mcpass login');
  });

  test('leaves no session behind', async () => {
    const lab = await createLab('legacy-2025-03', { sessions: true });
    expect(await online(lab)).toEqual([0, 'signed_in', 'accepted']);
    expect(lab.sandbox.log.paths().filter((path) => path === 'DELETE /mcp')).toHaveLength(1);
    expect(lab.sandbox.log.of('mcp').at(-1)).toMatchObject({ method: 'DELETE', status: 204 });
  });

  test('asks a server of the 2024-11-05 transport by its stream', async () => {
    const lab = await createLab('plain', { eras: 'sse' });
    expect(await online(lab)).toEqual([0, 'signed_in', 'accepted']);
    lab.sandbox.revokeGrants();
    expect(await online(lab)).toEqual([4, 'login_required', 'login_required']);
  });

  test.each([
    [{ status: 503 }, 3, 'trouble'],
    [{ status: 403 }, 3, 'forbidden'],
    [{ status: 404 }, 3, 'trouble'],
    [{ status: 429 }, 3, 'trouble'],
    ['html', 3, 'trouble'],
    ['reset', 5, 'unreachable'],
  ] as const)('a server that answers %j', async (fault, code, state) => {
    const lab = await createLab();
    lab.fault('mcp', fault, 9);
    expect(await online(lab)).toEqual([code, 'signed_in', state]);
    expect(lab.record().signInNeeded).toBeUndefined();
  });
});
