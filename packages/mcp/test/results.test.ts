import { expect, test } from 'vitest';

import { LISTED, startLegacyServer, startModernServer } from './support/mcp-server.js';
import { openTestSession, rejection } from './support/session.js';

const STRANGE_TOOL = {
  vendor: { nested: [1, { two: null }] },
  name: 'strange',
  inputSchema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: { address: { $anchor: 'here', type: 'object' } },
    properties: { a: { $ref: '#/$defs/address', 'x-vendor': true } },
    if: { required: ['a'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { minProperties: 1 },
    else: false,
    additionalProperties: false,
  },
  outputSchema: { type: 'array', items: true },
  annotations: { readOnlyHint: true, unknownHint: 'yes' },
  _meta: { 'example.com/x': 1 },
};

const STRANGE_RESULT = {
  content: [
    { type: 'hologram', beams: 3 },
    { type: 'text', text: 'hi', extra: true },
  ],
  structuredContent: [1, 2],
  isError: true,
  _meta: { 'example.com/trace': { id: 7 } },
  unknown: null,
};

test('modern: tools, results and what they hold come as received, also what breaks its own schema', async () => {
  const result = { ...STRANGE_RESULT, resultType: 'complete' };
  await using server = await startModernServer({
    'tools/list': (exchange) => exchange.result({ ...LISTED, tools: [STRANGE_TOOL] }),
    'tools/call': (exchange) => exchange.result(result),
  });
  await using opened = await openTestSession(server);
  const { items } = await opened.session.listTools();
  expect(JSON.stringify(items)).toBe(JSON.stringify([STRANGE_TOOL]));
  expect(await opened.session.callTool('strange', { a: null })).toEqual(result);
  expect(server.seen.at(-1)?.message.params?.['arguments']).toEqual({ a: null });
});

test('legacy: tools, results and what they hold come as received, also content of an unknown type', async () => {
  await using server = await startLegacyServer({
    'tools/list': (exchange) => exchange.result({ tools: [STRANGE_TOOL] }),
    'tools/call': (exchange) => exchange.result(STRANGE_RESULT),
  });
  await using opened = await openTestSession(server);
  const { items } = await opened.session.listTools();
  expect(JSON.stringify(items)).toBe(JSON.stringify([STRANGE_TOOL]));
  expect(await opened.session.callTool('strange')).toEqual(STRANGE_RESULT);
});

test('an answer as event stream is an answer too, with notifications before it', async () => {
  await using server = await startLegacyServer({
    'tools/call': (exchange) => {
      const stream = exchange.stream();
      stream.write(': keep-alive\n\n');
      stream.send({ method: 'notifications/message', params: { level: 'info', data: { step: 1 } } });
      stream.send({ id: exchange.message.id, result: { content: [] } });
      stream.end();
    },
  });
  await using opened = await openTestSession(server);
  expect(await opened.session.callTool('t')).toEqual({ content: [] });
  expect(opened.notices).toContainEqual({ type: 'server_log', level: 'info', data: { step: 1 } });
});

test('modern: an element that breaks the rules of the protocol does not hide the others', async () => {
  const tools = [
    { name: 'fine', inputSchema: { type: 'object' } },
    { name: 'odd', inputSchema: {} },
  ];
  await using server = await startModernServer({
    'tools/list': (exchange) => exchange.result({ ...LISTED, tools }),
  });
  await using opened = await openTestSession(server);
  expect((await opened.session.listTools()).items).toEqual(tools);
});

test('a modern result without resultType is complete', async () => {
  await using server = await startModernServer({
    'prompts/get': (exchange) => exchange.result({ messages: [] }),
  });
  await using opened = await openTestSession(server);
  expect(await opened.session.getPrompt('p', { a: '1' })).toEqual({ messages: [] });
  const { headers, message } = server.seen.at(-1) ?? {};
  expect(headers?.['mcp-name']).toBe('p');
  expect(message?.params).toMatchObject({ name: 'p', arguments: { a: '1' } });
});

test('a modern result of an unknown type is refused, and not asked for again', async () => {
  await using server = await startModernServer({
    'prompts/get': (exchange) => exchange.result({ resultType: 'poem', messages: [] }),
  });
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.getPrompt('p'))).toMatchObject({ code: 'answer_invalid' });
  expect(server.log()).toEqual(['POST server/discover', 'POST prompts/get']);
});

