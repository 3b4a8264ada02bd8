import { describe, expect, test } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../src/index.js';
import { newRpc, rawRpc, rpc } from '../support/rpc.js';
import { sandboxes } from '../support/sandboxes.js';

const open = sandboxes();
const start = (options: SandboxOptions = {}): Promise<Sandbox> =>
  open('plain', { protected: false, eras: 'older', ...options });

test('settles on a revision that both have, else offers its newest', async () => {
  const sandbox = await start();
  const settled = async (protocolVersion: string): Promise<unknown> =>
    ((await rpc(sandbox, 'initialize', { protocolVersion })).json['result'] as Record<string, unknown>)[
      'protocolVersion'
    ];
  expect(await settled('2025-06-18')).toBe('2025-06-18');
  expect(await settled('2099-01-01')).toBe('2025-11-25');
});

test('an unknown version in the header is a 400, none is 2025-03-26', async () => {
  const sandbox = await start();
  const headers = { 'mcp-protocol-version': '2026-07-28' };
  expect((await rpc(sandbox, 'tools/list', {}, { headers })).status).toBe(400);
  expect((await rpc(sandbox, 'tools/list')).status).toBe(200);
});

test('a newer client gets nothing that looks newer', async () => {
  const { status, json } = await newRpc(await start(), 'server/discover');
  expect(status).toBe(400);
  expect(json['error']).toMatchObject({ code: -32000 });
});

test('sessions: an id, required, unknown after DELETE', async () => {
  const sandbox = await start({ sessions: true });
  const first = await rpc(sandbox, 'initialize', { protocolVersion: '2025-11-25' });
  const headers = { 'mcp-session-id': first.headers.get('mcp-session-id') ?? '' };
  expect((await rpc(sandbox, 'tools/list')).status).toBe(400);
  expect((await rpc(sandbox, 'tools/list', {}, { headers })).status).toBe(200);
  expect((await fetch(sandbox.url, { method: 'DELETE', headers })).status).toBe(204);
  expect((await rpc(sandbox, 'tools/list', {}, { headers })).status).toBe(404);
});

test('without sessions there is no id, and nothing to delete', async () => {
  const sandbox = await start();
  const first = await rpc(sandbox, 'initialize', { protocolVersion: '2025-11-25' });
  expect(first.headers.get('mcp-session-id')).toBeNull();
  expect((await fetch(sandbox.url, { method: 'DELETE' })).status).toBe(405);
});

test('the GET stream can be missing', async () => {
  const sandbox = await start({ getStream: false });
  expect((await fetch(sandbox.url, { headers: { accept: 'text/event-stream' } })).status).toBe(405);
});

test('answers as JSON or as a stream', async () => {
  const typeOf = async (answers: 'json' | 'sse'): Promise<string | null> =>
    (await rpc(await start({ answers }), 'ping')).headers.get('content-type');
  expect(await typeOf('json')).toContain('application/json');
  expect(await typeOf('sse')).toBe('text/event-stream');
});

test('an answer to be fetched later', async () => {
  const sandbox = await start({ answers: 'sse-resumed' });
  const broken = await rpc(sandbox, 'tools/call', { name: 'echo', arguments: { text: 'late' } });
  const id = /^id: (.+)$/m.exec(broken.text)?.[1] ?? '';
  expect(broken.text).toMatch(/^retry: \d+$/m);
  expect(broken.text).not.toContain('late');
  const resumed = await fetch(sandbox.url, { headers: { accept: 'text/event-stream', 'last-event-id': id } });
  expect(await resumed.text()).toContain('"text":"late"');
});

test('notifications and answers nobody waits for', async () => {
  const sandbox = await start();
  const notified = await rawRpc(sandbox, { jsonrpc: '2.0', method: 'notifications/initialized' });
  expect([notified.status, await notified.text()]).toEqual([202, '']);
  expect((await rawRpc(sandbox, { jsonrpc: '2.0', id: 1, result: {} })).status).toBe(400);
});

