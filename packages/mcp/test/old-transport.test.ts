import { McpassError } from '@mcpass/auth';
import { expect, test } from 'vitest';

import { startServer, type EventStream, type Exchange } from './support/scripted-server.js';
import { openTestSession, rejection } from './support/session.js';

/** A server of 2024-11-05: one stream by GET, messages by POST to the place that it names. */
async function startOldServer(refusal: number, answer?: (exchange: Exchange, stream: EventStream) => void) {
  let stream: EventStream | undefined;
  return await startServer((exchange) => {
    const { http, path, message } = exchange;
    if (http === 'GET') {
      stream = exchange.stream();
      stream.write('event: endpoint\ndata: /messages?session=1\n\n');
      return;
    }
    if (path === '/mcp') return exchange.raw(refusal, 'no such thing');
    exchange.raw(202);
    if (stream === undefined || message.id === undefined) return;
    if (message.method === 'initialize') {
      const serverInfo = { name: 'old', version: '1' };
      stream.send({
        id: message.id,
        result: { protocolVersion: '2024-11-05', capabilities: { tools: {} }, serverInfo },
      });
    } else if (answer !== undefined) {
      answer(exchange, stream);
    }
  });
}

test.each([400, 404, 405])('a server that refuses POST with %i is asked for a stream', async (status) => {
  await using server = await startOldServer(status, ({ message }, stream) =>
    stream.send({ id: message.id, result: { tools: [{ name: 'ancient' }], content: [] } }),
  );
  const opened = await openTestSession(server);
  expect(opened.session).toMatchObject({ era: 'legacy', protocolVersion: '2024-11-05' });
  expect(opened.notices).toEqual([
    { type: 'connected', era: 'legacy', protocolVersion: '2024-11-05', transport: 'sse' },
  ]);
  expect((await opened.session.listTools()).items).toEqual([{ name: 'ancient' }]);
  expect(await opened.session.callTool('ancient')).toMatchObject({ content: [] });
  await opened.session.close();
  expect(server.log()).toEqual([
    'POST server/discover',
    'POST initialize',
    'GET',
    'POST initialize',
    'POST notifications/initialized',
    'POST tools/list',
    'POST tools/call',
  ]);
});

test('a call fails when the one stream breaks', async () => {
  await using server = await startOldServer(405, (_, stream) => stream.cut());
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.callTool('t'))).toMatchObject({ code: 'connection_lost' });
});

test('a server that has neither is told by its first refusal', async () => {
  await using server = await startServer((exchange) => exchange.raw(404, 'not here'));
  expect(await rejection(openTestSession(server))).toMatchObject({
    code: 'server_error',
    facts: { status: 404 },
  });
  expect(server.log()).toEqual(['POST server/discover', 'POST initialize', 'GET']);
});

test('a JSON-RPC error with the same status is the answer of a newer server', async () => {
  await using server = await startServer((exchange) =>
    exchange.error(-32_600, 'Not like this', { status: 400 }),
  );
  expect(await rejection(openTestSession(server))).toMatchObject({ facts: { rpcCode: -32_600 } });
  expect(server.log()).not.toContain('GET');
});

test('what fetch throws when the stream is opened comes out as it is', async () => {
  const error = new McpassError('login_required', 'Sign in.', { step: 'credential', fault: 'yours' });
  await using server = await startOldServer(405);
  const broken: typeof fetch = async (url, init) => {
    if (init?.method !== 'POST') throw error;
    return await fetch(url, init);
  };
  expect(await rejection(openTestSession(server, { fetch: broken }))).toBe(error);
});
