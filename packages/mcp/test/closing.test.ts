import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { LISTED, startLegacyServer, startModernServer } from './support/mcp-server.js';
import type { EventStream, ScriptedServer } from './support/scripted-server.js';
import { openTestSession, rejection } from './support/session.js';

async function startStreamingServer(streams: EventStream[]): Promise<ScriptedServer> {
  return await startLegacyServer(
    {
      GET: (exchange) => {
        streams.push(exchange.stream());
      },
      'tools/call': (exchange) => exchange.result({ content: [] }),
    },
    { sessionId: 's-1' },
  );
}

/** The sessions that were ended at the server. */
const farewells = ({ seen }: ScriptedServer) =>
  seen.filter(({ http }) => http === 'DELETE').map(({ headers }) => headers['mcp-session-id']);

test('legacy: the session is ended at the server and the stream closed', async () => {
  const streams: EventStream[] = [];
  await using server = await startStreamingServer(streams);
  const opened = await openTestSession(server);
  await opened.session.callTool('t');
  await opened.session.close();
  expect(farewells(server)).toEqual(['s-1']);
  expect(streams).toHaveLength(1);
  await streams[0]?.closed;
});

test('without a session there is nothing to say', async () => {
  await using server = await startLegacyServer({});
  const opened = await openTestSession(server);
  await opened.session.close();
  expect(server.log()).toEqual(['POST server/discover', 'POST initialize', 'POST notifications/initialized']);
});

test('a server that does not answer the farewell holds nobody up', async () => {
  await using server = await startLegacyServer({ DELETE: () => undefined }, { sessionId: 's' });
  const opened = await openTestSession(server);
  await opened.session.close();
  expect(farewells(server)).toEqual(['s']);
});

test('a farewell that fails is nobody’s business', async () => {
  await using server = await startLegacyServer(
    { DELETE: (exchange) => exchange.raw(500) },
    { sessionId: 's' },
  );
  const opened = await openTestSession(server);
  await opened.session.close();
  await opened.session.close();
  expect(farewells(server)).toEqual(['s']);
});

test.each(['modern', 'legacy'])('%s: closing ends what is under way', async (era) => {
  const start = era === 'modern' ? startModernServer : startLegacyServer;
  await using server = await start({
    'prompts/get': (exchange) => exchange.stream(),
  });
  const opened = await openTestSession(server);
  const asked = rejection(opened.session.getPrompt('p'));
  await expect.poll(() => server.log()).toContain('POST prompts/get');
  await opened.session.close();
  expect(await asked).toMatchObject({ code: 'interrupted' });
  expect(await rejection(opened.session.listTools())).toMatchObject({ code: 'interrupted' });
});

test('a lost stream is not asked for again after closing, however long the server said to wait', async () => {
  await using server = await startLegacyServer({
    GET: (exchange) => {
      const stream = exchange.stream();
      stream.write('retry: 40\ndata:\n\n');
      stream.end();
    },
    'tools/call': (exchange) => exchange.result({ content: [] }),
  });
  const opened = await openTestSession(server);
  await opened.session.callTool('t');
  await expect.poll(() => opened.notices.some((notice) => notice.type === 'oddity')).toBe(true);
  await opened.session.close();
  const asked = server.log().length;
  await new Promise((resolve) => {
    setTimeout(resolve, 300);
  });
  expect(server.log()).toHaveLength(asked);
});

test('a session closes itself at the end of its block', async () => {
  await using server = await startLegacyServer({}, { sessionId: 's' });
  const { session } = await openTestSession(server);
  {
    await using scoped = session;
    expect(scoped.era).toBe('legacy');
    expect(farewells(server)).toEqual([]);
  }
  expect(farewells(server)).toEqual(['s']);
});

test('a greeting that is given up before it is answered is cut off, and nothing follows it', async () => {
  const stop = new AbortController();
  let cutOff: Promise<void> | undefined;
  await using server = await startLegacyServer({
    initialize: (exchange) => {
      cutOff = exchange.closed;
      stop.abort(new Error('enough'));
    },
  });
  expect(await rejection(openTestSession(server, { signal: stop.signal }))).toMatchObject({
    code: 'interrupted',
    cause: { message: 'enough' },
  });
  expect(cutOff).toBeDefined();
  await cutOff;
  expect(server.log()).toEqual(['POST server/discover', 'POST initialize']);
});

test('a greeting that is given up once there is a session leaves none behind', async () => {
  const stop = new AbortController();
  await using server = await startLegacyServer(
    { 'notifications/initialized': () => stop.abort(new Error('enough')) },
    { sessionId: 's' },
  );
  expect(await rejection(openTestSession(server, { signal: stop.signal }))).toMatchObject({
    code: 'interrupted',
  });
  await expect.poll(() => farewells(server)).toEqual(['s']);
});

test('a stream that was asked for and not answered ends with the session', async () => {
  let closed: Promise<unknown> | undefined;
  await using server = await startLegacyServer({
    GET: (exchange) => {
      closed = exchange.closed;
    },
    'tools/call': (exchange) => exchange.result({ content: [] }),
  });
  const opened = await openTestSession(server);
  await opened.session.callTool('t');
  await opened.session.close();
  expect(closed).toBeDefined();
  await closed;
  // Nor does a call that comes too late ask for it again.
  expect(await rejection(opened.session.callTool('t'))).toMatchObject({ code: 'interrupted' });
  expect(server.log().filter((entry) => entry === 'GET')).toHaveLength(1);
});

test('a call that waits to be resumed keeps no program alive after closing', async () => {
  await using server = await startLegacyServer({
    'tools/call': (exchange) => {
      const stream = exchange.stream();
      stream.write('id: e-1\nretry: 300000\ndata:\n\n');
      stream.end();
    },
  });
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  const opened = await openTestSession(server);
  const asked = rejection(opened.session.callTool('t'));
  await expect.poll(() => server.log()).toContain('POST tools/call');
  await opened.session.close();
  expect(await asked).toMatchObject({ code: 'interrupted' });
  await expect.poll(timers).toBeLessThanOrEqual(before);
});

test('a modern list with a lifetime leaves no timer', async () => {
  const before = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  await using server = await startModernServer({
    'tools/list': (exchange) => exchange.result({ ...LISTED, ttlMs: 60_000, tools: [] }),
  });
  const opened = await openTestSession(server);
  await opened.session.listTools();
  await opened.session.close();
  const after = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  expect(after).toBeLessThanOrEqual(before);
});

/** Runs the built package in a process of its own. */
async function runOneCall(server: ScriptedServer): Promise<string[]> {
  const program = fileURLToPath(new URL('support/one-call.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, server.url], { timeout: 60_000 });
  return stdout.trim().split('\n');
}

test.each([
  ['answers', (stream: EventStream, id: unknown) => stream.send({ id, result: { content: [] } }), []],
  ['breaks off', (stream: EventStream) => stream.cut(), ['connection_lost']],
])('nothing keeps a program alive after a call that %s, stream or no stream', async (_, answer, output) => {
  await using server = await startLegacyServer(
    {
      GET: (exchange) => {
        exchange.stream().write('retry: 3600000\nid: e-1\ndata:\n\n');
      },
      'tools/call': (exchange) => answer(exchange.stream(), exchange.message.id),
    },
    { sessionId: 's' },
  );
  const lines = await runOneCall(server);
  expect(lines).toEqual([...output, 'left:']);
});
