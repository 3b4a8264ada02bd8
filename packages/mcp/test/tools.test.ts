import { expect, test } from 'vitest';

import type { JsonObject } from '../src/index.js';
import { LISTED, startLegacyServer, startModernServer, type Script } from './support/mcp-server.js';
import { openTestSession, rejection } from './support/session.js';

const schemaOf = (property: object): JsonObject => ({ type: 'object', properties: { region: property } });

const MARKED = { name: 'marked', inputSchema: schemaOf({ type: 'string', 'x-mcp-header': 'Region' }) };
const BROKEN = { name: 'broken', inputSchema: schemaOf({ type: 'number', 'x-mcp-header': 'Region' }) };
const PLAIN = { name: 'plain', inputSchema: { type: 'object' } };

const script: Script = {
  'tools/list': (exchange) => exchange.result({ ...LISTED, tools: [MARKED, BROKEN, PLAIN] }),
  'tools/call': (exchange) => exchange.result({ resultType: 'complete', content: [] }),
};

test('modern: a call lists once, and carries the marked arguments as headers', async () => {
  await using server = await startModernServer(script);
  await using opened = await openTestSession(server);
  await opened.session.callTool('marked', { region: ' Köln ' });
  await opened.session.callTool('marked', { region: null });
  expect(server.log()).toEqual([
    'POST server/discover',
    'POST tools/list',
    'POST tools/call',
    'POST tools/call',
  ]);
  const [first, second] = server.seen.slice(2);
  expect(first?.headers).toMatchObject({
    'mcp-name': 'marked',
    'mcp-param-region': '=?base64?IEvDtmxuIA==?=',
  });
  expect(second?.headers).not.toHaveProperty('mcp-param-region');
  expect(second?.message.params?.['arguments']).toEqual({ region: null });
});

test('legacy: a call lists nothing, and has no such headers', async () => {
  await using server = await startLegacyServer(script);
  await using opened = await openTestSession(server);
  await opened.session.callTool('marked', { region: 'x' });
  expect(server.log()).not.toContain('POST tools/list');
  expect(server.seen.at(-1)?.headers).not.toHaveProperty('mcp-param-region');
});

test('modern: a tool that breaks the rules is left out, told once, and not called', async () => {
  await using server = await startModernServer(script);
  await using opened = await openTestSession(server);
  const { items } = await opened.session.listTools();
  expect(items.map((tool) => tool['name'])).toEqual(['marked', 'plain']);
  await opened.session.listTools();
  const dropped = opened.notices.filter((notice) => notice.type === 'tool_dropped');
  expect(dropped).toEqual([
    {
      type: 'tool_dropped',
      tool: 'broken',
      reason: 'region: x-mcp-header is only for string, integer and boolean',
    },
  ]);
  expect(await rejection(opened.session.callTool('broken'))).toMatchObject({
    code: 'tool_unknown',
    fault: 'server',
    facts: { reason: 'invalid_header', tool: 'broken' },
  });
  expect(server.log()).not.toContain('POST tools/call');
});

test('modern: a name that is not listed is refused with the names that are', async () => {
  await using server = await startModernServer(script);
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.callTool('plian'))).toMatchObject({
    code: 'tool_unknown',
    fault: 'yours',
    facts: { reason: 'not_listed', tool: 'plian', tools: ['marked', 'plain'] },
  });
  expect(server.log()).not.toContain('POST tools/call');
});

test.each([-32_602, -32_601])(
  'legacy: error %i for a name that is not listed is an unknown tool',
  async (code) => {
    await using server = await startLegacyServer({
      ...script,
      'tools/call': (exchange) => exchange.error(code, 'Unknown tool'),
    });
    await using opened = await openTestSession(server);
    expect(await rejection(opened.session.callTool('plian'))).toMatchObject({
      code: 'tool_unknown',
      facts: { reason: 'not_listed', rpcCode: code },
      cause: { facts: { rpcCode: code } },
    });
    expect(await rejection(opened.session.callTool('plain'))).toMatchObject({
      code: 'server_error',
      facts: { rpcCode: code },
    });
  },
);

