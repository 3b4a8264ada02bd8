import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createMachine, modern, pause, startServer, textOf, toolNames } from './support/bridge.js';
import { answer, startOddServer } from './support/odd-server.js';

/* What goes through goes through as it is. */

describe('a relayed message', () => {
  test('reaches the server byte for byte, and its answer the host', async () => {
    const body =
      '{"result" : {"content":[{"type":"text","text":"\\u00e9\\/é 😀"}],"future":{"b":1,"a":1e2,"a":2}},  "id":"q\\"1","jsonrpc":"2.0","more":[]}';
    const { url, asked } = await startOddServer(({ operation }, response) => {
      if (operation !== 'tools/call') return false;
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(body);
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    const line =
      '{ "id":"q\\"1", "unknown":{"x":[1,{}]}, "params":{"arguments":{"z":1.0,"é":"\\ud83d\\ude00"},"name":"t"},\t"method":"tools\\/call","jsonrpc":"2.0"}';
    host.write(`${line}\r\n`);
    await host.next(({ id }) => id === 'q"1');
    expect(host.lines.at(-1)).toBe(body);
    expect(asked.find(({ operation }) => operation === 'tools/call')?.body.trimEnd()).toBe(line);
    expect(await host.close()).toBe(0);
  });

  test('that is printed over several lines becomes one line', async () => {
    const { url } = await startOddServer(({ operation, id }, response) => {
      if (operation !== 'tools/call') return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'a\nb' }] } },
          undefined,
          2,
        ),
      );
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('a\nb');
  });

  test('of many megabytes gets through, both ways', async () => {
    const server = await startServer({ protected: false });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    const text = '"\\é'.repeat(2 * 1024 * 1024);
    const result = await host.call('tools/call', { name: 'echo', arguments: { text } });
    expect(textOf(result) === text).toBe(true);
  });

  test('in a batch keeps its numbers, both ways', async () => {
    const exact = '{"n":9007199254740993,"f":1.0}';
    const { url, asked } = await startOddServer(({ operation, id }, response) => {
      if (operation !== 'tools/call') return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`[{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${exact}}]`);
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    host.write(`[ {"jsonrpc":"2.0","id":71,"method":"tools/call","params":${exact}} ]\n`);
    await host.next(({ id }) => id === 71);
    expect(host.lines.at(-1)).toContain(`"result":${exact}`);
    expect(asked.find(({ operation }) => operation === 'tools/call')?.body).toContain(`"params":${exact}`);
  });

  test('that comes in single bytes is put together', async () => {
    const server = await startServer({ protected: false });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    const params = { name: 'echo', arguments: { text: 'é😀ß' } };
    const line = Buffer.from(
      `${JSON.stringify({ jsonrpc: '2.0', id: 's', method: 'tools/call', params })}\n`,
    );
    for (const byte of line) {
      host.write(Buffer.from([byte]));
      await pause(1);
    }
    expect(textOf(await host.next(({ id }) => id === 's'))).toBe('é😀ß');
  });

  test('of an unknown method or an unknown notification is none of ours', async () => {
    const { url, asked } = await startOddServer(() => false);
    const host = createMachine().bridge(url);
    await host.initialize();
    host.send({ method: 'notifications/custom', params: { a: 1 } });
    const { result } = await host.call('custom/method', { b: 2 });
    expect(result).toEqual({ content: [{ type: 'text', text: 'ok' }] });
    await expect
      .poll(() => asked.map(({ operation }) => operation))
      .toEqual(
        expect.arrayContaining([
          'initialize',
          'notifications/initialized',
          'notifications/custom',
          'custom/method',
        ]),
      );
  });
});