describe('what is no message', () => {
  test('is refused with a JSON-RPC error', async () => {
    const sandbox = await start();
    const cases: [unknown, number][] = [
      [[], -32600],
      [{ id: 1, method: 'ping' }, -32600],
      [{ jsonrpc: '2.0', id: 1 }, -32600],
    ];
    for (const [body, code] of cases) {
      const answer = await rawRpc(sandbox, body);
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code } }]);
    }
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const broken = await fetch(sandbox.url, { method: 'POST', headers, body: '{' });
    expect(await broken.json()).toMatchObject({ error: { code: -32700 } });
  });

  test('or as the wrong media type', async () => {
    const sandbox = await start();
    const message = { jsonrpc: '2.0', id: 1, method: 'ping' };
    expect((await rawRpc(sandbox, message, { headers: { accept: 'application/json' } })).status).toBe(406);
    expect((await rawRpc(sandbox, message, { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  });
});

test('without capabilities their methods do not exist', async () => {
  const sandbox = await start({ capabilities: ['tools'] });
  for (const method of ['resources/list', 'prompts/list']) {
    expect((await rpc(sandbox, method)).json['error']).toMatchObject({ code: -32601 });
  }
  const newer = await newRpc(await start({ capabilities: ['tools'], eras: 'newer' }), 'prompts/list');
  expect([newer.status, newer.json['error']]).toMatchObject([404, { code: -32601 }]);
});

test('lists come in pages, and hold what a test adds', async () => {
  const extra = {
    name: 'odd\u001b[31m',
    inputSchema: { type: 'object', properties: { x: { 'x-mcp-header': '' } } },
  };
  const sandbox = await start({ toolsPerPage: 4, extraTools: [extra] });
  const names: string[] = [];
  let cursor: unknown;
  do {
    const { json } = await rpc(sandbox, 'tools/list', cursor === undefined ? {} : { cursor });
    const page = json['result'] as { tools: { name: string }[]; nextCursor?: string };
    expect(page.tools.length).toBeLessThanOrEqual(4);
    names.push(...page.tools.map(({ name }) => name));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(names).toHaveLength(10);
  expect(names.at(-1)).toBe(extra.name);
  const { json } = await rpc(sandbox, 'tools/call', { name: extra.name, arguments: { x: 1 } });
  expect(json['result']).toMatchObject({ content: [{ text: '{"x":1}' }] });
  expect((await rpc(sandbox, 'tools/list', { cursor: 'nonsense' })).json['error']).toMatchObject({
    code: -32602,
  });
});

test('wrong arguments are the tool’s failure, an unknown tool is the protocol’s', async () => {
  const sandbox = await start();
  for (const args of [{}, { a: '1', b: 2 }]) {
    const { json } = await rpc(sandbox, 'tools/call', { name: 'add', arguments: args });
    expect(json['result']).toMatchObject({ isError: true });
  }
  const unknown = await rpc(sandbox, 'tools/call', { name: 'nothing' });
  expect(unknown.json['error']).toMatchObject({ code: -32602 });
});

test('a question needs a client that said it can be asked', async () => {
  const sandbox = await start({ sessions: true });
  const first = await rpc(sandbox, 'initialize', { protocolVersion: '2025-11-25', capabilities: {} });
  const headers = { 'mcp-session-id': first.headers.get('mcp-session-id') ?? '' };
  const answer = await rpc(sandbox, 'tools/call', { name: 'ask' }, { headers });
  expect(answer.text).toContain('This client cannot be asked');
});

describe('HTTP+SSE', () => {
  test('a POST to the URL is a 405, GET names the endpoint for messages', async () => {
    const sandbox = await start({ eras: 'sse' });
    expect((await rpc(sandbox, 'initialize')).status).toBe(405);
    const stream = await fetch(sandbox.url);
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    const event = (await reader?.read())?.value ?? '';
    expect(event).toMatch(/^event: endpoint\ndata: \/messages\?sessionId=/);
    await reader?.cancel();
    const unknown = await fetch(new URL('/messages?sessionId=x', sandbox.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    });
    expect(unknown.status).toBe(404);
  });

  test('both places are guarded', async () => {
    const sandbox = await start({ eras: 'sse', protected: true });
    expect((await fetch(sandbox.url)).status).toBe(401);
    expect((await fetch(new URL('/messages', sandbox.url), { method: 'POST' })).status).toBe(401);
  });
});
