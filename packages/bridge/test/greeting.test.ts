import { describe, expect, test } from 'vitest';
import { createMachine, modern, pause, type Seen, textOf } from './support/bridge.js';
import { answer, startOddServer } from './support/odd-server.js';

/* Hosts that greet again, late, or twice: every greeting is answered, and the server knows the host that is there. */

const params = (name: string, capabilities: object = {}) => ({
  protocolVersion: '2025-11-25',
  capabilities,
  clientInfo: { name, version: '0' },
});

const serverName = ({ result }: Seen): unknown =>
  (result?.['serverInfo'] as { name?: string } | undefined)?.name;

/** A server that keeps what `initialize` said, and answers it after a while. */
async function startListener(afterMs = 0) {
  const greetings: { name: string; capabilities: object }[] = [];
  const server = await startOddServer((one, response) => {
    if (one.operation === 'server/discover') {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ jsonrpc: '2.0', id: one.id, error: { code: -32_601, message: 'no such method' } }),
      );
      return true;
    }
    if (one.operation !== 'initialize') return false;
    const { clientInfo, capabilities } = (
      JSON.parse(one.body) as { params: { clientInfo: { name: string }; capabilities: object } }
    ).params;
    greetings.push({ name: clientInfo.name, capabilities });
    const result = {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'odd', version: '0' },
    };
    setTimeout(() => answer(response, one.id, result, { 'mcp-session-id': `s${greetings.length}` }), afterMs);
    return true;
  });
  return { ...server, greetings };
}

describe('a host that greets a second time', () => {
  test('is answered under the second id, in the session that is there', async () => {
    const { url, greetings } = await startListener();
    const host = createMachine().bridge(url);
    host.send({ id: 1, method: 'initialize', params: params('a') });
    expect(serverName(await host.next(({ id }) => id === 1))).toBe('odd');
    host.send({ id: 2, method: 'initialize', params: params('a') });
    expect(serverName(await host.next(({ id }) => id === 2))).toBe('odd');
    expect(host.seen.filter(({ id }) => id === 1)).toHaveLength(1);
    expect(greetings).toHaveLength(1);
  });

  test('as somebody else gets a session of its own', async () => {
    const { url, greetings, asked } = await startListener();
    const host = createMachine().bridge(url);
    host.send({ id: 1, method: 'initialize', params: params('a') });
    await host.next(({ id }) => id === 1);
    host.send({ id: 2, method: 'initialize', params: params('b', { sampling: {} }) });
    expect(serverName(await host.next(({ id }) => id === 2))).toBe('odd');
    host.send({ method: 'notifications/initialized' });
    expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
    expect(greetings).toEqual([
      { name: 'a', capabilities: {} },
      { name: 'b', capabilities: { sampling: {} } },
    ]);
    await expect
      .poll(() => asked.find(({ operation }) => operation === 'DELETE')?.headers['mcp-session-id'])
      .toBe('s1');
    expect(asked.find(({ operation }) => operation === 'tools/call')?.headers['mcp-session-id']).toBe('s2');
  });

  test.each([
    ['in the same words', 'a', 1],
    ['in other words', 'b', 2],
  ])('because the first took too long, %s, is answered', async (_, name, count) => {
    const { url, greetings } = await startListener(600);
    const host = createMachine().bridge(url);
    host.send({ id: 1, method: 'initialize', params: params('a') });
    await expect.poll(() => greetings).toHaveLength(1);
    host.send({ method: 'notifications/cancelled', params: { requestId: 1 } });
    host.send({ id: 2, method: 'initialize', params: params(name) });
    expect(serverName(await host.next(({ id }) => id === 2))).toBe('odd');
    expect(host.seen.some(({ id }) => id === 1)).toBe(false);
    expect(greetings).toHaveLength(count);
    expect(greetings.at(-1)?.name).toBe(name);
  });
});

test('a host that asks before it greets is greeted as itself', async () => {
  const { url, greetings } = await startListener();
  const host = createMachine().bridge(url);
  await host.call('tools/list');
  const hello = await host.initialize({ capabilities: { roots: {} } });
  expect(serverName(hello)).toBe('odd');
  expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
  expect(greetings.at(-1)).toEqual({ name: 'test', capabilities: { roots: {} } });
});

test('a host that looks for the newer revision first and then shakes hands is taken at its last word', async () => {
  const { url, greetings } = await startListener();
  const host = createMachine().bridge(url);
  expect((await host.call('server/discover', modern())).result?.['resultType']).toBe('complete');
  expect(serverName(await host.initialize({ capabilities: { sampling: {} } }))).toBe('odd');
  const { result } = await host.call('tools/call', { name: 't' });
  expect(result).toEqual({ content: [{ type: 'text', text: 'ok' }] });
  expect(greetings.at(-1)?.capabilities).toEqual({ sampling: {} });
});

test('a server that drips its answer to the greeting is given up in time, and waited for no longer', async () => {
  const { url } = await startOddServer((one, response) => {
    if (one.operation !== 'initialize') return false;
    response.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => void response.write(' '), 50);
    response.once('close', () => clearInterval(drip));
    return true;
  });
  const machine = createMachine();
  machine.config(`[mcp_servers.s]\nurl = "${url}"\nstartup_timeout_sec = 3\n`);
  const host = machine.bridge('s');
  // The server would drip for ever.
  expect((await host.initialize()).error?.message).toContain('in 3 s');
  await pause(50);
  expect(await host.close()).toBe(0);
});

describe('a server that never answers notifications/initialized', () => {
  const start = async () => {
    const { url } = await startOddServer(({ operation }) => operation === 'notifications/initialized');
    const machine = createMachine();
    machine.config(`[mcp_servers.s]\nurl = "${url}"\nstartup_timeout_sec = 3\ntool_timeout_sec = 20\n`);
    return machine.bridge('s');
  };

  test('answers calls all the same', async () => {
    const host = await start();
    await host.initialize();
    expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
    expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
  });

  test('answers those of a host that did not wait for the answer to its greeting', async () => {
    const host = await start();
    host.send({ id: 1, method: 'initialize', params: params('t') });
    host.send({ method: 'notifications/initialized' });
    expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
  });
});

test('a session that is left before it was begun is not listened to', async () => {
  let begun = 0;
  const { url, asked } = await startOddServer(({ operation, id }, response) => {
    if (operation === 'initialize') {
      begun += 1;
      const result = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        serverInfo: { name: 'odd', version: '0' },
      };
      return answer(response, id, result, { 'mcp-session-id': `s${begun}` });
    }
    if (operation !== 'notifications/initialized') return false;
    setTimeout(() => void response.writeHead(202).end(), 600);
    return true;
  });
  const host = createMachine().bridge(url);
  const greet = (id: number, capabilities: object) => {
    host.send({ id, method: 'initialize', params: params('t', capabilities) });
    host.send({ method: 'notifications/initialized' });
  };
  const listening = () =>
    asked.filter(({ method }) => method === 'GET').map(({ headers }) => headers['mcp-session-id']);
  greet(1, {});
  await expect.poll(() => asked.map(({ operation }) => operation)).toContain('notifications/initialized');
  greet(2, { roots: {} });
  await expect.poll(listening).toContain('s2');
  expect(listening()).toEqual(['s2']);
});