describe('a session', () => {
  test('costs four requests to a list of tools, carries its headers, and ends with DELETE', async () => {
    const server = await startServer({ protected: false, sessions: true });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    await host.call('tools/list');
    expect(await host.close()).toBe(0);
    expect(
      server.log
        .of('mcp')
        .map(({ operation }) => operation)
        .toSorted(),
    ).toEqual(['DELETE', 'GET', 'initialize', 'notifications/initialized', 'tools/list'].toSorted());
    const [list] = server.log.of('mcp', 'tools/list');
    expect(list?.headers['mcp-protocol-version']).toBe('2025-11-25');
    expect(list?.headers['mcp-session-id']).toMatch(/\S/);
    expect(server.log.of('mcp', 'DELETE')[0]?.status).toBe(204);
  });

  test('brings progress, and what the server says unasked', async () => {
    const server = await startServer({ protected: false, sessions: true });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    const { result } = await host.call('tools/call', {
      name: 'slow',
      arguments: { ms: 60 },
      _meta: { progressToken: 'p' },
    });
    expect(result).toBeDefined();
    expect(host.seen.filter(({ method }) => method === 'notifications/progress')).toHaveLength(4);
    await expect.poll(() => server.log.of('mcp', 'GET')).toHaveLength(1);
    server.announce('notifications/resources/list_changed');
    await host.next(({ method }) => method === 'notifications/resources/list_changed');
  });

  test.each(['post', 'get'] as const)(
    'carries a question of the server on %s, and its answer',
    async (questionsOn) => {
      const server = await startServer({ protected: false, sessions: true, questionsOn, eras: 'older' });
      const host = createMachine().bridge(server.url);
      await host.initialize();
      const asking = host.call('tools/call', { name: 'ask', arguments: {} });
      const question = await host.next(({ method }) => method === 'elicitation/create');
      host.send({ id: question.id, result: { action: 'accept', content: { name: 'Grace' } } });
      expect(textOf(await asking)).toContain('Grace');
    },
  );

  test('tells the server that a call was given up, and the host nothing more about it', async () => {
    const server = await startServer({ protected: false, sessions: true });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    host.send({ id: 77, method: 'tools/call', params: { name: 'slow', arguments: { ms: 600 } } });
    await expect.poll(() => server.log.of('mcp', 'tools/call')).toHaveLength(1);
    host.send({ method: 'notifications/cancelled', params: { requestId: 77, reason: 'enough' } });
    await expect.poll(() => server.log.of('mcp', 'notifications/cancelled')).toHaveLength(1);
    await pause(700);
    expect(host.seen.some(({ id }) => id === 77)).toBe(false);
  });

  test.each(['sse', 'sse-resumed'] as const)('reads answers of the kind %s', async (answers) => {
    const server = await startServer({ protected: false, sessions: true, eras: 'older', answers });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    expect(textOf(await host.call('tools/call', { name: 'echo', arguments: { text: 'hi' } }))).toBe('hi');
  });

  test('ends two seconds after the host, and answers what is in flight until then', async () => {
    const server = await startServer({ protected: false });
    const machine = createMachine();
    const quick = machine.bridge(server.url);
    await quick.initialize();
    quick.send({ id: 1, method: 'tools/call', params: { name: 'slow', arguments: { ms: 500 } } });
    expect(await quick.close()).toBe(0);
    expect(quick.seen.find(({ id }) => id === 1)?.result).toBeDefined();

    const long = machine.bridge(server.url);
    await long.initialize();
    long.send({ id: 1, method: 'tools/call', params: { name: 'slow', arguments: { ms: 600_000 } } });
    await expect.poll(() => server.log.of('mcp', 'tools/call')).toHaveLength(2);
    const began = performance.now();
    long.process.kill('SIGTERM');
    // Long before the server would have answered.
    expect(await long.ended).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(1_500);
    expect(long.seen.find(({ id }) => id === 1)?.error?.message).toContain('ended');
  });
});

test('an answer may come on another stream than its question', async () => {
  let stream: ServerResponse | undefined;
  const { url } = await startOddServer((one, response) => {
    if (one.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      stream = response;
      return true;
    }
    if (one.operation !== 'tools/call') return false;
    response.writeHead(202).end();
    const message = {
      jsonrpc: '2.0',
      id: one.id,
      result: { content: [{ type: 'text', text: 'over here' }] },
    };
    stream?.write(`event: message\r\ndata: ${JSON.stringify(message)}\r\n\r\n`);
    return true;
  });
  const host = createMachine().bridge(url);
  await host.initialize();
  await expect.poll(() => stream).toBeDefined();
  expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('over here');
});

