import { expect, test } from 'vitest';

import { startLegacyServer, startModernServer, LISTED } from './support/mcp-server.js';
import type { EventStream, Exchange } from './support/scripted-server.js';
import { openTestSession, rejection } from './support/session.js';

const FORM = {
  type: 'object',
  properties: { name: { type: 'string', default: 'John' }, age: { type: 'integer', default: 30 } },
};

/** A legacy server whose tool asks a question, on the standalone stream only, and answers with the answer. */
async function startAskingServer(openStream: (exchange: Exchange) => EventStream) {
  let stream: EventStream | undefined;
  let call: Exchange | undefined;
  return await startLegacyServer(
    {
      GET: (exchange) => {
        stream = openStream(exchange);
      },
      'tools/call': (exchange) => {
        call = exchange;
        const params = { message: 'Who are you?', requestedSchema: FORM };
        // Without a stream the question is lost, and the call hangs.
        stream?.send({ id: 'q1', method: 'elicitation/create', params });
      },
      POST: (exchange) => {
        exchange.raw(202);
        call?.result({ content: [], structuredContent: exchange.message.result });
      },
    },
    { sessionId: 's-1' },
  );
}

test('legacy: the stream is open before the first call, so that a question on it is heard', async () => {
  await using server = await startAskingServer((exchange) => exchange.stream());
  await using opened = await openTestSession(server, { answer: 'accept' });
  const result = await opened.session.callTool('ask');
  expect(result['structuredContent']).toEqual({ action: 'accept', content: { name: 'John', age: 30 } });
  expect(opened.notices).toContainEqual({
    type: 'question',
    mode: 'form',
    message: 'Who are you?',
    action: 'accept',
  });
  expect(server.log().slice(2)).toEqual([
    'POST notifications/initialized',
    'GET',
    'POST tools/call',
    'POST result',
  ]);
  expect(server.seen.slice(2).map(({ headers }) => headers['mcp-session-id'])).toEqual(Array(4).fill('s-1'));
});

test('legacy: a list opens no stream, and the stream is opened once for all calls', async () => {
  await using server = await startLegacyServer({
    'tools/list': (exchange) => exchange.result({ tools: [] }),
    'tools/call': (exchange) => exchange.result({ content: [] }),
    GET: (exchange) => exchange.stream(),
  });
  await using opened = await openTestSession(server);
  await opened.session.listTools();
  expect(server.log()).not.toContain('GET');
  await opened.session.callTool('a');
  await opened.session.callTool('b');
  expect(server.log().filter((entry) => entry === 'GET')).toHaveLength(1);
});

test.each([404, 405])('legacy: %i means that there is no stream, and the call goes ahead', async (status) => {
  await using server = await startLegacyServer({
    'tools/call': (exchange) => exchange.result({ content: [] }),
    GET: (exchange) => exchange.raw(status),
  });
  await using opened = await openTestSession(server);
  expect(await opened.session.callTool('t')).toEqual({ content: [] });
  expect(opened.notices.filter((notice) => notice.type === 'oddity')).toEqual([]);
});

test('legacy: a server that never answers for the stream holds one call up, and not for ever', async () => {
  await using server = await startLegacyServer({
    'tools/call': (exchange) => exchange.result({ content: [] }),
    GET: () => undefined,
  });
  await using opened = await openTestSession(server);
  const begun = performance.now();
  expect(await opened.session.callTool('t')).toEqual({ content: [] });
  const first = performance.now() - begun;
  // And only the first one: of the others none waits for a second.
  const others = performance.now();
  for (let call = 0; call < 5; call += 1) await opened.session.callTool('t');
  expect(performance.now() - others).toBeLessThan(4 * first);
  expect(server.log().filter((entry) => entry === 'GET')).toHaveLength(1);
});

test('modern: no stream is ever asked for', async () => {
  await using server = await startModernServer({
    'tools/list': (exchange) => exchange.result({ ...LISTED, tools: [{ name: 't', inputSchema: {} }] }),
    'tools/call': (exchange) => exchange.result({ resultType: 'complete', content: [] }),
  });
  const opened = await openTestSession(server);
  await opened.session.callTool('t');
  await opened.session.close();
  expect(server.log()).toEqual(['POST server/discover', 'POST tools/list', 'POST tools/call']);
});

test('legacy: a closed stream is resumed after the time the server names, from the last event', async () => {
  let closedAt = 0;
  let resumedAt = 0;
  let id: unknown;
  await using server = await startLegacyServer({
    'tools/call': (exchange) => {
      const stream = exchange.stream();
      id = exchange.message.id;
      stream.write('id: e-1\nretry: 300\ndata:\n\n');
      stream.end();
      closedAt = performance.now();
    },
    GET: (exchange) => {
      if (exchange.headers['last-event-id'] === undefined) return exchange.raw(405);
      resumedAt = performance.now();
      const stream = exchange.stream();
      stream.send({ id, result: { content: [], resumed: exchange.headers['last-event-id'] } }, 'e-2');
      return stream.end();
    },
  });
  await using opened = await openTestSession(server);
  expect(await opened.session.callTool('t')).toEqual({ content: [], resumed: 'e-1' });
  expect(resumedAt - closedAt).toBeGreaterThanOrEqual(290);
});

