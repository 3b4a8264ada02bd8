import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMachine, modern, pause, startServer, textOf } from './support/bridge.js';
import { answer, startOddServer } from './support/odd-server.js';

/* The process as a whole: what it loads, how it gets out, what it survives. */

test('it loads neither the MCP client nor zod nor a second fetch', async () => {
  const server = await startServer({ protected: false });
  const coverage = mkdtempSync(join(tmpdir(), 'mcpass-loaded-'));
  onTestFinished(() => rmSync(coverage, { recursive: true, force: true }));
  const host = createMachine().bridgeWith({ NODE_V8_COVERAGE: coverage }, server.url);
  await host.initialize();
  await host.call('tools/call', { name: 'echo', arguments: { text: 'x' } });
  await host.close();
  // V8 lists every script that ran.
  const scripts = readdirSync(coverage).map((file) => readFileSync(join(coverage, file), 'utf8'));
  const urls = scripts.flatMap((text) =>
    (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url),
  );
  expect(urls.join('\n')).toMatch(/cli\/dist\/bridge-/);
  expect(urls.filter((url) => url.includes('node_modules'))).toEqual([]);
});

describe('it ends with 0', () => {
  const large = 'x'.repeat(3_000_000);
  const startLarge = () =>
    startOddServer(({ operation, id }, response) =>
      operation === 'tools/call' ? answer(response, id, { large }) : false,
    );

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('on %s, in a call as well', async (signal) => {
    const server = await startServer({ protected: false, sessions: true });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    host.send({ id: 1, method: 'tools/call', params: { name: 'slow', arguments: { ms: 300 } } });
    await expect.poll(() => server.log.of('mcp', 'tools/call')).toHaveLength(1);
    host.process.kill(signal);
    expect(await host.ended).toBe(0);
    expect(host.seen.find(({ id }) => id === 1)?.result).toBeDefined();
    expect(server.log.of('mcp', 'DELETE')).toHaveLength(1);
  });

  test.each(['closes standard input', 'sends SIGTERM'])(
    'when the host %s and does not read what is left',
    async (what) => {
      const { url } = await startLarge();
      const host = createMachine().bridge(url);
      await host.initialize();
      host.process.stdout?.pause();
      host.send({ id: 1, method: 'tools/call', params: { name: 'x' } });
      await pause(500);
      const ended = new Promise((resolve) => void host.process.once('exit', resolve));
      if (what === 'sends SIGTERM') host.process.kill('SIGTERM');
      else host.process.stdin?.end();
      expect(await ended).toBe(0);
    },
  );

  test('when the host closes standard input behind what has not been read', async () => {
    const { url } = await startLarge();
    const host = createMachine().bridge(url);
    await host.initialize();
    host.process.stdout?.pause();
    host.send({ id: 0, method: 'tools/call', params: { name: 'x' } });
    await pause(500);
    for (let id = 1; id < 4_000; id += 1) host.send({ id, method: 'tools/call', params: { name: 'x' } });
    const ended = new Promise((resolve) => void host.process.once('exit', resolve));
    host.process.stdin?.end();
    expect(await ended).toBe(0);
  });

  test('when nobody reads standard error', async () => {
    const { url } = await startOddServer(() => false);
    const host = createMachine().bridge(url);
    await host.initialize();
    host.process.stderr?.pause();
    for (let count = 0; count < 5_000; count += 1) host.write(`junk ${'junk '.repeat(10)} ${count}\n`);
    expect(textOf(await host.call('tools/call', { name: 'x' }))).toBe('ok');
    const ended = new Promise((resolve) => void host.process.once('exit', resolve));
    host.process.stdin?.end();
    expect(await ended).toBe(0);
  });

  test('when the host closes standard output', async () => {
    const { url } = await startLarge();
    const host = createMachine().bridge(url);
    await host.initialize();
    host.process.stdout?.destroy();
    host.send({ id: 1, method: 'tools/call', params: { name: 'x' } });
    expect(await host.ended).toBe(0);
  });

  test('when standard input ends while the server says nothing', async () => {
    const { url } = await startOddServer(({ operation }) => operation === 'initialize');
    const host = createMachine().bridge(url);
    host.send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {} } });
    await pause(500);
    expect(await host.close()).toBe(0);
    expect(host.seen.find(({ id }) => id === 1)?.error).toBeDefined();
  });
});

test('it goes on when standard error is closed', async () => {
  const { url } = await startOddServer(() => false);
  const host = createMachine().bridge(url);
  await host.initialize();
  host.process.stderr?.destroy();
  host.write('hello\nhello\n');
  await pause(100);
  expect(textOf(await host.call('tools/call', { name: 'x' }))).toBe('ok');
  expect(await host.close()).toBe(0);
});

