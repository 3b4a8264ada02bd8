import { expect, test } from 'vitest';

import { openSession } from '../src/index.js';
import { LISTED, startLegacyServer, startModernServer } from './support/mcp-server.js';
import { startServer } from './support/scripted-server.js';
import { openTestSession, rejection } from './support/session.js';

test('a modern server is discovered with one request', async () => {
  await using server = await startModernServer({});
  await using opened = await openTestSession(server);
  const { session, notices } = opened;
  expect(session.era).toBe('modern');
  expect(session.protocolVersion).toBe('2026-07-28');
  expect(session.serverInfo).toEqual({ name: 'scripted', version: '1.2.3' });
  expect(session.instructions).toBe('be brief');
  expect(session.capabilities).toHaveProperty('tools');
  expect(server.log()).toEqual(['POST server/discover']);
  expect(notices).toEqual([
    { type: 'connected', era: 'modern', protocolVersion: '2026-07-28', transport: 'http' },
  ]);
});

test('every modern request carries version, client and capabilities, in headers and body alike', async () => {
  await using server = await startModernServer({
    'tools/list': (exchange) => exchange.result({ ...LISTED, tools: [] }),
  });
  await using opened = await openTestSession(server);
  await opened.session.listTools();
  for (const { headers, message } of server.seen) {
    expect(headers['mcp-protocol-version']).toBe('2026-07-28');
    expect(headers['mcp-method']).toBe(message.method);
    expect(headers['accept']).toBe('application/json, text/event-stream');
    expect(message.params?.['_meta']).toMatchObject({
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
    });
  }
});

test('the name of a draft server, which has it in the result itself, is accepted', async () => {
  await using server = await startModernServer({
    'server/discover': (exchange) =>
      exchange.result({
        ...LISTED,
        supportedVersions: ['2026-07-28'],
        capabilities: {},
        serverInfo: { name: 'draft', version: '0' },
      }),
  });
  await using opened = await openTestSession(server);
  expect(opened.session.serverInfo).toEqual({ name: 'draft', version: '0' });
});

test('the least that a server can say of itself is enough', async () => {
  await using server = await startModernServer({
    'server/discover': (exchange) => exchange.result({ supportedVersions: ['2026-07-28'], capabilities: {} }),
  });
  await using opened = await openTestSession(server);
  expect(opened.session).toMatchObject({ era: 'modern', serverInfo: undefined, instructions: undefined });
});

test('after -32022 the listed version is tried, even if it is the same one, and never initialize', async () => {
  let asked = 0;
  await using server = await startModernServer({
    'server/discover': (exchange) => {
      asked += 1;
      return asked === 1
        ? exchange.error(-32_022, 'Unsupported', {
            status: 400,
            data: { supported: ['2026-07-28'], requested: 'x' },
          })
        : exchange.result({ ...LISTED, supportedVersions: ['2026-07-28'], capabilities: {} });
    },
  });
  await using opened = await openTestSession(server);
  expect(opened.session.era).toBe('modern');
  expect(server.log()).toEqual(['POST server/discover', 'POST server/discover']);
});

test.each([
  ['an empty result', (exchange) => exchange.result({})],
  ['400 with text', (exchange) => exchange.raw(400, 'no')],
  ['404', (exchange) => exchange.raw(404)],
  ['404 with -32601', (exchange) => exchange.error(-32_601, 'Method not found', { status: 404 })],
  ['-32601', (exchange) => exchange.error(-32_601, 'Method not found')],
  ['500, which the SDK alone takes for an outage', (exchange) => exchange.raw(500, 'oops')],
  ['202 and no answer', (exchange) => exchange.raw(202)],
  ['an event stream without an answer', (exchange) => exchange.stream().end()],
  [
    'an error without an id, as JSON-RPC has it for requests that could not be read',
    (exchange) =>
      exchange.raw(200, '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}}', {
        'content-type': 'application/json',
      }),
  ],
] satisfies [string, Parameters<typeof startServer>[0]][])(
  'a server that answers the discovery with %s is greeted with initialize',
  async (_, discover) => {
    await using server = await startLegacyServer({ 'server/discover': discover });
    await using opened = await openTestSession(server);
    expect(opened.session.era).toBe('legacy');
    expect(opened.session.protocolVersion).toBe('2025-11-25');
    expect(opened.session.serverInfo).toEqual({ name: 'scripted', version: '1.2.3' });
    expect(opened.session.instructions).toBe('be brief');
    expect(server.log()).toEqual([
      'POST server/discover',
      'POST initialize',
      'POST notifications/initialized',
    ]);
    const [, initialize, initialized] = server.seen;
    expect(initialize?.headers['mcp-method']).toBeUndefined();
    expect(initialized?.headers['mcp-protocol-version']).toBe('2025-11-25');
  },
);

test.each([
  [401, 'forbidden'],
  [403, 'forbidden'],
  [503, 'server_error'],
])('HTTP %i says nothing about the era: no initialize', async (status, code) => {
  await using server = await startServer((exchange) => exchange.raw(status, 'no'));
  const error = await rejection(openTestSession(server));
  expect(error).toMatchObject({ code, facts: { status } });
  expect(server.log()).toEqual(['POST server/discover']);
});

test('too many requests are told as such', async () => {
  await using server = await startServer((exchange) => exchange.raw(429));
  expect(await rejection(openTestSession(server))).toMatchObject({
    code: 'rate_limited',
    facts: { status: 429 },
  });
});

test('a page instead of an answer is told, not taken for an old server', async () => {
  await using server = await startServer((exchange) =>
    exchange.raw(200, '<html>Welcome</html>', { 'content-type': 'text/html' }),
  );
  const error = await rejection(openTestSession(server));
  expect(error).toMatchObject({ name: 'McpassError', code: 'answer_invalid' });
  expect(String(error)).toContain('text/html');
  expect(server.log()).toEqual(['POST server/discover']);
});

test('text that only claims to be JSON is told', async () => {
  await using server = await startServer((exchange) =>
    exchange.raw(200, 'OK\n', { 'content-type': 'application/json' }),
  );
  const error = await rejection(openTestSession(server));
  expect(error).toMatchObject({ code: 'answer_invalid' });
  expect(String(error)).toContain('no JSON-RPC message');
});

test('a server that is not there is named as such', async () => {
  const server = await startServer(() => undefined);
  await server[Symbol.asyncDispose]();
  const error = await rejection(openTestSession(server));
  expect(error).toMatchObject({ code: 'connect_failed', fault: 'network' });
  expect(String(error)).toContain('ECONNREFUSED');
});

test('a URL that is none is a usage error', async () => {
  const options = { url: 'nonsense', fetch, clientInfo: { name: 'test', version: '1' } };
  expect(await rejection(openSession(options))).toMatchObject({ code: 'usage' });
});

test('a server that never answers the greeting times out', async () => {
  await using server = await startServer(() => undefined);
  const error = await rejection(openTestSession(server, { startupTimeoutMs: 50 }));
  expect(error).toMatchObject({ code: 'timeout' });
  expect(String(error)).toContain('did not answer the greeting in 0.05 s');
});

test('a protocol version that nobody knows is told', async () => {
  await using server = await startLegacyServer({
    initialize: (exchange) =>
      exchange.result({
        protocolVersion: '1999-01-01',
        capabilities: {},
        serverInfo: { name: 'x', version: '1' },
      }),
  });
  const error = await rejection(openTestSession(server));
  expect(error).toMatchObject({ code: 'answer_invalid' });
  expect(String(error)).toContain('1999-01-01');
});
