import { describe, expect, test } from 'vitest';
import { createMachine, modern, pause, startServer, textOf } from './support/bridge.js';
import { type Refusal, startSessionServer } from './support/session-server.js';

/* What goes on in a session that the server forgets goes on in the next one, as far as it can. */

const GONE: Refusal = {
  status: 404,
  body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}',
};

test('fifty calls in flight when the session goes: one new session, fifty answers', async () => {
  const server = await startSessionServer(GONE);
  const host = createMachine().bridge(server.url);
  await host.initialize();
  await host.call('tools/list');
  server.forget();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => host.call('tools/call', { name: 't', arguments: {} })),
  );
  expect(answers.map(textOf)).toEqual(answers.map(() => 'ok'));
  expect(server.begun()).toBe(2);
});

test.each<Refusal>([
  { status: 400, body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"No transport found"}}' },
  { status: 418 },
])('a refusal that names no session is no reason for a new one: %o', async (refusal) => {
  const server = await startSessionServer(refusal);
  const host = createMachine().bridge(server.url);
  await host.initialize();
  server.forget();
  expect((await host.call('tools/call', { name: 't' })).error).toBeDefined();
  expect(server.begun()).toBe(1);
});

test('the stream of the server that meets a 400 about the session leads to a new one', async () => {
  let end: (() => void) | undefined;
  const server = await startSessionServer(
    {
      status: 400,
      body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"No valid session ID"}}',
    },
    (one, response) => {
      if (one.method !== 'GET') return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      end = () => void response.end();
      return true;
    },
  );
  const host = createMachine().bridge(server.url);
  await host.initialize();
  await expect.poll(() => end).toBeDefined();
  server.forget();
  end?.();
  await expect.poll(() => server.sessionsOf('GET')).toEqual(['s1', 's1', 's2']);
  expect(server.begun()).toBe(2);
});

test('a server that answers 404 to GET has no stream: its sessions are left alone', async () => {
  const server = await startSessionServer(GONE, (one, response) => {
    if (one.method !== 'GET') return false;
    response.writeHead(404, { 'content-type': 'text/html' }).end('Cannot GET /mcp');
    return true;
  });
  const host = createMachine().bridge(server.url);
  await host.initialize();
  await expect.poll(() => server.sessionsOf('GET')).toEqual(['s1']);
  await pause(1_200);
  expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
  expect(server.begun()).toBe(1);
  expect(server.sessionsOf('GET')).toEqual(['s1']);
});

test('a notification of the host that meets it is sent again in the new one', async () => {
  const server = await startSessionServer(GONE);
  const host = createMachine().bridge(server.url);
  await host.initialize();
  await expect.poll(() => server.sessionsOf('notifications/initialized')).toEqual(['s1']);
  server.forget();
  host.send({ method: 'notifications/roots/list_changed' });
  await expect.poll(() => server.sessionsOf('notifications/roots/list_changed')).toEqual(['s1', 's2']);
  expect(server.sessionsOf('notifications/initialized')).toEqual(['s1', 's2']);
});

test('an answer of the host goes to no session that did not ask, and the session is begun anew', async () => {
  const server = await startSessionServer(GONE, (one, response) => {
    if (one.method !== 'GET') return false;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"jsonrpc":"2.0","id":1,"method":"roots/list"}\n\n');
    return true;
  });
  const host = createMachine().bridge(server.url);
  await host.initialize();
  const { id } = await host.next(({ method }) => method === 'roots/list');
  server.forget();
  host.send({ id, result: { roots: [] } });
  await host.said('an answer of the host was lost with the session');
  await expect.poll(() => server.begun()).toBe(2);
  await pause(200);
  expect(server.sessionsOf('response')).toEqual(['s1']);
});