test('a host that does not wait for the answer to its greeting is understood', async () => {
  const server = await startServer({ protected: false, sessions: true, eras: 'older' });
  const host = createMachine().bridge(server.url);
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'hasty', version: '0' },
  };
  const lines = [
    { id: 1, method: 'initialize', params },
    { method: 'notifications/initialized' },
    { id: 2, method: 'tools/call', params: { name: 'echo', arguments: { text: 'x' } } },
  ];
  host.write(lines.map((line) => `${JSON.stringify({ jsonrpc: '2.0', ...line })}\n`).join(''));
  expect(textOf(await host.next(({ id }) => id === 2))).toBe('x');
  await expect.poll(() => server.log.of('mcp', 'GET')).toHaveLength(1);
  const order = server.log.of('mcp').map(({ operation }) => operation);
  expect(order.filter((operation) => operation !== 'GET')).toEqual([
    'initialize',
    'notifications/initialized',
    'tools/call',
  ]);
});

describe('the configuration', () => {
  test('hides tools, and refuses to call what is hidden', async () => {
    const server = await startServer({ protected: false });
    const machine = createMachine();
    machine.config(
      `[mcp_servers.s]\nurl = "${server.url}"\nenabled_tools = ["echo", "add", "fail"]\ndisabled_tools = ["fail"]\n`,
    );
    const host = machine.bridge('s');
    await host.initialize();
    expect(toolNames(await host.call('tools/list'))).toEqual(['echo', 'add']);
    for (const name of ['fail', 'write']) {
      expect((await host.call('tools/call', { name, arguments: {} })).error).toMatchObject({ code: -32_602 });
    }
    expect(textOf(await host.call('tools/call', { name: 'echo', arguments: { text: 'x' } }))).toBe('x');
    expect(server.log.of('mcp', 'tools/call')).toHaveLength(1);
  });

  test('hides all of them, and leaves the others as they were written', async () => {
    const listed = '{"name":"a","x":1.0,"n":9007199254740993,"e":"\\u00e9"}';
    const { url, asked } = await startOddServer(({ operation, id }, response) => {
      if (operation !== 'tools/list') return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"tools":[ ${listed} ,{"name":"b"}],"nextCursor":"c"}}`,
      );
      return true;
    });
    const machine = createMachine();
    machine.config(
      `[mcp_servers.some]\nurl = "${url}"\ndisabled_tools = ["b"]\n[mcp_servers.none]\nurl = "${url}"\nenabled_tools = []\n`,
    );
    const some = machine.bridge('some');
    await some.initialize();
    await some.call('tools/list');
    expect(some.lines.at(-1)).toContain(`"result":{"tools":[${listed}],"nextCursor":"c"}`);
    // Without an id it is no call, and yet a server might carry it out.
    some.send({ method: 'tools/call', params: { name: 'b' } });
    await some.said('refused a call of the tool "b"');
    // Nor does it help to say that a sign-in came in between.
    const call = (id: number, name: string) =>
      some.write(
        `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${name}","n":1.0,"requestState":"mcpass-sign-in"}}\n`,
      );
    call(1, 'b');
    expect((await some.next(({ id }) => id === 1)).error).toMatchObject({ code: -32_602 });
    call(2, 'a');
    await some.next(({ id }) => id === 2);
    expect(
      asked.filter(({ operation }) => operation === 'tools/call').map(({ body }) => body.trimEnd()),
    ).toEqual(['{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a","n":1.0}}']);
    const none = machine.bridge('none');
    await none.initialize();
    expect(toolNames(await none.call('tools/list'))).toEqual([]);
  });

  test('says how long a call may take', async () => {
    const server = await startServer({ protected: false, sessions: true });
    const machine = createMachine();
    machine.config(`[mcp_servers.s]\nurl = "${server.url}"\ntool_timeout_sec = 1\n`);
    const host = machine.bridge('s');
    await host.initialize();
    const { error } = await host.call('tools/call', { name: 'slow', arguments: { ms: 30_000 } });
    expect(error?.message).toContain('No answer');
    await expect.poll(() => server.log.of('mcp', 'notifications/cancelled')).toHaveLength(1);
    expect(host.stderr()).toMatch(/^mcpass bridge s: .*No answer/m);
  });
});

