import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createMachine, modern, pause, type Seen, textOf } from './support/bridge.js';
import { answer, type Asked, oldTransport, startOddServer } from './support/odd-server.js';

/* What servers ask hosts, straight and across eras. */

const METHODS = ['sampling/createMessage', 'roots/list', 'vendor/question'];

/** A server of 2025-11-25 whose tools ask what their name says, under the id of the very call. */
async function startAsker() {
  let call: Asked | undefined;
  let stream: ServerResponse | undefined;
  return startOddServer((one, response) => {
    if (one.operation === 'tools/call') {
      call = one;
      stream = response;
      const { name } = (JSON.parse(one.body) as { params: { name: string } }).params;
      const question = { jsonrpc: '2.0', id: one.id, method: name, params: { maxTokens: 1 } };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(question)}\n\n`);
      return true;
    }
    if (one.operation !== 'response') return false;
    const result = { content: [{ type: 'text', text: JSON.stringify(JSON.parse(one.body)) }] };
    stream?.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: call?.id, result })}\n\n`);
    response.writeHead(202).end();
    return true;
  });
}

const can = { sampling: {}, roots: {} };

describe('a question with the id of the call that it belongs to', () => {
  test.each(METHODS)('reaches a host with a handshake, and its answer the server: %s', async (method) => {
    const { url } = await startAsker();
    const host = createMachine().bridge(url);
    await host.initialize({ capabilities: can });
    host.send({ id: 7, method: 'tools/call', params: { name: method } });
    const question = await host.next((message) => message.method === method);
    expect(question.params).toEqual({ maxTokens: 1 });
    host.send({ id: question.id, result: { said: method } });
    const done = await host.next(({ id, result }) => id === 7 && result !== undefined);
    expect(JSON.parse(textOf(done))).toEqual({ jsonrpc: '2.0', id: 7, result: { said: method } });
  });

  test.each(METHODS)('reaches a host without a handshake as a wish for input: %s', async (method) => {
    const { url, asked } = await startAsker();
    const host = createMachine().bridge(url);
    await host.call('server/discover', modern({}, can));
    const { result } = await host.call('tools/call', modern({ name: method }, can));
    expect(result?.['resultType']).toBe('input_required');
    const [[key = '', wanted] = []] = Object.entries(result?.['inputRequests'] as Record<string, object>);
    expect(wanted).toEqual({ method, params: { maxTokens: 1 } });
    const again = {
      name: method,
      inputResponses: { [key]: { said: method } },
      requestState: result?.['requestState'],
    };
    const done = await host.call('tools/call', modern(again, can));
    const call = asked.find(({ operation }) => operation === 'tools/call');
    expect(JSON.parse(textOf(done))).toEqual({ jsonrpc: '2.0', id: call?.id, result: { said: method } });
    expect(asked.filter(({ operation }) => operation === 'tools/call')).toHaveLength(1);
  });
});

test('a question that comes before the answer to the last is taken is asked once', async () => {
  let stream: ServerResponse | undefined;
  const said: unknown[] = [];
  const event = (message: object) => `data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`;
  const question = (id: number) => event({ id, method: 'roots/list' });
  const { url, asked } = await startOddServer((one, response) => {
    if (one.operation === 'server/discover') response.writeHead(404).end();
    else if (one.operation === 'tools/call') {
      stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
      stream.write(question(1));
    } else if (one.operation === 'response') {
      said.push((JSON.parse(one.body) as { result: unknown }).result);
      const call = asked.find(({ operation }) => operation === 'tools/call');
      stream?.write(one.id === 1 ? question(2) : event({ id: call?.id, result: { content: [] } }));
      setTimeout(() => void response.writeHead(202).end(), 300);
    } else return false;
    return true;
  });
  const host = createMachine().bridge(url);
  const answered = async ({ result }: Seen, words: string): Promise<Seen> => {
    const { requestState, inputRequests } = result as { requestState: string; inputRequests: object };
    const inputResponses = { [Object.keys(inputRequests)[0] ?? '']: { words } };
    return host.call('tools/call', modern({ name: 't', requestState, inputResponses }, can));
  };
  const first = await host.call('tools/call', modern({ name: 't' }, can));
  const second = await answered(first, 'one');
  await pause(500);
  const { result } = await answered(second, 'two');
  expect(result).toMatchObject({ resultType: 'complete' });
  expect(said).toEqual([{ words: 'one' }, { words: 'two' }]);
});

