import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createMachine, modern, textOf } from './support/bridge.js';
import { answer, type Asked, startOddServer } from './support/odd-server.js';

/* What a server wants a person to open is judged before any host is shown it. The servers here are on this machine, so that
   what is private is theirs to name; `https` and no credentials are asked of everybody. */

const UNFIT = [
  'javascript:alert(1)',
  'file:///etc/passwd',
  'http://pay.example/x',
  'https://bank.example@evil.example/x',
  'https://evil.example;$(reboot)/',
];
const FIT = 'https://pay.example/x?a=1';

const question = (url: string) => ({ mode: 'url', message: 'Look', url, elicitationId: 'e' });

/** A server of 2025-11-25 whose tool asks for an address to be opened, and answers with what came of it. */
async function startAsker(address: string) {
  let call: Asked | undefined;
  let stream: ServerResponse | undefined;
  return startOddServer((one, response) => {
    if (one.operation === 'tools/call') {
      call = one;
      stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
      const params = question(address);
      const asked = { jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params };
      response.write(`data: ${JSON.stringify(asked)}\n\n`);
      return true;
    }
    if (one.operation !== 'response') return false;
    const { result } = JSON.parse(one.body) as { result: unknown };
    const text = JSON.stringify(result);
    const done = { jsonrpc: '2.0', id: call?.id, result: { content: [{ type: 'text', text }] } };
    stream?.end(`data: ${JSON.stringify(done)}\n\n`);
    response.writeHead(202).end();
    return true;
  });
}

/** A server of 2026-07-28 that wants the same as part of its answer. */
async function startModernAsker(address: string) {
  return startOddServer(({ operation, body, id }, response) => {
    if (operation === 'server/discover') {
      return answer(response, id, {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {} },
        ttlMs: 0,
        cacheScope: 'private',
      });
    }
    if (operation !== 'tools/call') {
      // The older greeting is not known.
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_601, message: 'no' } }));
      return true;
    }
    const { inputResponses } = (JSON.parse(body) as { params: { inputResponses?: { q: unknown } } }).params;
    if (inputResponses === undefined) {
      const inputRequests = { q: { method: 'elicitation/create', params: question(address) } };
      return answer(response, id, { resultType: 'input_required', inputRequests });
    }
    const content = [{ type: 'text', text: JSON.stringify(inputResponses.q) }];
    return answer(response, id, { resultType: 'complete', content });
  });
}

const takesAddresses = { elicitation: { form: {}, url: {} } };

describe.each(UNFIT)('%s', (address) => {
  test('is asked of no host with a handshake: the server is told no', async () => {
    for (const start of [startAsker, startModernAsker]) {
      const { url } = await start(address);
      const host = createMachine().bridge(url);
      await host.initialize({ capabilities: takesAddresses });
      const done = await host.call('tools/call', { name: 't', arguments: {} });
      expect(JSON.parse(textOf(done))).toEqual({ action: 'decline' });
      expect(host.seen.some(({ method }) => method === 'elicitation/create')).toBe(false);
      expect(host.stderr()).toContain('a question of the server was declined');
    }
  });

  test('is shown to no host without a handshake', async () => {
    const older = createMachine().bridge((await startAsker(address)).url);
    await older.call('server/discover', modern({}, takesAddresses));
    const done = await older.call('tools/call', modern({ name: 't', arguments: {} }, takesAddresses));
    expect(JSON.parse(textOf(done))).toEqual({ action: 'decline' });

    const newer = createMachine().bridge((await startModernAsker(address)).url);
    await newer.call('server/discover', modern({}, takesAddresses));
    const refused = await newer.call('tools/call', modern({ name: 't', arguments: {} }, takesAddresses));
    expect(refused.error?.message).toContain("The server's page is");
    expect(refused.result).toBeUndefined();
  });

  test('is in no error that a host is shown', async () => {
    const { url } = await startOddServer(({ operation, id }, response) => {
      if (operation !== 'tools/call') return false;
      const error = { code: -32_042, message: 'Open it', data: { elicitations: [question(address)] } };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, error }));
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize({ capabilities: takesAddresses });
    const { error } = await host.call('tools/call', { name: 't', arguments: {} });
    expect(error?.code).toBe(-32_603);
    expect(error?.message).toContain("The server's page is");
    expect(error?.data).toBeUndefined();
  });
});

test('an address that is fit to be opened is relayed as it is', async () => {
  const { url } = await startAsker(FIT);
  const host = createMachine().bridge(url);
  await host.initialize({ capabilities: takesAddresses });
  host.send({ id: 7, method: 'tools/call', params: { name: 't', arguments: {} } });
  const asked = await host.next(({ method }) => method === 'elicitation/create');
  expect(asked.params).toEqual(question(FIT));
  host.send({ id: asked.id, result: { action: 'accept' } });
  const done = await host.next(({ id, result }) => id === 7 && result !== undefined);
  expect(JSON.parse(textOf(done))).toEqual({ action: 'accept' });
});

test('an answer that writes its words with escapes is judged all the same', async () => {
  const { url } = await startOddServer(({ operation, id }, response) => {
    if (operation === 'server/discover') {
      const discovered = {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {} },
      };
      return answer(response, id, { ...discovered, ttlMs: 0, cacheScope: 'private' });
    }
    if (operation !== 'tools/call') return false;
    const inputRequests = { q: { method: 'elicitation/create', params: question('javascript:alert(1)') } };
    const text = JSON.stringify({
      jsonrpc: '2.0',
      id,
      result: { resultType: 'input_required', inputRequests },
    });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(text.replace('input_required', 'input\\u005frequired'));
    return true;
  });
  const host = createMachine().bridge(url);
  await host.call('server/discover', modern({}, takesAddresses));
  const refused = await host.call('tools/call', modern({ name: 't', arguments: {} }, takesAddresses));
  expect(refused.error?.message).toContain("The server's page is");
});

test('an answer to a list is judged like any other', async () => {
  const { url } = await startOddServer(({ operation, id }, response) => {
    if (operation !== 'tools/list') return false;
    const error = { code: -32_042, message: 'Open it', data: { elicitations: [question('file:///x')] } };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    return true;
  });
  const host = createMachine().bridge(url);
  await host.initialize({ capabilities: takesAddresses });
  expect((await host.call('tools/list')).error?.code).toBe(-32_603);
});

test('a host with letters that can be mistaken is shown as it is asked for', async () => {
  const { url } = await startAsker('https://p\u0430ypal.example/x');
  const host = createMachine().bridge(url);
  await host.initialize({ capabilities: takesAddresses });
  host.send({ id: 7, method: 'tools/call', params: { name: 't', arguments: {} } });
  const asked = await host.next(({ method }) => method === 'elicitation/create');
  expect(asked.params?.['url']).toBe('https://xn--pypal-4ve.example/x');
});
