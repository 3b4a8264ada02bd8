import { expect, test } from 'vitest';

import { startLegacyServer, startModernServer } from './support/mcp-server.js';
import type { EventStream, Exchange } from './support/scripted-server.js';
import { openTestSession, rejection } from './support/session.js';

/* What belongs to one session, and what outlives it. */

const CONTENT = { content: [] };

/** Hands out sessions; from `forget()` on the first one is not known to whatever asks in it. */
async function startForgetful(script: Readonly<Record<string, (exchange: Exchange) => unknown>>) {
  let sessions = 0;
  let forgotten = false;
  const guarded = (answer: (exchange: Exchange) => unknown) => (exchange: Exchange) =>
    forgotten && exchange.headers['mcp-session-id'] === 's-1' ? exchange.raw(404) : answer(exchange);
  const server = await startLegacyServer({
    initialize: (exchange) =>
      exchange.result(
        { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 's', version: '1' } },
        { 'mcp-session-id': `s-${(sessions += 1)}` },
      ),
    ...Object.fromEntries(Object.entries(script).map(([method, answer]) => [method, guarded(answer)])),
  });
  return {
    server,
    forget() {
      forgotten = true;
    },
  };
}

test('a session that is lost takes no call with it that is being answered', async () => {
  let stream: EventStream | undefined;
  let slow: Exchange | undefined;
  const { server, forget } = await startForgetful({
    'tools/call': (exchange) => {
      slow = exchange;
      stream = exchange.stream();
    },
    'prompts/get': (exchange) => exchange.result({ messages: [] }),
  });
  await using opened = await openTestSession(server);
  const call = opened.session.callTool('slow');
  await expect.poll(() => stream).toBeDefined();
  forget();
  await opened.session.getPrompt('p');
  stream?.send({ id: slow?.message.id, result: CONTENT });
  stream?.end();
  expect(await call).toEqual(CONTENT);
  expect(server.log().filter((entry) => entry === 'POST tools/call')).toHaveLength(1);
  await server[Symbol.asyncDispose]();
});

test('the session in its place has its stream before the call is sent again', async () => {
  let stream: EventStream | undefined;
  let call: Exchange | undefined;
  const { server, forget } = await startForgetful({
    GET: (exchange) => {
      stream = exchange.stream();
    },
    'tools/call': (exchange) => {
      call = exchange;
      const params = { message: 'Who?', requestedSchema: { type: 'object', properties: {} } };
      stream?.send({ id: 'q', method: 'elicitation/create', params });
    },
    POST: (exchange) => {
      exchange.raw(202);
      call?.result({ content: [], structuredContent: exchange.message.result });
    },
  });
  await using opened = await openTestSession(server, { answer: 'accept' });
  await opened.session.callTool('ask');
  forget();
  const { structuredContent } = await opened.session.callTool('ask');
  expect(structuredContent).toEqual({ action: 'accept', content: {} });
  await server[Symbol.asyncDispose]();
});

test('two first calls at once both wait for the stream', async () => {
  await using server = await startLegacyServer({
    GET: (exchange) => exchange.stream(),
    'tools/call': (exchange) => exchange.result(CONTENT),
  });
  await using opened = await openTestSession(server);
  await Promise.all([opened.session.callTool('a'), opened.session.callTool('b')]);
  expect(server.log().filter((entry) => entry === 'GET')).toHaveLength(1);
  expect(server.log().indexOf('GET')).toBeLessThan(server.log().indexOf('POST tools/call'));
});

test('a tool that fails with words of its own about something not initialized is not called again', async () => {
  let orders = 0;
  await using server = await startLegacyServer(
    {
      'tools/call': (exchange) => {
        orders += 1;
        const words = 'Order placed, but the mail server is not initialized';
        exchange.error(-32_000, words, { status: 400 });
      },
    },
    { sessionId: 's' },
  );
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.callTool('order'))).toMatchObject({ code: 'server_error' });
  expect(orders).toBe(1);
});

test('a server that refuses notifications/initialized answers calls all the same', async () => {
  await using server = await startLegacyServer({
    'notifications/initialized': (exchange) => exchange.raw(500),
    'tools/call': (exchange) => exchange.result(CONTENT),
  });
  await using opened = await openTestSession(server);
  expect(await opened.session.callTool('t')).toEqual(CONTENT);
  expect(opened.notices.some((notice) => notice.type === 'oddity')).toBe(true);
});

test('what a server says to initialize is the reason, not what it says to a method that it does not know', async () => {
  await using server = await startLegacyServer({
    'server/discover': (exchange) => exchange.error(-32_601, 'Method not found'),
    initialize: (exchange) => exchange.error(-32_000, 'Your organisation has switched MCP off'),
  });
  expect(String(await rejection(openTestSession(server)))).toContain('has switched MCP off');
});

test('modern: a request that is accepted and not answered fails at once', async () => {
  await using server = await startModernServer({ 'prompts/get': (exchange) => exchange.raw(202) });
  await using opened = await openTestSession(server, { requestTimeoutMs: 60_000 });
  expect(await rejection(opened.session.getPrompt('p'))).toMatchObject({ code: 'answer_invalid' });
});

test('a program may have any name, and no limit of time', async () => {
  await using server = await startLegacyServer({ 'tools/call': (exchange) => exchange.result(CONTENT) });
  await using opened = await openTestSession(server, {
    clientInfo: { name: '助手\n', version: '1' },
    requestTimeoutMs: Infinity,
    startupTimeoutMs: Infinity,
  });
  expect(await opened.session.callTool('t')).toEqual(CONTENT);
  expect(server.seen[1]?.message.params?.['clientInfo']).toEqual({ name: '助手\n', version: '1' });
});

test('a revision that no header can carry is told', async () => {
  await using server = await startLegacyServer({
    initialize: (exchange) =>
      exchange.result({ protocolVersion: '2025\r\nx: y', capabilities: {}, serverInfo: {} }),
  });
  expect(await rejection(openTestSession(server))).toMatchObject({ code: 'answer_invalid' });
});

test('a server that talks without end before it answers the greeting is not listened to', async () => {
  await using server = await startModernServer({
    'server/discover': (exchange) => {
      const stream = exchange.stream();
      const message = 'data: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n';
      stream.write(message.repeat(2_000));
    },
  });
  expect(await rejection(openTestSession(server, { startupTimeoutMs: 60_000 }))).toMatchObject({
    code: 'answer_too_large',
  });
});

test('a refusal on a stream that stays open is a refusal', async () => {
  await using server = await startLegacyServer({
    'server/discover': (exchange) => {
      exchange.stream({}, 400).send({ id: null, error: { code: -32_601, message: 'no' } });
    },
  });
  await using opened = await openTestSession(server, { startupTimeoutMs: 60_000 });
  expect(opened.session.era).toBe('legacy');
});

test('an address for messages that only looks like one of the server gets none', async () => {
  await using server = await startLegacyServer({
    'server/discover': (exchange) => exchange.raw(404),
    initialize: (exchange) => exchange.raw(404),
    GET: (exchange) => {
      exchange.stream().write(`event: endpoint\ndata: blob:${new URL(server.url).origin}/x\n\n`);
    },
  });
  expect(await rejection(openTestSession(server))).toMatchObject({ code: 'redirect_refused' });
});