test('what was asked in it is taken back, and what is said to that answers nothing in the next', async () => {
  const server = await startSessionServer(GONE, (one, response) => {
    if (one.method !== 'GET') return false;
    const params = { message: String(one.headers['mcp-session-id']) };
    const question = { jsonrpc: '2.0', id: 0, method: 'elicitation/create', params };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify(question)}\n\n`);
    return true;
  });
  const host = createMachine().bridge(server.url);
  await host.initialize();
  const asked = (session: string) => host.next(({ params }) => params?.['message'] === session);
  const first = await asked('s1');
  server.forget();
  await host.call('tools/call', { name: 't' });
  const second = await asked('s2');
  const back = await host.next(({ method }) => method === 'notifications/cancelled');
  expect(back.params).toEqual({ requestId: first.id });
  host.send({ id: first.id, result: { action: 'accept' } });
  // Ids that the host has not been shown answer nothing either.
  host.send({ id: 0, result: { action: 'accept' } });
  host.send({ id: second.id, result: { action: 'decline' } });
  host.send({ id: second.id, result: { action: 'accept' } });
  await expect.poll(() => host.stderr().split('a question that is not open')).toHaveLength(4);
  await expect.poll(() => server.sessionsOf('response')).toEqual(['s2']);
  const { body } = server.asked.find(({ operation }) => operation === 'response') ?? {};
  expect(body).toBe('{"jsonrpc":"2.0","id":0,"result":{"action":"decline"}}');
});

test('a call of a host without a handshake that had asked something in it is not carried out again', async () => {
  let streams = 0;
  const server = await startSessionServer(GONE, (one, response) => {
    if (one.operation !== 'tools/call') return false;
    streams += 1;
    response.once('close', () => void (streams -= 1));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"jsonrpc":"2.0","id":0,"method":"elicitation/create","params":{}}\n\n');
    return true;
  });
  const host = createMachine().bridge(server.url);
  const { result } = await host.call('tools/call', modern({ name: 'pay' }));
  const { requestState, inputRequests } = result as { requestState: string; inputRequests: object };
  const [key = ''] = Object.keys(inputRequests);
  const again = { name: 'pay', requestState, inputResponses: { [key]: { action: 'accept' } } };
  server.forget();
  await expect.poll(() => streams).toBe(1);
  expect((await host.call('tools/list', modern())).result).toBeDefined();
  await expect.poll(() => streams).toBe(0);
  const { error } = await host.call('tools/call', modern(again));
  expect(error).toMatchObject({ code: -32_602, message: expect.stringContaining('Call again') as unknown });
  expect(server.sessionsOf('tools/call')).toEqual(['s1']);
  expect(server.sessionsOf('response')).toEqual([]);
});

test('the same when the answer to the question is what meets it', async () => {
  const server = await startSessionServer(GONE, (one, response) => {
    if (one.operation !== 'tools/call') return false;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"jsonrpc":"2.0","id":0,"method":"elicitation/create","params":{}}\n\n');
    return true;
  });
  const host = createMachine().bridge(server.url);
  const { result } = await host.call('tools/call', modern({ name: 'pay' }));
  const { requestState, inputRequests } = result as { requestState: string; inputRequests: object };
  const [key = ''] = Object.keys(inputRequests);
  server.forget();
  const again = { name: 'pay', requestState, inputResponses: { [key]: { action: 'accept' } } };
  expect((await host.call('tools/call', modern(again))).error?.message).toContain('Call again');
  expect(server.sessionsOf('tools/call')).toEqual(['s1']);
});

test('the log level and the watched resources are asked for again', async () => {
  const server = await startSessionServer(GONE, undefined, { logging: {}, resources: { subscribe: true } });
  const host = createMachine().bridge(server.url);
  await host.initialize();
  await host.call('logging/setLevel', { level: 'debug' });
  await host.call('logging/setLevel', { level: 'warning' });
  await host.call('resources/subscribe', { uri: 'x://kept' });
  await host.call('resources/subscribe', { uri: 'x://dropped' });
  await host.call('resources/unsubscribe', { uri: 'x://dropped' });
  server.forget();
  expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
  const inNew = () =>
    server.asked
      .filter(({ headers, operation }) => headers['mcp-session-id'] === 's2' && /^(log|res)/.test(operation))
      .map(({ body }) => JSON.parse(body) as { method: string; params: object })
      .map(({ method, params }) => ({ method, params }))
      .toSorted((one, other) => one.method.localeCompare(other.method));
  await expect.poll(inNew).toEqual([
    { method: 'logging/setLevel', params: { level: 'warning' } },
    { method: 'resources/subscribe', params: { uri: 'x://kept' } },
  ]);
  // The host asked for each of them once, and hears of no more.
  expect(host.seen.filter(({ id }) => String(id).startsWith('mcpass'))).toEqual([]);
});

describe('an error of the server in a session', () => {
  test.each([
    [400, { code: -32_602, message: 'The checkout session is closed already' }],
    [404, { code: -32_002, message: 'Resource not found' }],
  ])('with the id of the request is its answer: %d %o', async (status, error) => {
    const server = await startSessionServer(GONE, (one, response) => {
      if (one.operation !== 'tools/call') return false;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: one.id, error }));
      return true;
    });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    expect((await host.call('tools/call', { name: 't' })).error).toEqual(error);
    expect(server.sessionsOf('tools/call')).toEqual(['s1']);
    expect(server.begun()).toBe(1);
  });

  test('that comes again in a new session is passed on', async () => {
    const server = await startSessionServer(GONE, (one, response) => {
      if (one.operation !== 'tools/call') return false;
      response.writeHead(404, { 'content-type': 'application/json' }).end(GONE.body);
      return true;
    });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    const { error } = await host.call('tools/call', { name: 't' });
    expect(error).toEqual({ code: -32_001, message: 'Session not found' });
    expect(server.sessionsOf('tools/call')).toEqual(['s1', 's2']);
    expect(server.begun()).toBe(2);
  });
});

describe('a 401 with a challenge', () => {
  const CHALLENGED: Refusal = {
    status: 401,
    body: '{"error":"unknown session"}',
    headers: { 'www-authenticate': 'Bearer' },
  };

  test('that says that the session is not known asks for no sign-in', async () => {
    const server = await startSessionServer(CHALLENGED);
    const host = createMachine().bridge(server.url);
    await host.initialize();
    server.forget();
    expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
    expect(server.begun()).toBe(2);
    expect(host.stderr()).not.toContain('mcpass login');
  });

  test('asks for one when the new session is refused as well', async () => {
    const server = await startSessionServer(CHALLENGED, (one, response) => {
      if (one.operation !== 'tools/call') return false;
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end('unknown session');
      return true;
    });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    expect((await host.call('tools/call', { name: 't' })).error?.message).toContain('mcpass login');
    expect(server.sessionsOf('tools/call')).toEqual(['s1', 's2']);
  });

  test('and an error code is about the token: it is renewed, and the session goes on', async () => {
    const server = await startServer({ sessions: true });
    const machine = createMachine();
    await machine.run('login', server.url);
    const host = machine.bridge(server.url);
    await host.initialize();
    await host.call('tools/list');
    server.revokeAccessTokens();
    expect(textOf(await host.call('tools/call', { name: 'echo', arguments: { text: 'x' } }))).toBe('x');
    expect(server.log.of('mcp', 'initialize').filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

test('a call that the server had taken is not sent again when its stream and its session are gone', async () => {
  let isTaken = false;
  const server = await startSessionServer(GONE, (one, response) => {
    if (one.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      return true;
    }
    if (one.operation !== 'tools/call' || isTaken) return false;
    isTaken = true;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('id: e1\nretry: 0\ndata:\n\n');
    server.forget();
    setTimeout(() => response.destroy(), 50);
    return true;
  });
  const host = createMachine().bridge(server.url);
  await host.initialize();
  await expect.poll(() => server.sessionsOf('GET')).toEqual(['s1']);
  expect((await host.call('tools/call', { name: 'pay' })).error?.message).toContain('ended the connection');
  expect(server.sessionsOf('tools/call')).toEqual(['s1']);
  expect(textOf(await host.call('tools/call', { name: 'pay' }))).toBe('ok');
  expect(server.sessionsOf('tools/call')).toEqual(['s1', 's2']);
});

test('a tool that answers twice on one stream is heard once', async () => {
  const server = await startSessionServer(GONE, (one, response) => {
    if (one.operation !== 'tools/call') return false;
    const message = (text: string) =>
      `data: ${JSON.stringify({ jsonrpc: '2.0', id: one.id, result: { content: [{ type: 'text', text }] } })}\n\n`;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(message('first') + message('second'));
    return true;
  });
  const host = createMachine().bridge(server.url);
  await host.initialize();
  expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('first');
  expect((await host.call('ping')).result).toBeDefined();
  expect(host.lines.filter((line) => line.includes('second'))).toEqual([]);
});
