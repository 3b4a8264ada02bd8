import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linesOf } from '../../node/test/fixtures/lines.js';
import { createMachine, modern, pause, startServer, textOf } from './support/bridge.js';

/* One sign-in for everybody: never a browser unasked, never a call lost or doubled over a token. */

const granted = (server: Awaited<ReturnType<typeof startServer>>, type: string) =>
  server.log.of('token').filter(({ form }) => form.get('grant_type') === type);

const browsed = (log: string): number => linesOf(log).length;

const echo = (text: string) => ({ name: 'echo', arguments: { text } });

describe('where a sign-in is needed', () => {
  test('the host starts at once, hears the command, and goes on by itself when it was run', async () => {
    const server = await startServer({ sessions: true });
    const machine = createMachine();
    machine.config(`[mcp_servers.mail]\nurl = "${server.url}"\n`);
    const host = machine.bridge('mail');
    const hello = await host.initialize();
    expect(hello.result?.['capabilities']).toMatchObject({ tools: { listChanged: true } });
    for (const [method, params] of [
      ['tools/list', {}],
      ['tools/call', echo('x')],
    ] as const) {
      const { error } = await host.call(method, params);
      expect(error?.message).toContain('mcpass login mail');
      expect(error?.data).toMatchObject({ code: 'login_required', command: 'mcpass login mail' });
    }
    expect(host.stderr()).toMatch(/^mcpass bridge mail: .*Run: mcpass login mail$/m);
    expect(browsed(machine.browserLog)).toBe(0);
    // One question to the server, however many calls.
    expect(server.log.of('mcp')).toHaveLength(1);

    await machine.run('login', 'mail');
    await host.next(({ method }) => method === 'notifications/tools/list_changed');
    expect(textOf(await host.call('tools/call', echo('hello')))).toBe('hello');
    expect(host.stderr()).toContain('signed in');
    expect(server.log.of('register')).toHaveLength(1);
    expect(browsed(machine.browserLog)).toBe(1);
  });

  test('a host without a handshake hears it too, through its subscription', async () => {
    const server = await startServer({ eras: 'newer' });
    const machine = createMachine();
    machine.config(`[mcp_servers.mail]\nurl = "${server.url}"\n`);
    const host = machine.bridge('mail');
    expect((await host.call('server/discover', modern())).result).toMatchObject({
      supportedVersions: ['2026-07-28'],
    });
    host.send({
      id: 's',
      method: 'subscriptions/listen',
      params: modern({ notifications: { toolsListChanged: true } }),
    });
    await host.next(({ method }) => method === 'notifications/subscriptions/acknowledged');
    expect((await host.call('tools/list', modern())).error?.message).toContain('mcpass login mail');
    await machine.run('login', 'mail');
    const change = await host.next(({ method }) => method === 'notifications/tools/list_changed');
    expect(change.params?.['_meta']).toEqual({ 'io.modelcontextprotocol/subscriptionId': 's' });
    expect(textOf(await host.call('tools/call', modern(echo('hello'))))).toBe('hello');
  });

  test('a host that can show an address is given it, and the sign-in ends here', async () => {
    const server = await startServer({ sessions: true });
    const machine = createMachine();
    const host = machine.bridge(server.url);
    await host.initialize({ capabilities: { elicitation: { form: {}, url: {} } } });
    const { error } = await host.call('tools/call', echo('x'));
    expect(error?.code).toBe(-32_042);
    const data = error?.data as { elicitations: { url: string }[] } | undefined;
    const url = data?.elicitations[0]?.url ?? '';
    expect(browsed(machine.browserLog)).toBe(0);
    await server.user().open(url);
    await host.next(({ method }) => method === 'notifications/tools/list_changed');
    expect(textOf(await host.call('tools/call', echo('hello')))).toBe('hello');
    const lines = host.stderr().trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith(`mcpass bridge ${server.url}: `))).toEqual([]);
    expect(lines.filter((line) => line.includes(url))).toHaveLength(1);
    expect(host.stderr()).not.toMatch(/paste/i);
  });

  test('ten hosts show one address, and a login at the terminal waits for none of them', async () => {
    const server = await startServer({ sessions: true });
    const machine = createMachine();
    const start = async () => {
      const host = machine.bridge(server.url);
      await host.initialize({ capabilities: { elicitation: { form: {}, url: {} } } });
      return host;
    };
    const offeredTo = async (host: Awaited<ReturnType<typeof start>>) => {
      const { error } = await host.call('tools/call', echo('x'));
      const data = error?.data as { elicitations?: { url: string }[] } | undefined;
      return data?.elicitations?.[0]?.url ?? error?.message ?? '';
    };
    const hosts = await Promise.all(Array.from({ length: 10 }, start));
    const urls = await Promise.all(hosts.map(offeredTo));
    expect(new Set(urls).size).toBe(1);
    expect(server.log.of('register')).toHaveLength(1);

    // Who offered it is killed: another one offers, with the same client.
    const holder = hosts.findIndex((host) => host.stderr().includes('Waiting up to'));
    const [killed] = hosts.splice(holder, 1);
    killed?.process.kill('SIGKILL');
    await killed?.ended;
    await expect.poll(() => hosts.some((host) => host.stderr().includes('Waiting up to'))).toBe(true);
    const next = hosts.find((host) => host.stderr().includes('Waiting up to'));
    const url = next === undefined ? '' : await offeredTo(next);
    expect(url).not.toBe(urls[0]);
    expect(server.log.of('register')).toHaveLength(1);
    // All of them show it: the address of the dead one leads nowhere.
    await expect.poll(async () => new Set(await Promise.all(hosts.map(offeredTo)))).toEqual(new Set([url]));
    await server.user().open(url);
    await Promise.all(
      hosts.map((host) => host.next(({ method }) => method === 'notifications/tools/list_changed')),
    );

    server.revokeGrants();
    await machine.run('logout', server.url);
    const [one] = hosts;
    if (one === undefined) throw new Error('no host');
    await expect.poll(() => offeredTo(one)).toMatch(/^http/);
    await machine.run('login', server.url);
    await expect.poll(async () => textOf(await one.call('tools/call', echo('hello')))).toBe('hello');
  });

  test.each(['the end of its input', 'SIGTERM'])(
    'an address that was offered leaves nothing behind after %s',
    async (how) => {
      const server = await startServer({ sessions: true });
      const machine = createMachine();
      const host = machine.bridge(server.url);
      await host.initialize({ capabilities: { elicitation: { form: {}, url: {} } } });
      await host.call('tools/call', echo('x'));
      const offers = join(machine.env['MCPASS_HOME'] ?? '', 'data', 'sign-in-offers');
      await expect.poll(() => readdirSync(offers).some((name) => name.endsWith('.url'))).toBe(true);
      if (how === 'SIGTERM') host.process.kill('SIGTERM');
      else host.process.stdin?.end();
      expect(await host.ended).toBe(0);
      expect(readdirSync(offers)).toEqual([]);
      expect(host.stderr()).not.toContain('no sign-in came of it');
    },
  );

  test('a host without a handshake is asked in the middle of its call', async () => {
    const server = await startServer({ eras: 'newer' });
    const host = createMachine().bridge(server.url);
    const can = { elicitation: { url: {} } };
    await host.call('server/discover', modern({}, can));
    const { result } = await host.call('tools/call', modern(echo('hello'), can));
    expect(result?.['resultType']).toBe('input_required');
    const [[key = '', wanted] = []] = Object.entries(
      result?.['inputRequests'] as Record<string, { params: { mode: string; url: string } }>,
    );
    expect(wanted?.params.mode).toBe('url');
    await server.user().open(wanted?.params.url ?? '');
    const again = {
      ...echo('hello'),
      inputResponses: { [key]: { action: 'accept' } },
      requestState: result?.['requestState'],
    };
    expect(textOf(await host.call('tools/call', modern(again, can)))).toBe('hello');
  });

  test('--login=browser opens one, once for all bridges', async () => {
    const server = await startServer({ sessions: true });
    const machine = createMachine();
    machine.config(`[mcp_servers.mail]\nurl = "${server.url}"\n`);
    const hosts = [1, 2, 3].map(() => machine.bridge('mail', '--login=browser'));
    await Promise.all(hosts.map((host) => host.initialize()));
    const answers = await Promise.all(hosts.map((host) => host.call('tools/call', echo('hello'))));
    expect(answers.map(textOf)).toEqual(['hello', 'hello', 'hello']);
    for (const host of hosts) {
      expect(
        host
          .stderr()
          .trimEnd()
          .split('\n')
          .filter((line) => !line.startsWith('mcpass bridge mail: ')),
      ).toEqual([]);
    }
    expect(browsed(machine.browserLog)).toBe(1);
    expect(server.log.of('register')).toHaveLength(1);
  });

  test('for more scopes, the command names them', async () => {
    const server = await startServer({
      scopesNeeded: { 'tools/call write': 'mcp:admin' },
      serverScopes: ['mcp:read', 'mcp:write', 'mcp:admin'],
    });
    const machine = createMachine();
    machine.config(`[mcp_servers.mail]\nurl = "${server.url}"\n`);
    await machine.run('login', 'mail');
    const host = machine.bridge('mail');
    await host.initialize();
    expect(textOf(await host.call('tools/call', echo('x')))).toBe('x');
    const { error } = await host.call('tools/call', { name: 'write', arguments: { text: 'x' } });
    expect(error?.message).toMatch(/mcpass login mail --scopes \S*mcp:admin/);
    expect(textOf(await host.call('tools/call', echo('x')))).toBe('x');
  });
});

