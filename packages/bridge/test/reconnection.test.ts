import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createMachine, modern, pause, textOf } from './support/bridge.js';
import { answer, startOddServer } from './support/odd-server.js';

/* Streams that end are opened again: soon where that helps, and never so often that it hurts. */

const lines = (text: string): number => text.split('\n').length - 1;

const EVENT = 'data: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n';

test.each([
  ['without a word', ''],
  ['asking for no pause', 'retry: 0\n\n'],
  // An event is no sign of health.
  ['after one event', EVENT],
  ['after one event, asking for no pause', `retry: 1\n${EVENT}`],
])('a stream that ends at once, %s, is opened again ever more slowly, and said once', async (_, text) => {
  const times: number[] = [];
  const { url } = await startOddServer((one, response) => {
    if (one.method !== 'GET') return false;
    times.push(performance.now());
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text);
    return true;
  });
  const host = createMachine().bridge(url);
  await host.initialize();
  await expect.poll(() => times.length).toBeGreaterThan(3);
  const gaps = times.slice(1, 4).map((time, index) => time - (times[index] ?? Infinity));
  // At least a quarter, a half and a whole second, by timers: a slow machine makes none of them shorter.
  expect(gaps.map((gap, index) => gap > 240 * 2 ** index)).toEqual([true, true, true]);
  expect(lines(host.stderr())).toBe(1);
});

test('a call whose stream comes in morsels, without a pause, is no hot loop, and ends when its time is over', async () => {
  let count = 0;
  const { url } = await startOddServer((one, response) => {
    if (one.operation !== 'tools/call' && one.headers['last-event-id'] === undefined) return false;
    count += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(
      `id: e${count}\nretry: 0\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n`,
    );
    return true;
  });
  const machine = createMachine();
  machine.config(`[mcp_servers.s]\nurl = "${url}"\ntool_timeout_sec = 2\n`);
  const host = machine.bridge('s');
  await host.initialize();
  const { error } = await host.call('tools/call', { name: 't' });
  expect(error?.message).toContain('No answer');
  expect(count).toBeGreaterThan(1);
  expect(count).toBeLessThan(14);
});

test('a server of the old transport that was away for a while is there again, unasked', async () => {
  let stream: ServerResponse | undefined;
  let isGreeted = false;
  const start = (port: number) => {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        if (request.method === 'GET') {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write('event: endpoint\ndata: /messages\n\n');
          stream = response;
          return;
        }
        if (request.url !== '/messages') return void response.writeHead(405).end();
        const { id, method } = JSON.parse(body) as { id?: unknown; method: string };
        response.writeHead(202).end();
        isGreeted ||= method === 'notifications/initialized';
        if (id === undefined) return;
        const result =
          method === 'initialize'
            ? { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: { name: 'old', version: '0' } }
            : { content: [{ type: 'text', text: 'ok' }] };
        stream?.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`);
      });
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return new Promise<typeof server>((resolve) => {
      server.listen(port, '127.0.0.1', () => resolve(server));
    });
  };
  const first = await start(0);
  const { port } = first.address() as AddressInfo;
  const host = createMachine().bridge(`http://127.0.0.1:${port}/mcp`);
  await host.initialize();
  await expect.poll(() => isGreeted).toBe(true);
  // What is under way is over before the server goes.
  await pause(100);
  stream = undefined;
  first.closeAllConnections();
  first.close();
  await host.said('Trying until the server is back');
  // More attempts that come to nothing.
  await pause(1_500);
  await start(port);
  await expect.poll(() => stream).toBeDefined();
  await host.said('the server is back');
  expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
  // Gone, not there, back: whatever number of attempts lay between.
  expect(lines(host.stderr())).toBe(3);
});

test('a subscription whose streams end at once is opened again later each time, whatever came on them', async () => {
  const times: number[] = [];
  const { url } = await startOddServer(({ operation, id }, response) => {
    if (operation === 'server/discover') {
      return answer(response, id, {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: { listChanged: true } },
        ttlMs: 0,
        cacheScope: 'private',
      });
    }
    if (operation !== 'subscriptions/listen') return false;
    times.push(performance.now());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const method of ['subscriptions/acknowledged', 'tools/list_changed'])
      response.write(`data: {"jsonrpc":"2.0","method":"notifications/${method}","params":{}}\n\n`);
    response.end();
    return true;
  });
  const host = createMachine().bridge(url);
  await host.call('server/discover', modern());
  const params = modern({ notifications: { toolsListChanged: true } });
  host.send({ id: 's', method: 'subscriptions/listen', params });
  await expect.poll(() => times.length).toBeGreaterThan(3);
  // A quarter of a second at the least, then twice as long as before each time: by timers, which a slow machine makes no
  // shorter.
  const [first = 0, , , fourth = 0] = times;
  expect(fourth - first).toBeGreaterThan(1_700);
});

test('a subscription whose streams last is opened again soon after each', async () => {
  const times: number[] = [];
  const ends: number[] = [];
  const { url } = await startOddServer(({ operation, id }, response) => {
    if (operation === 'server/discover') {
      return answer(response, id, {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: {},
        ttlMs: 0,
        cacheScope: 'private',
      });
    }
    if (operation !== 'subscriptions/listen') return false;
    times.push(Date.now());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': here\n\n');
    const end = (): void => {
      ends.push(Date.now());
      response.end();
    };
    if (times.length < 4) end();
    else if (times.length < 6) setTimeout(end, 5_200);
    return true;
  });
  const host = createMachine().bridge(url);
  await host.call('server/discover', modern());
  host.send({ id: 's', method: 'subscriptions/listen', params: modern({ notifications: {} }) });
  await expect.poll(() => times.length).toBe(6);
  const pauses = times.slice(1).map((time, index) => time - (ends[index] ?? Infinity));
  const sum = (some: readonly number[]) => some.reduce((all, one) => all + one, 0);
  // Three that ended at once had made the pause grow, and it would have gone on to: to six seconds for the next two.
  expect(sum(pauses.slice(3))).toBeLessThan(5_000);
});

test('a server that polls, and says when to come back, is asked when it said so', async () => {
  const times: number[] = [];
  const { url } = await startOddServer(({ operation }, response) => {
    if (operation !== 'GET') return false;
    times.push(performance.now());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 1000\ndata:\n\n');
    setTimeout(() => response.end(), 20);
    return true;
  });
  const host = createMachine().bridge(url);
  await host.initialize();
  await expect.poll(() => times.length).toBeGreaterThan(8);
  const gaps = times.slice(1, 9).map((time, index) => time - (times[index] ?? Infinity));
  expect(gaps.every((gap) => gap > 990)).toBe(true);
  // Backing off by itself, each of the last three would be sixteen seconds at the least; a busy machine makes none of them short.
  expect(Math.min(...gaps.slice(-3))).toBeLessThan(8_000);
});

test('a stream that is refused with Retry-After is left alone for as long', async () => {
  const times: number[] = [];
  const { url } = await startOddServer(({ operation }, response) => {
    if (operation !== 'GET') return false;
    times.push(performance.now());
    response.writeHead(times.length === 1 ? 429 : 405, { 'retry-after': '3' }).end();
    return true;
  });
  const host = createMachine().bridge(url);
  await host.initialize();
  await expect.poll(() => times.length).toBe(2);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(2_900);
});
