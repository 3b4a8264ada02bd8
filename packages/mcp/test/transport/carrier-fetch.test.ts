import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fetch, networkFailure } from '@mcpass/auth';
import { createCarrierFetch } from '../../src/transport/carrier-fetch.js';
import { createNodeHttpCarrier } from '../../src/transport/node-http-carrier.js';

/* What the engine asks by it comes to the same as by Node's own fetch, which is asked beside it. */

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const carrier = createNodeHttpCarrier();
let server: Server;
let address: string;
let answer: RequestListener;
let seen: Seen[];
/** What was left to a whole fetch. */
let rest: string[];

const ours = createCarrierFetch(carrier, (input, init) => {
  rest.push(`${init?.method ?? 'GET'} ${input instanceof Request ? input.url : input}`);
  return globalThis.fetch(input, init);
});
const theirs: Fetch = (input, init) => globalThis.fetch(input, init);
const both = [
  ['ours', ours],
  ['of Node', theirs],
] as const;

const addressOf = (of: Server) => `http://127.0.0.1:${(of.address() as AddressInfo).port}/`;

/** Where nobody listens any more, nor was ever asked. */
async function closedAddress(): Promise<string> {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const closed = addressOf(gone);
  await new Promise((resolve) => gone.close(resolve));
  return closed;
}

beforeEach(async () => {
  seen = [];
  rest = [];
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = addressOf(server);
});

afterEach(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});

describe.each(both)('the fetch that is %s', (_, fetch) => {
  test('sends method, headers and body, and gives status, headers and body', async () => {
    answer = (_request, response) => {
      response.setHeader('x-two', ['a', 'b']);
      response.writeHead(418, { 'content-type': 'application/json' });
      response.end('{"ok":"é"}');
    };
    const response = await fetch(`${address}token?a=b`, {
      method: 'post',
      headers: { Authorization: 'Basic x', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'code=%C3%A9',
      redirect: 'manual',
    });
    expect(response.status).toBe(418);
    expect(response.headers.get('x-two')).toBe('a, b');
    expect(await response.json()).toEqual({ ok: 'é' });
    expect(seen).toMatchObject([{ method: 'POST', url: '/token?a=b', body: 'code=%C3%A9' }]);
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Basic x',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '11',
      accept: '*/*',
    });
  });

  test('names the type of a text that nobody named', async () => {
    answer = (_request, response) => response.end();
    await fetch(address, { method: 'POST', body: 'x', redirect: 'manual' });
    expect(seen[0]?.headers['content-type']).toBe('text/plain;charset=UTF-8');
  });

  test('follows no redirect', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end();
    const response = await fetch(address, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/elsewhere']);
    await response.body?.cancel();
    expect(seen).toHaveLength(1);
  });

  test.each([204, 304])('has no body where there can be none: %i', async (status) => {
    answer = (_request, response) => response.writeHead(status).end();
    const response = await fetch(address, { redirect: 'manual' });
    expect([response.status, response.body]).toEqual([status, null]);
  });

  test('reads a body in the coding of its server', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync('plain'));
    };
    expect(await (await fetch(address, { redirect: 'manual' })).text()).toBe('plain');
  });

  test('gives the reason of whoever gives up: before, meanwhile and while it reads', async () => {
    const reason = new Error('enough');
    const before = AbortSignal.abort(reason);
    await expect(fetch(address, { redirect: 'manual', signal: before })).rejects.toBe(reason);
    expect(seen).toEqual([]);

    const meanwhile = new AbortController();
    const gone = new Promise((resolve) => {
      answer = (request) => {
        request.socket.once('close', resolve);
        meanwhile.abort(reason);
      };
    });
    await expect(fetch(address, { redirect: 'manual', signal: meanwhile.signal })).rejects.toBe(reason);
    await gone;

    const reading = new AbortController();
    const cut = new Promise((resolve) => {
      answer = (request, response) => {
        request.socket.once('close', resolve);
        response.write('a beginning');
      };
    });
    const response = await fetch(address, { redirect: 'manual', signal: reading.signal });
    reading.abort(reason);
    // Node's own tells it in words of its own here.
    await expect(response.text()).rejects.toMatchObject(fetch === ours ? reason : { name: 'AbortError' });
    await cut;
  });

  test('closes the connection of a body that nobody wants', async () => {
    const cut = new Promise((resolve) => {
      answer = (request, response) => {
        request.socket.once('close', resolve);
        response.write('a beginning');
      };
    });
    const response = await fetch(address, { redirect: 'manual' });
    await response.body?.cancel();
    await cut;
  });

  test('tells the engine why nothing came', async () => {
    const failureOf = async (url: string) => {
      const thrown: unknown = await fetch(url, { redirect: 'manual' }).then(
        (response) => response.text(),
        (error: unknown) => error,
      );
      return networkFailure(thrown, url, 'token');
    };
    answer = (request) => void request.socket.destroy();
    expect(await failureOf(address)).toMatchObject({
      code: 'connection_lost',
      facts: { during: 'token' },
    });
    answer = (request) => void request.socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n');
    expect((await failureOf(address)).code).toMatch(/^connect/);
    expect(await failureOf(await closedAddress())).toMatchObject({ code: 'connect_failed', step: 'connect' });
    // RFC 2606: it has no address anywhere.
    expect(await failureOf('http://nowhere.invalid/')).toMatchObject({ code: 'dns_failed', step: 'dns' });
    // A port that belongs to another protocol is asked for nothing.
    expect((await failureOf('http://127.0.0.1:6000/')).message).toContain('bad port');
    expect((await failureOf('http://127.0.0.1:25/')).message).toContain('bad port');
  });

  test('tells of a body that broke off', async () => {
    answer = (request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('a beginning', () => request.socket.destroy());
    };
    const response = await fetch(address, { redirect: 'manual' });
    const thrown: unknown = await response.text().catch((error: unknown) => error);
    expect(networkFailure(thrown, address, 'token')).toMatchObject({ code: 'connection_lost' });
  });
});

test('a status that is none counts as an error of the server (RFC 9110 section 15)', async () => {
  answer = (request) =>
    void request.socket.end('HTTP/1.1 799 Odd\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno');
  const response = await ours(address, { redirect: 'manual' });
  expect([response.status, await response.text()]).toEqual([599, 'no']);
});

test.each([
  ['a redirect to follow', {}],
  ['another method', { method: 'HEAD', redirect: 'manual' }],
  ['another method', { method: 'PUT', redirect: 'manual', body: 'x' }],
  ['a body of bytes', { method: 'POST', redirect: 'manual', body: new Uint8Array(1) }],
] as const)('leaves to a whole fetch: %s', async (_, init) => {
  answer = (_request, response) => response.end();
  await ours(address, init);
  expect(rest).toHaveLength(1);
  await ours(new Request(address));
  expect(rest).toHaveLength(2);
  expect(seen).toHaveLength(2);
});

test('leaves an address with a login to a whole fetch, which refuses it', async () => {
  await expect(ours(address.replace('//', '//user:word@'), { redirect: 'manual' })).rejects.toThrow(
    TypeError,
  );
  expect([rest.length, seen.length]).toEqual([1, 0]);
});
