import { describe, expect, test } from 'vitest';
import { createMachine, type Host, textOf } from './support/bridge.js';
import { answer, startOddServer } from './support/odd-server.js';

/* What is large, slow or too much stops nothing but itself. */

const MIB = 1024 * 1024;

const sendCall = (host: Host, id: number, name: string, bytes = 0): void =>
  host.send({ id, method: 'tools/call', params: { name, arguments: { pad: 'x'.repeat(bytes) } } });

const nameIn = (body: string): string => (JSON.parse(body) as { params: { name: string } }).params.name;

describe('a server that stalls in the middle of a large message', () => {
  test.each(['tools/call', 'GET'])('(%s) stops no other answer, small or large', async (where) => {
    let taken: () => void = () => undefined;
    const isThere = new Promise<void>((resolve) => (taken = resolve));
    const { url } = await startOddServer(({ operation, id, body }, response) => {
      const isStalled = operation === where && (where === 'GET' || nameIn(body) === 'stalled');
      if (isStalled) {
        const isCall = operation !== 'GET';
        response.writeHead(200, { 'content-type': isCall ? 'application/json' : 'text/event-stream' });
        const text = `${isCall ? '' : 'data: '}{"jsonrpc":"2.0","x":"${'x'.repeat(40 * MIB)}`;
        response.write(text, () => taken());
        return true;
      }
      if (operation !== 'tools/call') return false;
      const text = 'x'.repeat(nameIn(body) === 'large' ? MIB : 200_000);
      return answer(response, id, { content: [{ type: 'text', text }] });
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    if (where === 'tools/call') sendCall(host, 1, 'stalled');
    // Until so much of it is there that the others would have to wait.
    await isThere;
    expect(textOf(await host.call('tools/call', { name: 'small' }))).toHaveLength(200_000);
    for (const id of [2, 3, 4]) sendCall(host, id, 'large');
    for (const wanted of [2, 3, 4]) await host.next(({ id }) => id === wanted);
  });
});

test('calls that are cancelled while they wait for a sign-in take nobody’s place at the server', async () => {
  const { url } = await startOddServer(() => false);
  const host = createMachine().bridge(url);
  await host.initialize();
  const pairs = Array.from({ length: 256 }, (_, id) => [
    { jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'x', requestState: 'mcpass-sign-in' } },
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } },
  ]);
  // In one piece, so that each is taken back before its turn comes.
  host.write(pairs.flatMap((pair) => pair.map((message) => `${JSON.stringify(message)}\n`)).join(''));
  await host.call('ping');
  expect(textOf(await host.call('tools/call', { name: 'x' }))).toBe('ok');
});

test('while many calls wait, what the host answers and takes back is heard, and that it ends', async () => {
  let end: () => void = () => undefined;
  const { url, asked } = await startOddServer(({ operation, id, body }, response) => {
    if (operation === 'response') {
      response.writeHead(202).end();
      end();
      return true;
    }
    if (operation !== 'tools/call') return false;
    if (nameIn(body) !== 'asks') return true;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{}}\n\n');
    end = () => void response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result: {} })}\n\n`);
    return true;
  });
  const host = createMachine().bridge(url);
  await host.initialize();
  sendCall(host, 0, 'asks');
  const question = await host.next(({ method }) => method === 'elicitation/create');
  for (let id = 1; id <= 11; id += 1) sendCall(host, id, 'hangs', 10 * MIB);
  host.send({ id: question.id, result: { action: 'accept' } });
  await host.next(({ id }) => id === 0);
  host.send({ method: 'notifications/cancelled', params: { requestId: 1 } });
  await expect
    .poll(() => asked.filter(({ operation }) => operation === 'notifications/cancelled').length)
    .toBe(1);
  expect(await host.close()).toBe(0);
});

test('a call too many is refused at once, and the next one goes through when there is room again', async () => {
  const { url } = await startOddServer(
    ({ operation, body }) => operation === 'tools/call' && nameIn(body) === 'hangs',
  );
  const host = createMachine().bridge(url);
  await host.initialize();
  sendCall(host, 1, 'hangs', 100 * MIB);
  sendCall(host, 2, 'hangs', 100 * MIB);
  sendCall(host, 3, 'x');
  sendCall(host, 4, 'x');
  const { error } = await host.next(({ id }) => id === 3);
  expect(error?.message).toContain('Too many calls');
  await host.next(({ id }) => id === 4);
  expect(host.stderr().match(/too many wait/g)).toHaveLength(1);
  host.send({ method: 'notifications/cancelled', params: { requestId: 2 } });
  expect(textOf(await host.call('tools/call', { name: 'x' }))).toBe('ok');
});

test('a call that is larger than all others together waits for none of them, and holds up none', async () => {
  const { url } = await startOddServer(
    ({ operation, body }) => operation === 'tools/call' && nameIn(body) === 'hangs',
  );
  const host = createMachine().bridge(url);
  await host.initialize();
  sendCall(host, 1, 'hangs');
  sendCall(host, 2, 'x', 66 * MIB);
  sendCall(host, 3, 'x');
  for (const wanted of [2, 3]) await host.next(({ id }) => id === wanted);
});
