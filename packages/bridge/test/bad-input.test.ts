import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib';
import { onTestFinished, describe, expect, test } from 'vitest';
import { createMachine, pause, startServer, textOf } from './support/bridge.js';
import { answer, startOddServer } from './support/odd-server.js';

/* Whatever comes: an error where there is an id to answer, a line on stderr, and the next call works. */

describe('a host that sends', () => {
  test.each([
    ['what is not JSON', 'hello\n', 'is not JSON', undefined],
    ['half a message', '{"jsonrpc":"2.0","id":5,"method":"ping"\n', 'is not JSON', undefined],
    ['a number', '42\n', 'no JSON-RPC message', undefined],
    ['a message of no kind', '{"jsonrpc":"2.0","id":5}\n', 'no JSON-RPC message', 5],
    ['a method that is no text', '{"jsonrpc":"2.0","id":"a","method":7}\n', 'no JSON-RPC message', 'a'],
    [
      'an id of the wrong kind',
      '{"jsonrpc":"2.0","id":{},"method":"ping"}\n',
      'no JSON-RPC message',
      undefined,
    ],
    [
      'an id that nobody can write',
      '{"jsonrpc":"2.0","id":1e400,"method":"ping"}\n',
      'no JSON-RPC',
      undefined,
    ],
    ['an empty batch', '[]\n', 'no JSON-RPC message', undefined],
    ['a batch in a batch', '[[{"jsonrpc":"2.0","id":9,"method":"ping"}]]\n', 'no JSON-RPC', undefined],
    ['a batch of nonsense', '[foo]\n', 'is not JSON', undefined],
    ['a batch with half a message', '[{"a" 1}]\n', 'is not JSON', undefined],
    [
      'brackets without number',
      `${'['.repeat(200_000)}${']'.repeat(200_000)}\n`,
      'no JSON-RPC message',
      undefined,
    ],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x1b, 0x5b, 0x32, 0x4a, 0x0a]), 'is not JSON', undefined],
  ])('%s', async (_, line, words, id) => {
    const server = await startServer({ protected: false });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    host.write(line);
    await host.said(words);
    if (id !== undefined)
      expect(await host.next((message) => message.id === id)).toMatchObject({ error: { code: -32_600 } });
    expect(textOf(await host.call('tools/call', { name: 'echo', arguments: { text: 'x' } }))).toBe('x');
    // Foreign bytes do not reach the terminal as they are.
    expect(host.stderr()).not.toContain('\u001b');
    expect(host.lines.every((text) => text.startsWith('{'))).toBe(true);
    expect(await host.close()).toBe(0);
  });

  test('a batch is answered one by one, and a last line without an end is read', async () => {
    const server = await startServer({ protected: false });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    host.write('[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]\n');
    await host.next(({ id }) => id === 1);
    await host.next(({ id }) => id === 2);
    host.write('{"jsonrpc":"2.0","id":3,"method":"ping"}');
    expect(await host.close()).toBe(0);
    expect(host.seen.some(({ id }) => id === 3)).toBe(true);
  });

  test('a byte order mark is understood', async () => {
    const server = await startServer({ protected: false });
    const host = createMachine().bridge(server.url);
    host.write(Buffer.from([0xef, 0xbb, 0xbf]));
    expect((await host.initialize()).result).toBeDefined();
    expect(host.stderr()).toBe('');
  });

  test('a line that is too long is told so, where it says whose answer that is', async () => {
    const server = await startServer({ protected: false });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    host.write('{"jsonrpc":"2.0","id":55,"method":"tools/call","params":{"a":"');
    const chunk = Buffer.alloc(1024 * 1024, 'a');
    for (let count = 0; count < 130; count += 1) host.write(chunk);
    expect((await host.next(({ id }) => id === 55)).error).toMatchObject({ code: -32_600 });
    await host.said('longer than any message');
    host.write('"}}\n');
    expect(textOf(await host.call('tools/call', { name: 'echo', arguments: { text: 'x' } }))).toBe('x');
  });

  test('an id again while it is open gets two answers for two requests, and one for one sent twice', async () => {
    const { url, asked } = await startOddServer(({ operation, id }, response) => {
      if (operation !== 'tools/call') return false;
      setTimeout(() => answer(response, id, { content: [{ type: 'text', text: 'first' }] }), 300);
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    const call = (id: number | string, name: string) =>
      host.send({ id, method: 'tools/call', params: { name } });
    call(1, 'a');
    call('1', 'another id');
    call(1, 'b');
    expect((await host.next(({ id }) => id === 1)).error).toMatchObject({ code: -32_600 });
    expect(textOf(await host.next(({ id, result }) => id === 1 && result !== undefined))).toBe('first');
    expect(textOf(await host.next(({ id }) => id === '1'))).toBe('first');
    call(2, 'a');
    call(2, 'a');
    await host.next(({ id }) => id === 2);
    await pause(100);
    expect(host.seen.filter(({ id }) => id === 2)).toHaveLength(1);
    await host.said('used the id "2" again');
    expect(asked.filter(({ operation }) => operation === 'tools/call')).toHaveLength(3);
  });

  test('escapes in the name of a method moves no cursor', async () => {
    const { url } = await startOddServer(({ operation }, response) =>
      operation.includes('red') ? response.writeHead(500).end('x') !== undefined : false,
    );
    const host = createMachine().bridge(url);
    await host.initialize();
    await host.call('\u001b[31mred\r\u0007');
    await host.said('status 500');
    // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
    expect(host.stderr()).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

describe('a server that', () => {
  const oddAnswers: [string, (id: unknown) => [number, string, string], RegExp][] = [
    [
      'answers with a web page',
      () => [200, 'text/html', '<h1>\u001b[31mWelcome</h1>'],
      /text\/html instead of JSON.*Welcome/,
    ],
    ['answers with nothing', () => [200, 'application/json', ''], /no JSON-RPC message/],
    [
      'answers with half of it',
      (id) => [200, 'application/json', `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"res`],
      /no JSON-RPC message/,
    ],
    [
      'answers another request',
      () => [200, 'application/json', '{"jsonrpc":"2.0","id":"other","result":{}}'],
      /did not answer what it was asked/,
    ],
    ['fails', () => [500, 'text/plain', 'boom\nbang'], /status 500: "boom bang"/],
    ['is busy for long', () => [429, 'text/plain', ''], /status 429/],
    [
      'ends a stream without an answer',
      () => [200, 'text/event-stream', ': nothing\n\n'],
      /before it had answered/,
    ],
    [
      'has an error of its own',
      () => [500, 'application/json', '{"error":"Oops"}'],
      /status 500: "{'error':'Oops'}"/,
    ],
    ['says 404 in its own way', () => [404, 'application/json', '{"error":{"message":"no"}}'], /404: .*no/],
    [
      'answers with a word',
      () => [200, 'application/json', '{"error":"Oops"}'],
      /none of JSON-RPC's: .*Oops/,
    ],
    [
      'answers without a code',
      () => [200, 'application/json', '{"jsonrpc":"2.0","id":null,"error":{"message":"x"}}'],
      /none of JSON-RPC's/,
    ],
    ['has an error that is none', () => [502, 'application/json', '{"error":null}'], /status 502/],
    [
      'answers with what only looks like JSON',
      (id) => [200, 'application/json', `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"x":NaN}}`],
      /not JSON: .*NaN/,
    ],
    [
      'streams what only looks like JSON',
      (id) => [
        200,
        'text/event-stream',
        `data: {"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":[1,,]}\n\n`,
      ],
      /not JSON/,
    ],
    ['streams nonsense', () => [200, 'text/event-stream', 'data: nonsense\n\n'], /ended without an answer/],
  ];
  test.each(oddAnswers)('%s', async (_, odd, words) => {
    const { url } = await startOddServer(({ operation, id, body }, response) => {
      if (operation !== 'tools/call' || !body.includes('"odd"')) return false;
      const [status, type, text] = odd(id);
      response
        .writeHead(status, { 'content-type': type, ...(status === 429 && { 'retry-after': '60' }) })
        .end(text);
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    const { error } = await host.call('tools/call', { name: 'odd', arguments: {} });
    expect(error?.message).toMatch(words);
    expect(host.stderr()).toMatch(words);
    expect(host.stderr()).not.toContain('\u001b');
    expect(textOf(await host.call('tools/call', { name: 'fine', arguments: {} }))).toBe('ok');
    expect(await host.close()).toBe(0);
  });

  test('says that there is no error beside its result has a result', async () => {
    const { url } = await startOddServer(({ operation, id }, response) => {
      if (operation !== 'tools/call') return false;
      const result = '{"content":[{"type":"text","text":"ok"}],"n":1.0}';
      response.writeHead(200, { 'content-type': 'application/json' });
      // A byte order mark besides.
      response.end(`\ufeff{"id":${JSON.stringify(id)},"result":${result},"error":null}`);
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    expect(await host.call('tools/call', { name: 't' })).not.toHaveProperty('error');
    expect(host.lines.at(-1)).toContain('"jsonrpc":"2.0"');
    expect(host.lines.at(-1)).toContain('"n":1.0');
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('uses the coding %s although nobody asked for it is understood', async (coding, encode) => {
    const { url, asked } = await startOddServer(({ operation, id, body }, response) => {
      if (operation !== 'tools/call') return false;
      const message = JSON.stringify({
        jsonrpc: '2.0',
        id,
        result: { content: [{ type: 'text', text: 'ok' }] },
      });
      const streams = body.includes('"stream"');
      const type = streams ? 'text/event-stream' : 'application/json';
      response.writeHead(200, { 'content-type': type, 'content-encoding': coding });
      if (!streams) response.end(encode(message));
      // What is on the stream counts at once, not when it ends.
      else if (coding === 'gzip') {
        const zip = createGzip();
        zip.pipe(response);
        zip.write(`data: ${message}\n\n`);
        zip.flush();
      } else response.end(encode(`data: ${message}\n\n`));
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    expect(textOf(await host.call('tools/call', { name: 'whole' }))).toBe('ok');
    expect(textOf(await host.call('tools/call', { name: 'stream' }))).toBe('ok');
    expect(asked[0]?.headers['accept-encoding']).toBe('identity');
  });

  test('answers with more than anybody takes is told of, and the next call works', async () => {
    const { url } = await startOddServer(({ operation, body }, response) => {
      if (operation !== 'tools/call' || !body.includes('"odd"')) return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(1024 * 1024, 'x');
      const pour = (): void => {
        if (!response.destroyed) response.write(chunk, pour);
      };
      pour();
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    expect((await host.call('tools/call', { name: 'odd' })).error?.message).toContain('more than 128 MiB');
    expect(textOf(await host.call('tools/call', { name: 'fine' }))).toBe('ok');
  });

  test.each([
    [500, 'text/plain', 'status 500'],
    [200, 'text/html', 'text/html instead of JSON'],
  ])('answers %i with %s that never ends fills no memory', async (status, type, words) => {
    let sent = 0;
    const { url } = await startOddServer(({ operation, body }, response) => {
      if (operation !== 'tools/call' || !body.includes('"odd"')) return false;
      response.writeHead(status, { 'content-type': type });
      const pour = (): void => {
        const chunk = Buffer.alloc(65_536, 'x');
        while (!response.destroyed && sent < 512 * 1024 * 1024) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', pour);
        }
      };
      pour();
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    expect((await host.call('tools/call', { name: 'odd' })).error?.message).toContain(words);
    expect(textOf(await host.call('tools/call', { name: 'fine' }))).toBe('ok');
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  test('closes in the middle of its answer', async () => {
    const { url } = await startOddServer(({ operation, body }, response) => {
      if (operation !== 'tools/call' || !body.includes('"odd"')) return false;
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"jsonrpc":');
      setTimeout(() => response.destroy(), 20);
      return true;
    });
    const host = createMachine().bridge(url);
    await host.initialize();
    expect((await host.call('tools/call', { name: 'odd' })).error?.message).toMatch(
      /broke off|ended the connection/,
    );
    expect(textOf(await host.call('tools/call', { name: 'fine' }))).toBe('ok');
  });

  test('drips', async () => {
    const server = await startServer({ protected: false });
    const machine = createMachine();
    machine.config(`[mcp_servers.s]\nurl = "${server.url}"\ntool_timeout_sec = 1\n`);
    const host = machine.bridge('s');
    await host.initialize();
    server.fault('mcp tools/call', 'drip');
    expect(
      (await host.call('tools/call', { name: 'echo', arguments: { text: 'x' } })).error?.message,
    ).toContain('No answer');
    expect(textOf(await host.call('tools/call', { name: 'echo', arguments: { text: 'x' } }))).toBe('x');
  });

  test('redirects to another origin gets no token there', async () => {
    const elsewhere: IncomingMessage['headers'][] = [];
    const other = createServer((request, response) => {
      elsewhere.push(request.headers);
      response.end();
    });
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const redirect = `http://127.0.0.1:${(other.address() as AddressInfo).port}/mcp`;
    const { url } = await startOddServer(({ operation }, response) => {
      if (operation !== 'tools/call') return false;
      response.writeHead(307, { location: redirect }).end();
      return true;
    });
    const machine = createMachine();
    machine.config(`[mcp_servers.s]\nurl = "${url}"\nbearer_token_env_var = "TOKEN"\n`);
    const host = machine.bridgeWith({ TOKEN: 'very-secret' }, 's');
    await host.initialize();
    const { error } = await host.call('tools/call', { name: 'x' });
    expect(error?.message).toContain('redirects to');
    await pause(100);
    expect(elsewhere).toEqual([]);
    expect(host.stderr() + host.lines.join('')).not.toContain('very-secret');
  });

  test('names another origin for its messages (HTTP+SSE) gets none', async () => {
    const { url } = await startOddServer(({ method }, response) => {
      if (method === 'POST') return response.writeHead(405).end() !== undefined;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: endpoint\ndata: http://127.0.0.1:9/steal\n\n');
      return true;
    });
    const host = createMachine().bridge(url);
    expect((await host.initialize()).error?.message).toContain('127.0.0.1:9/steal');
  });

  test('breaks the greeting is asked again with the next one', async () => {
    let broken = true;
    const { url } = await startOddServer(({ operation, id }, response) => {
      if (operation !== 'initialize' || !broken) return false;
      broken = false;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_602, message: 'not today' } }));
      return true;
    });
    const host = createMachine().bridge(url);
    expect((await host.initialize()).error).toEqual({ code: -32_602, message: 'not today' });
    expect((await host.initialize()).result?.['serverInfo']).toEqual({ name: 'odd', version: '0' });
  });
});

/** Loaded before anything of ours, and does this when it is told to: by then the wire is closed to it. */
const library = (script: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`process.once("SIGUSR2",()=>{${script}})`)}`,
});

test('what a library prints is kept off the wire', async () => {
  const { url } = await startOddServer(() => false);
  const noise = library(
    'setInterval(()=>{console.log("noise from a library");process.stdout.write("more noise")},20).unref()',
  );
  const host = createMachine().bridgeWith(noise, url);
  await host.initialize();
  host.process.kill('SIGUSR2');
  await host.said('noise from a library');
  expect(textOf(await host.call('tools/call', { name: 'x' }))).toBe('ok');
  expect(await host.close()).toBe(0);
  expect(host.lines.every((line) => line.startsWith('{'))).toBe(true);
});

test('a library that ends standard output ends nothing, and what it says at the end is no message', async () => {
  const { url } = await startOddServer(() => false);
  const ending = library(
    'process.stdout.end("the end");process.stdout.destroy();process.on("exit",()=>process.stdout.write("late\\n"))',
  );
  const host = createMachine().bridgeWith(ending, url);
  await host.initialize();
  host.process.kill('SIGUSR2');
  await host.said('kept off the wire: its end');
  expect(textOf(await host.call('tools/call', { name: 'x' }))).toBe('ok');
  expect(await host.close()).toBe(0);
  expect(host.lines.every((line) => line.startsWith('{'))).toBe(true);
});