test('a resource is read by its URI, whatever is in it', async () => {
  const contents = [{ uri: 'file:///ä b', blob: 'AAAA', strange: 1 }];
  await using server = await startModernServer({
    'resources/read': (exchange) => exchange.result({ ...LISTED, contents }),
  });
  await using opened = await openTestSession(server);
  expect(await opened.session.readResource('file:///ä b')).toEqual({ ...LISTED, contents });
  expect(server.seen.at(-1)?.headers['mcp-name']).toBe('=?base64?ZmlsZTovLy/DpCBi?=');
});

test('a JSON-RPC error is an error with its code, message and data', async () => {
  await using server = await startLegacyServer({
    'resources/read': (exchange) =>
      exchange.error(-32_002, 'No\u001b[31m such\nthing', { data: { uri: 'x' } }),
  });
  await using opened = await openTestSession(server);
  const error = await rejection(opened.session.readResource('x'));
  expect(error).toMatchObject({
    name: 'McpassError',
    code: 'server_error',
    step: 'session',
    fault: 'server',
    facts: { rpcCode: -32_002 },
    cause: { code: -32_002, message: 'No\u001b[31m such\nthing', data: { uri: 'x' } },
  });
  expect((error as Error).message).toBe(
    'The server refused resources/read: "No [31m such thing" (JSON-RPC error -32002).',
  );
});

test('a JSON-RPC error in the body of a refusal is found there', async () => {
  await using server = await startLegacyServer({
    'prompts/get': (exchange) => exchange.error(-32_000, 'Not today', { status: 400 }),
  });
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.getPrompt('p'))).toMatchObject({
    code: 'server_error',
    facts: { rpcCode: -32_000 },
    cause: { code: -32_000, message: 'Not today' },
  });
});

test.each([
  ['an error page', 500, '<html>Oh no</html>', { code: 'server_error', facts: { status: 500 } }],
  ['an answer to something else', 200, '{"jsonrpc":"2.0","id":99,"result":{}}', { code: 'answer_invalid' }],
  ['no message at all', 200, '[17]', { code: 'answer_invalid' }],
  ['nothing', 202, '', { code: 'answer_invalid' }],
])('%s is told at once', async (_, status, body, expected) => {
  await using server = await startLegacyServer({
    'tools/list': (exchange) => exchange.raw(status, body, { 'content-type': 'application/json' }),
  });
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.listTools())).toMatchObject(expected);
});

test('an error beside an empty result, and members that nobody knows, do no harm', async () => {
  await using server = await startLegacyServer({
    'tools/list': ({ message, raw }) =>
      raw(200, JSON.stringify({ id: message.id, result: { tools: [] }, error: null, took: 3 }), {
        'content-type': 'application/json; charset=utf-8',
      }),
  });
  await using opened = await openTestSession(server);
  expect(await opened.session.listTools()).toEqual({ supported: true, items: [] });
});

test('an event stream that ends without the answer is told at once', async () => {
  await using server = await startLegacyServer({
    'tools/call': (exchange) => exchange.stream().end(),
  });
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.callTool('t'))).toMatchObject({ code: 'connection_lost' });
});

test('an event stream that breaks is told at once', async () => {
  await using server = await startLegacyServer({
    'tools/call': (exchange) => {
      const stream = exchange.stream();
      stream.write(': hello\n\n');
      setTimeout(() => stream.cut(), 20);
    },
  });
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.callTool('t'))).toMatchObject({ code: 'connection_lost' });
});

test('nonsense on an event stream is told as nonsense', async () => {
  await using server = await startLegacyServer({
    'tools/call': (exchange) => {
      const stream = exchange.stream();
      stream.write('data: {"not":"a message"}\n\n');
      stream.end();
    },
  });
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.callTool('t'))).toMatchObject({ code: 'answer_invalid' });
});

test('a connection cut before the answer is a lost connection', async () => {
  await using server = await startLegacyServer({ 'prompts/get': (exchange) => exchange.cut() });
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.getPrompt('p'))).toMatchObject({
    code: 'connection_lost',
    fault: 'network',
  });
});

test('a redirect to another place is not followed with the request', async () => {
  await using elsewhere = await startLegacyServer({});
  await using server = await startLegacyServer({
    'prompts/get': (exchange) => exchange.raw(307, '', { location: elsewhere.url }),
  });
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.getPrompt('p'))).toMatchObject({ code: 'redirect_refused' });
  expect(elsewhere.seen).toEqual([]);
});