describe('a call whose time is over', () => {
  test.each([
    ['hangs', 'a host with a handshake'],
    ['refuses', 'a host with a handshake'],
    ['hangs', 'a host without one'],
    ['refuses', 'a host without one'],
  ])('keeps no connection at a server that %s when it is told so, for %s', async (how, who) => {
    let open = 0;
    const { url, asked } = await startOddServer(({ operation }, response) => {
      const isNotice = operation === 'notifications/cancelled';
      if (operation === 'server/discover') response.writeHead(404).end();
      else if (isNotice && how === 'refuses') response.writeHead(500).end();
      else if (isNotice || operation === 'tools/call') {
        open += 1;
        response.once('close', () => void (open -= 1));
      } else return false;
      return true;
    });
    const machine = createMachine();
    machine.config(`[mcp_servers.s]\nurl = "${url}"\ntool_timeout_sec = 4\n`);
    const host = machine.bridge('s');
    const isModern = who.endsWith('one');
    if (isModern) await host.call('server/discover', modern());
    else await host.initialize();
    const params = isModern ? modern({ name: 't' }) : { name: 't' };
    await Promise.all(Array.from({ length: 5 }, () => host.call('tools/call', params)));
    const notices = () => asked.filter(({ operation }) => operation === 'notifications/cancelled');
    await expect.poll(notices).toHaveLength(5);
    await expect.poll(() => open).toBe(0);
  });
});