test('legacy: another error asks for no list', async () => {
  await using server = await startLegacyServer({
    ...script,
    'tools/call': (exchange) => exchange.error(-32_000, 'Tired'),
  });
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.callTool('plain'))).toMatchObject({ facts: { rpcCode: -32_000 } });
  expect(server.log()).not.toContain('POST tools/list');
});

test('modern: a tool that the server got since its list was read is called', async () => {
  let tools: readonly object[] = [PLAIN];
  await using server = await startModernServer({
    ...script,
    'tools/list': (exchange) => exchange.result({ ...LISTED, tools }),
  });
  await using opened = await openTestSession(server);
  await opened.session.callTool('plain');
  tools = [PLAIN, MARKED];
  await opened.session.callTool('marked', { region: 'x' });
  await opened.session.callTool('marked', { region: 'x' });
  expect(server.seen.at(-1)?.headers).toMatchObject({ 'mcp-param-region': 'x' });
  expect(server.log().filter((entry) => entry === 'POST tools/list')).toHaveLength(2);
});

test('modern: a server that does not list its tools is called without headers', async () => {
  await using server = await startModernServer(
    { 'tools/call': (exchange) => exchange.result({ resultType: 'complete', content: [] }) },
    { capabilities: { tools: {} } },
  );
  await using opened = await openTestSession(server);
  await opened.session.callTool('hidden', { region: 'x' });
  expect(server.log()).toEqual(['POST server/discover', 'POST tools/list', 'POST tools/call']);
});

test('modern: after a header mismatch the tools are listed again and the call is repeated once', async () => {
  let marked = false;
  await using server = await startModernServer({
    'tools/list': (exchange) =>
      exchange.result({
        ...LISTED,
        tools: [marked ? MARKED : { ...MARKED, inputSchema: { type: 'object' } }],
      }),
    'tools/call': (exchange) =>
      exchange.headers['mcp-param-region'] === 'x'
        ? exchange.result({ resultType: 'complete', content: [] })
        : exchange.error(-32_020, 'Header mismatch', { status: 400 }),
  });
  await using opened = await openTestSession(server);
  await opened.session.listTools();
  marked = true;
  await opened.session.callTool('marked', { region: 'x' });
  expect(server.log().slice(1)).toEqual([
    'POST tools/list',
    'POST tools/call',
    'POST tools/list',
    'POST tools/call',
  ]);
  marked = false;
  expect(await rejection(opened.session.callTool('marked', { region: 'y' }))).toMatchObject({
    facts: { rpcCode: -32_020 },
  });
});

test('only enabled tools are there, and disabled ones are not', async () => {
  await using server = await startModernServer(script);
  await using opened = await openTestSession(server, {
    enabledTools: ['marked', 'plain'],
    disabledTools: ['marked'],
  });
  const { items } = await opened.session.listTools();
  expect(items).toEqual([PLAIN]);
  expect(await rejection(opened.session.callTool('marked'))).toMatchObject({
    code: 'tool_unknown',
    facts: { reason: 'disabled' },
  });
  expect(server.log()).toEqual(['POST server/discover', 'POST tools/list']);
});

test('a call without arguments sends empty ones', async () => {
  await using server = await startLegacyServer(script);
  await using opened = await openTestSession(server);
  await opened.session.callTool('plain');
  expect(server.seen.at(-1)?.message.params?.['arguments']).toEqual({});
});

test('a tool that failed is a result', async () => {
  const result = { content: [{ type: 'text', text: 'broken' }], isError: true };
  await using server = await startLegacyServer({ 'tools/call': (exchange) => exchange.result(result) });
  await using opened = await openTestSession(server);
  expect(await opened.session.callTool('plain')).toEqual(result);
});
