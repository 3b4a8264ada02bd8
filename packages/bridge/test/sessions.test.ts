import { describe, expect, test } from 'vitest';
import { createMachine, pause, startServer, textOf } from './support/bridge.js';
import { answer, type Asked, startOddServer } from './support/odd-server.js';

/* Servers forget, restart and go away; the host does not notice where it need not. */

describe('a session that the server has forgotten', () => {
  test('is begun anew behind the host, and the call is made once', async () => {
    const server = await startServer({ protected: false, sessions: true, eras: 'older' });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    await host.call('tools/list');
    server.dropSessions();
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((text) =>
        host.call('tools/call', { name: 'echo', arguments: { text: String(text) } }),
      ),
    );
    expect(answers.map(textOf)).toEqual(['1', '2', '3', '4', '5']);
    expect(server.log.of('mcp', 'initialize')).toHaveLength(2);
    expect(server.log.of('mcp', 'tools/call').filter(({ status }) => status === 200)).toHaveLength(5);
    expect(host.seen.filter(({ result }) => result?.['serverInfo'] !== undefined)).toHaveLength(1);
    // The unasked stream is there again too.
    await expect
      .poll(() => server.log.of('mcp', 'GET').filter(({ status }) => status === 200).length)
      .toBeGreaterThan(1);
  });

  test.each([
    [
      400,
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Bad Request: No valid session ID provided"}}',
    ],
    [400, 'unknown session'],
    [401, '{"error":"Session not found or expired"}'],
    [404, '<h1>Not found</h1>'],
  ])('is recognised by %d %s', async (status, body) => {
    let sessions = 0;
    let forgotten = false;
    const { url, asked } = await startOddServer((one, response) => {
      if (one.operation === 'initialize') {
        sessions += 1;
        const result = {
          protocolVersion: '2025-11-25',
          capabilities: {},
          serverInfo: { name: 'odd', version: '0' },
        };
        return answer(response, one.id, result, { 'mcp-session-id': `s${sessions}` });
      }
      if (!forgotten || one.headers['mcp-session-id'] !== 's1') return false;
      response
        .writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/plain' })
        .end(body);
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    await host.call('tools/list');
    forgotten = true;
    expect(textOf(await host.call('tools/call', { name: 't', arguments: {} }))).toBe('ok');
    expect(asked.filter(({ operation }) => operation === 'tools/call')).toHaveLength(2);
    expect(sessions).toBe(2);
  });

  test('is not looked for in a method that the server does not have', async () => {
    const { url } = await startOddServer((one, response) => {
      if (one.operation === 'initialize') {
        const result = {
          protocolVersion: '2025-11-25',
          capabilities: {},
          serverInfo: { name: 'odd', version: '0' },
        };
        return answer(response, one.id, result, { 'mcp-session-id': 's' });
      }
      if (one.operation !== 'prompts/list') return false;
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ jsonrpc: '2.0', id: one.id, error: { code: -32_601, message: 'no such method' } }),
      );
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    expect((await host.call('prompts/list')).error).toEqual({ code: -32_601, message: 'no such method' });
  });
});

describe('a connection that breaks', () => {
  test('before a call was carried out or after: it is never sent again', async () => {
    const server = await startServer({ protected: false, sessions: true });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    await host.call('tools/list');
    server.fault('mcp tools/call', 'lost');
    const { error } = await host.call('tools/call', { name: 'echo', arguments: { text: 'x' } });
    expect(error?.message).toMatch(/broke off|ended the connection/);
    expect(server.log.of('mcp', 'tools/call')).toHaveLength(1);
    expect(textOf(await host.call('tools/call', { name: 'echo', arguments: { text: 'x' } }))).toBe('x');
  });

  test('in a request that only reads is mended', async () => {
    const server = await startServer({ protected: false, sessions: true });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    server.fault('mcp tools/list', 'reset');
    expect((await host.call('tools/list')).result).toBeDefined();
    server.fault('mcp resources/list', { status: 503 });
    expect((await host.call('resources/list')).result).toBeDefined();
  });

  test('to a stream that can be taken up again costs nothing', async () => {
    let resumed: string | undefined;
    const { url, asked } = await startOddServer((one, response) => {
      const event = (id: string, data: object) => `id: ${id}\nretry: 20\ndata: ${JSON.stringify(data)}\n\n`;
      if (one.operation === 'tools/call') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(
          event('e1', {
            jsonrpc: '2.0',
            method: 'notifications/message',
            params: { level: 'info', data: 1 },
          }),
        );
        setTimeout(() => response.destroy(), 50);
        return true;
      }
      if (one.method !== 'GET' || one.headers['last-event-id'] === undefined) return false;
      resumed = one.headers['last-event-id'] as string;
      const call = asked.find(({ operation }) => operation === 'tools/call') as Asked;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        event('e2', { jsonrpc: '2.0', id: call.id, result: { content: [{ type: 'text', text: 'late' }] } }),
      );
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    expect(textOf(await host.call('tools/call', { name: 't', arguments: {} }))).toBe('late');
    expect(resumed).toBe('e1');
  });
});

test('the unasked stream is opened again after it ended, going on where it was, when the server says', async () => {
  const times: number[] = [];
  const events: (string | undefined)[] = [];
  const { url } = await startOddServer((one, response) => {
    if (one.method !== 'GET') return false;
    times.push(Date.now());
    events.push(one.headers['last-event-id'] as string | undefined);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(
      `id: n${times.length}\nretry: 300\ndata: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n`,
    );
    return true;
  });
  const host = createMachine().bridge(url);
  await host.initialize();
  await expect.poll(() => times.length).toBeGreaterThan(2);
  expect(events.slice(0, 3)).toEqual([undefined, 'n1', 'n2']);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(250);
});

test('a server that is not there yet is waited for a little, and then said to be away', async () => {
  const server = await startServer({ protected: false });
  const { url } = server;
  await server.close();
  const host = createMachine().bridge(url);
  const { error } = await host.initialize();
  expect(error?.message).toContain('ECONNREFUSED');
  expect(host.stderr()).toContain('ECONNREFUSED');
  await pause(50);
  expect(host.process.exitCode).toBeNull();
});