describe('a server without a handshake', () => {
  /** Speaks 2026-07-28 only; its tools want as input what their name says. */
  const startNewer = () =>
    startOddServer((one, response) => {
      if (one.operation === 'initialize') {
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({ jsonrpc: '2.0', id: one.id, error: { code: -32_601, message: 'no such method' } }),
        );
        return true;
      }
      if (one.operation === 'server/discover') {
        return answer(response, one.id, { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
      }
      if (one.operation !== 'tools/call') return false;
      const { params } = JSON.parse(one.body) as {
        params: { name: string; inputResponses?: object; requestState?: string };
      };
      if (params.inputResponses === undefined) {
        const inputRequests = { q: { method: params.name, params: { maxTokens: 1 } } };
        return answer(response, one.id, { resultType: 'input_required', inputRequests, requestState: 'r' });
      }
      const text = JSON.stringify([params.inputResponses, params.requestState]);
      return answer(response, one.id, { content: [{ type: 'text', text }] });
    });

  test.each(METHODS.slice(0, 2))('asks a host with one: %s', async (method) => {
    const { url } = await startNewer();
    const host = createMachine().bridge(url);
    await host.initialize({ capabilities: can });
    const asking = host.call('tools/call', { name: method });
    const question: Seen = await host.next((message) => message.method === method);
    host.send({ id: question.id, result: { said: method } });
    expect(JSON.parse(textOf(await asking))).toEqual([{ q: { said: method } }, 'r']);
  });

  test('is told what an extension of the host has to say, and not what it has no use for', async () => {
    const { url, asked } = await startNewer();
    const host = createMachine().bridge(url);
    await host.initialize();
    host.send({ method: 'notifications/roots/list_changed' });
    host.send({ method: 'notifications/vendor/moved', params: { to: 'x' } });
    const told = () => asked.filter(({ operation }) => operation.startsWith('notifications/'));
    await expect.poll(told).toHaveLength(1);
    expect(JSON.parse(told()[0]?.body ?? '')).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/vendor/moved',
      params: { to: 'x' },
    });
    expect(told()[0]?.headers).toMatchObject({
      'mcp-method': 'notifications/vendor/moved',
      'mcp-protocol-version': '2026-07-28',
    });
  });

  test('that refuses such a notification: one line says so', async () => {
    const { url } = await startOddServer((one, response) => {
      if (one.operation === 'initialize' || one.operation.startsWith('notifications/')) {
        response.writeHead(400, { 'content-type': 'application/json' });
        const error = { code: -32_601, message: 'no such method' };
        response.end(JSON.stringify({ jsonrpc: '2.0', id: one.id, error }));
        return true;
      }
      if (one.operation !== 'server/discover') return false;
      return answer(response, one.id, { supportedVersions: ['2026-07-28'], capabilities: {} });
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    host.send({ method: 'notifications/vendor/moved' });
    await host.said('refused notifications/vendor/moved');
  });

  test('of the old transport that refuses one: the same line', async () => {
    const { url } = await startOddServer(
      oldTransport((one, response) => {
        if (one.operation !== 'notifications/vendor/moved') return false;
        response.writeHead(418, { 'content-type': 'application/json' });
        const error = { code: -32_601, message: 'no such method' };
        response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error }));
        return true;
      }),
    );
    const host = createMachine().bridge(url);
    await host.initialize();
    host.send({ method: 'notifications/vendor/moved' });
    await host.said('refused notifications/vendor/moved with status 418');
  });
});