test.each([
  ['refuses', (exchange: Exchange) => exchange.raw(405), 'connection_lost'],
  [
    'resumes and ends again without an answer or an id',
    (exchange: Exchange) => exchange.stream().end(),
    'connection_lost',
  ],
])('legacy: a call fails when the server %s', async (_, resume, code) => {
  await using server = await startLegacyServer({
    'tools/call': (exchange) => {
      const stream = exchange.stream();
      stream.write('id: e-1\nretry: 10\ndata:\n\n');
      stream.end();
    },
    GET: (exchange) =>
      exchange.headers['last-event-id'] === undefined ? exchange.raw(405) : resume(exchange),
  });
  await using opened = await openTestSession(server, { requestTimeoutMs: 15_000 });
  expect(await rejection(opened.session.callTool('t'))).toMatchObject({ code });
});

test('legacy: a forgotten session is begun anew and the request sent again', async () => {
  let sessions = 0;
  let isForgotten = false;
  await using server = await startLegacyServer({
    initialize: (exchange) =>
      exchange.result(
        { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 's', version: '1' } },
        { 'mcp-session-id': `s-${(sessions += 1)}` },
      ),
    'tools/call': (exchange) => {
      if (!isForgotten || exchange.headers['mcp-session-id'] === 's-2')
        return exchange.result({ content: [] });
      return exchange.error(-32_001, 'Session not found', { status: 404 });
    },
  });
  await using opened = await openTestSession(server);
  await opened.session.callTool('t');
  isForgotten = true;
  const [one, two] = await Promise.all([opened.session.callTool('t'), opened.session.callTool('t')]);
  expect([one, two]).toEqual([{ content: [] }, { content: [] }]);
  expect(sessions).toBe(2);
  expect(opened.notices.filter(({ type }) => type === 'connected')).toHaveLength(2);
  expect(server.log()).not.toContain('DELETE');
});

test('legacy: a call that is under way when the session is forgotten goes on, and is not sent twice', async () => {
  let sessions = 0;
  const calls: Exchange[] = [];
  await using server = await startLegacyServer({
    initialize: (exchange) =>
      exchange.result(
        { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 's', version: '1' } },
        { 'mcp-session-id': `s-${(sessions += 1)}` },
      ),
    'tools/call': (exchange) => calls.push(exchange),
    'prompts/get': (exchange) => {
      if (exchange.headers['mcp-session-id'] === 's-1') return exchange.raw(404);
      return exchange.result({ messages: [] });
    },
  });
  await using opened = await openTestSession(server);
  const call = opened.session.callTool('slow');
  await expect.poll(() => calls).toHaveLength(1);
  await opened.session.getPrompt('p');
  calls[0]?.result({ content: [] });
  expect(await call).toEqual({ content: [] });
  expect(calls).toHaveLength(1);
});

test('legacy: without a session, 404 is an error and no reason to begin anew', async () => {
  await using server = await startLegacyServer({ 'prompts/get': (exchange) => exchange.raw(404) });
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.getPrompt('p'))).toMatchObject({
    code: 'server_error',
    facts: { status: 404 },
  });
  expect(server.log().filter((entry) => entry === 'POST initialize')).toHaveLength(1);
});

test('legacy: a session that cannot be begun anew at once is begun a little later', async () => {
  let initialized = 0;
  await using server = await startLegacyServer({
    initialize: (exchange) => {
      initialized += 1;
      if (initialized === 2) return exchange.raw(503);
      return exchange.result(
        { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 's', version: '1' } },
        { 'mcp-session-id': `s-${initialized}` },
      );
    },
    'prompts/get': (exchange) =>
      exchange.headers['mcp-session-id'] === 's-1' ? exchange.raw(404) : exchange.result({ messages: [] }),
  });
  await using opened = await openTestSession(server);
  expect(await opened.session.getPrompt('p')).toEqual({ messages: [] });
  expect(server.log().filter((entry) => entry === 'POST prompts/get')).toHaveLength(2);
});

test('legacy: a server that has its stream resumed for ever at once is not hammered until the time is over', async () => {
  let resumed = 0;
  const prime = (exchange: Exchange): void => {
    const stream = exchange.stream();
    stream.write(`id: e-${(resumed += 1)}\nretry: 0\ndata:\n\n`);
    stream.end();
  };
  await using server = await startLegacyServer({
    'tools/call': prime,
    GET: (exchange) =>
      exchange.headers['last-event-id'] === undefined ? exchange.raw(405) : prime(exchange),
  });
  await using opened = await openTestSession(server, { requestTimeoutMs: 3_000 });
  expect(await rejection(opened.session.callTool('t'))).toMatchObject({ code: 'timeout' });
  expect(resumed).toBeGreaterThan(1);
  expect(resumed).toBeLessThan(8);
});