describe('the time of a call', () => {
  const event = (message: object) => `data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`;
  const question = (id: string) => event({ id, method: 'elicitation/create', params: { message: '?' } });
  const startAsking = async (then: (response: ServerResponse) => void, onGet = '') => {
    const { url } = await startOddServer(({ operation, method, body }, response) => {
      const asks = operation === 'tools/call' && body.includes('"asks"');
      if (method === 'GET' && onGet !== '') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(onGet);
        return true;
      }
      if (operation !== 'tools/call') return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      if (asks) then(response);
      return true;
    });
    const machine = createMachine();
    machine.config(`[mcp_servers.s]\nurl = "${url}"\ntool_timeout_sec = 4\n`);
    const host = machine.bridge('s');
    await host.initialize();
    return host;
  };
  const refused = { error: { message: expect.stringContaining('No answer') as unknown } };

  test('stands still while its question is open, and that of no other call', async () => {
    let release: (() => void) | undefined;
    const host = await startAsking((response) => {
      response.write(question('q'));
      release = () => response.end(event({ id: 'asking', result: { content: [] } }));
    });
    host.send({ id: 'asking', method: 'tools/call', params: { name: 'asks' } });
    const { id: asked } = await host.next(({ method }) => method === 'elicitation/create');
    expect(await host.call('tools/call', { name: 'hangs' })).toMatchObject(refused);
    await pause(500);
    expect(host.seen.some(({ id }) => id === 'asking')).toBe(false);
    host.send({ id: asked, result: { action: 'cancel' } });
    release?.();
    expect((await host.next(({ id }) => id === 'asking')).result).toEqual({ content: [] });
  });

  test('goes on when the server takes its question back', async () => {
    const host = await startAsking((response) => {
      response.write(question('q'));
      response.write(event({ method: 'notifications/cancelled', params: { requestId: 'q' } }));
    });
    expect(await host.call('tools/call', { name: 'asks' })).toMatchObject(refused);
    const asked = await host.next(({ method }) => method === 'elicitation/create');
    const back = await host.next(({ method }) => method === 'notifications/cancelled');
    expect(back.params).toEqual({ requestId: asked.id });
  });

  test('is not held up by a ping that nobody answers, nor by what was asked before it began', async () => {
    const host = await startAsking(() => undefined, event({ id: 1, method: 'ping' }) + question('q'));
    await host.next(({ method }) => method === 'elicitation/create');
    expect(await host.call('tools/call', { name: 'hangs' })).toMatchObject(refused);
  });

  test('of a cancelled call holds up no other, and its question is taken back', async () => {
    const server = await startServer({ protected: false, eras: 'newer' });
    const machine = createMachine();
    machine.config(`[mcp_servers.s]\nurl = "${server.url}"\ntool_timeout_sec = 4\n`);
    const host = machine.bridge('s');
    await host.initialize();
    host.send({ id: 1, method: 'tools/call', params: { name: 'ask', arguments: {} } });
    const asked = await host.next(({ method }) => method === 'elicitation/create');
    host.send({ method: 'notifications/cancelled', params: { requestId: 1 } });
    const back = await host.next(({ method }) => method === 'notifications/cancelled');
    expect(back.params).toEqual({ requestId: asked.id });
    expect(await host.call('tools/call', { name: 'slow', arguments: { ms: 30_000 } })).toMatchObject(refused);
  });

  test('does not end a subscription on which something came', async () => {
    const server = await startServer({ protected: false, eras: 'newer' });
    const machine = createMachine();
    machine.config(`[mcp_servers.s]\nurl = "${server.url}"\ntool_timeout_sec = 4\n`);
    const host = machine.bridge('s');
    await host.call('server/discover', modern());
    const params = modern({ notifications: { toolsListChanged: true } });
    host.send({ id: 's', method: 'subscriptions/listen', params });
    await host.next(({ method }) => method === 'notifications/subscriptions/acknowledged');
    await pause(1_600);
    server.announce('notifications/tools/list_changed');
    await host.next(({ method }) => method === 'notifications/tools/list_changed');
    expect(host.seen.some(({ id }) => id === 's')).toBe(false);
  });
});

test('of many calls so many are at the server at a time, and a ping waits for none of them', async () => {
  const held: (() => void)[] = [];
  let open = 0;
  let most = 0;
  const { url } = await startOddServer(({ operation, id }, response) => {
    if (operation !== 'tools/call') return false;
    open += 1;
    most = Math.max(most, open);
    held.push(() => {
      open -= 1;
      answer(response, id, { content: [] });
    });
    return true;
  });
  const host = createMachine().bridge(url);
  await host.initialize();
  for (let id = 0; id < 600; id += 1) host.send({ id, method: 'tools/call', params: { name: 'x' } });
  // Cancelled before it was its turn: the server never hears of it.
  host.send({ method: 'notifications/cancelled', params: { requestId: 599 } });
  await host.call('ping');
  expect(host.seen.some(({ id }) => typeof id === 'number')).toBe(false);
  await expect.poll(() => open).toBe(256);
  const answering = setInterval(() => held.shift()?.(), 1);
  for (let wanted = 0; wanted < 599; wanted += 1) await host.next(({ id }) => id === wanted);
  clearInterval(answering);
  expect(most).toBe(256);
  expect(host.seen.some(({ id }) => id === 599)).toBe(false);
});

test('what waits for its turn when the host goes is never sent', async () => {
  const { url, asked } = await startOddServer(({ operation }) => operation === 'tools/call');
  const host = createMachine().bridge(url);
  await host.initialize();
  for (let id = 0; id < 600; id += 1) host.send({ id, method: 'tools/call', params: { name: 'x' } });
  const calls = () => asked.filter(({ operation }) => operation === 'tools/call');
  await expect.poll(() => calls().length).toBe(256);
  expect(await host.close()).toBe(0);
  expect(calls()).toHaveLength(256);
  expect(host.seen.filter(({ error }) => error !== undefined)).toHaveLength(600);
});