describe('a token that ends', () => {
  test('under twenty calls: one refresh, twenty answers, none doubled, no browser', async () => {
    const server = await startServer({ sessions: true });
    const machine = createMachine();
    await machine.run('login', server.url);
    const host = machine.bridge(server.url);
    await host.initialize();
    await host.call('tools/list');
    server.revokeAccessTokens();
    const texts = Array.from({ length: 20 }, (_, index) => `call ${index}`);
    const answers = await Promise.all(texts.map((text) => host.call('tools/call', echo(text))));
    expect(answers.map(textOf)).toEqual(texts);
    expect(granted(server, 'refresh_token')).toHaveLength(1);
    const done = server.log.of('mcp', 'tools/call').filter(({ status }) => status === 200);
    expect(
      done
        .map(({ json }) => (json as { params: { arguments: { text: string } } }).params.arguments.text)
        .toSorted(),
    ).toEqual(texts.toSorted());
    expect(browsed(machine.browserLog)).toBe(1);
  });

  test('and cannot be renewed: every call hears the command, and nothing opens', async () => {
    const server = await startServer({ sessions: true });
    const machine = createMachine();
    await machine.run('login', server.url);
    const host = machine.bridge(server.url);
    await host.initialize();
    server.revokeGrants();
    const answers = await Promise.all([1, 2, 3].map((text) => host.call('tools/call', echo(String(text)))));
    for (const { error } of answers) expect(error?.message).toContain('mcpass login');
    expect(granted(server, 'refresh_token')).toHaveLength(1);
    expect(browsed(machine.browserLog)).toBe(1);
    await machine.run('login', server.url);
    await host.next(({ method }) => method === 'notifications/tools/list_changed');
    expect(textOf(await host.call('tools/call', echo('back')))).toBe('back');
  });

  test('every few seconds: no call fails', async () => {
    let carriedOut = 0;
    let refreshes = 0;
    const renewals = () => refreshes;
    const server = await startServer({
      sessions: true,
      accessTokenSeconds: 3,
      onAnswer({ endpoint, operation, status, form }) {
        if (operation === 'tools/call' && status === 200) carriedOut += 1;
        if (endpoint === 'token' && form.get('grant_type') === 'refresh_token') refreshes += 1;
      },
    });
    const machine = createMachine();
    await machine.run('login', server.url);
    const host = machine.bridge(server.url);
    await host.initialize();
    const began = performance.now();
    let calls = 0;
    while (renewals() < 3) {
      const answers = await Promise.all([1, 2, 3].map(() => host.call('tools/call', echo('x'))));
      expect(answers.map(textOf)).toEqual(['x', 'x', 'x']);
      calls += 3;
      await pause(25);
    }
    expect(carriedOut).toBe(calls);
    // A token of three seconds is used for most of its life: no refresh for every call, however long calls take. The
    // first one was not new, and a record counts whole seconds.
    expect(performance.now() - began).toBeGreaterThan((refreshes - 1) * 1_200);
    expect(host.stderr()).toBe('');
  });
});