test.each(['-v', '--debug'])('%s says more on standard error, and nothing on the wire', async (option) => {
  const server = await startServer({ protected: false, sessions: true });
  const host = createMachine().bridge(server.url, option);
  await host.initialize();
  await host.call('tools/list');
  if (option === '--debug') await host.said('debug session: POST');
  expect(await host.close()).toBe(0);
  expect(host.lines.every((line) => line.startsWith('{"'))).toBe(true);
});

test('it survives whatever a host or a server says', async () => {
  const server = await startServer({ protected: false });
  const host = createMachine().bridge(server.url);
  await host.initialize();
  const word = fc.constantFrom(
    '"id"',
    '"method"',
    '"params"',
    '"result"',
    '"error"',
    '"tools/call"',
    '"initialize"',
    '"notifications/cancelled"',
    '1',
    'null',
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"jsonrpc":"2.0"',
    '"\\u0000"',
    '"requestId"',
    '"_meta"',
  );
  const lines = fc.sample(
    fc.oneof(
      fc.array(word, { maxLength: 14 }).map((words) => words.join('')),
      fc.string(),
    ),
    { numRuns: 1_500, seed: 7 },
  );
  for (const line of lines) host.write(`${line.replaceAll('\n', ' ')}\n`);
  expect(textOf(await host.call('tools/call', { name: 'echo', arguments: { text: 'still here' } }))).toBe(
    'still here',
  );
});

test('a server that restarts is found again: calls, changes and subscriptions', async () => {
  const first = await startServer({ protected: false, sessions: true, eras: 'older' });
  const port = Number(new URL(first.url).port);
  const host = createMachine().bridge(first.url);
  await host.initialize();
  await expect.poll(() => first.log.of('mcp', 'GET')).toHaveLength(1);
  await first.close();
  // A call on a connection whose end has not been heard of is lost, and nobody may repeat it.
  await host.said('the stream of the server ended');
  const second = await startServer({ protected: false, sessions: true, eras: 'older', port });
  expect(textOf(await host.call('tools/call', { name: 'echo', arguments: { text: 'x' } }))).toBe('x');
  expect(second.log.of('mcp', 'tools/call').filter(({ status }) => status === 200)).toHaveLength(1);
  await expect.poll(() => second.log.of('mcp', 'GET').some(({ status }) => status === 200)).toBe(true);
  second.announce('notifications/tools/list_changed');
  await host.next(({ method }) => method === 'notifications/tools/list_changed');
});

test('a subscription that broke is opened again, acknowledged once', async () => {
  const first = await startServer({ protected: false, eras: 'newer' });
  const port = Number(new URL(first.url).port);
  const host = createMachine().bridge(first.url);
  await host.call('server/discover', modern());
  host.send({
    id: 's',
    method: 'subscriptions/listen',
    params: modern({ notifications: { toolsListChanged: true } }),
  });
  await host.next(({ method }) => method === 'notifications/subscriptions/acknowledged');
  await first.close();
  const second = await startServer({ protected: false, eras: 'newer', port });
  await expect.poll(() => second.log.of('mcp', 'subscriptions/listen').length).toBe(1);
  await pause(100);
  second.announce('notifications/tools/list_changed');
  await host.next(({ method }) => method === 'notifications/tools/list_changed');
  expect(
    host.seen.filter(({ method }) => method === 'notifications/subscriptions/acknowledged'),
  ).toHaveLength(1);
});

test('a proxy is used where the environment names one', async () => {
  const server = await startServer({ sessions: true });
  const through: string[] = [];
  // Every name leads to the sandbox: without the proxy, nobody could find it.
  const proxy = createServer().on('connect', (asked, socket) => {
    through.push(asked.url ?? '');
    const onward = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  const HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const machine = createMachine();
  machine.config('[mcp_servers.far]\nurl = "http://far.test/mcp"\nbearer_token_env_var = "TOKEN"\n');
  await machine.run('login', server.url);
  const TOKEN = (await machine.run('token', server.url)).trim();
  const host = machine.bridgeWith({ HTTP_PROXY, TOKEN }, 'far');
  await host.initialize();
  expect(textOf(await host.call('tools/call', { name: 'slow', arguments: { ms: 20 } }))).toBe('took 20 ms');
  expect(through[0]).toBe('far.test:80');
  expect(await host.close()).toBe(0);
  expect(server.log.of('mcp', 'DELETE')).toHaveLength(1);
});