test('ten bridges that start together on an expired token share one refresh', async () => {
  const server = await startServer({ sessions: true });
  const machine = createMachine();
  await machine.run('login', server.url);
  server.expireAccessTokens();
  server.log.clear();
  const hosts = Array.from({ length: 10 }, () => machine.bridge(server.url));
  const answers = await Promise.all(
    hosts.map(async (host) => {
      await host.initialize();
      return host.call('tools/call', echo('x'));
    }),
  );
  expect(answers.map(textOf)).toEqual(hosts.map(() => 'x'));
  expect(granted(server, 'refresh_token')).toHaveLength(1);
  expect(server.log.of('register')).toHaveLength(0);
});

test('ten bridges that wait for a sign-in go on after one', async () => {
  const server = await startServer({ sessions: true });
  const machine = createMachine();
  const hosts = Array.from({ length: 10 }, () => machine.bridge(server.url));
  await Promise.all(hosts.map((host) => host.initialize()));
  await machine.run('login', server.url);
  await Promise.all(
    hosts.map((host) => host.next(({ method }) => method === 'notifications/tools/list_changed')),
  );
  const answers = await Promise.all(hosts.map((host) => host.call('tools/call', echo('x'))));
  expect(answers.map(textOf)).toEqual(hosts.map(() => 'x'));
  expect(server.log.of('register')).toHaveLength(1);
  expect(granted(server, 'authorization_code')).toHaveLength(1);
});
