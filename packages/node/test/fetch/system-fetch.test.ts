import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { createCertificate } from '@mcpass/sandbox';
import { createConnecting } from '../../src/fetch/connecting.js';
import { temporaryDirectory } from '../fixtures/directory.js';
import { createFetch } from '../../src/fetch/system-fetch.js';
import { systemClock } from '../../src/fetch/system-clock.js';
import { systemRandom } from '../../src/random.js';
import { VERSION } from '../../src/fetch/version.js';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    ),
  );
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Seen {
  readonly method: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that remembers what it was asked. */
async function origin() {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ method: request.method, headers: request.headers, body });
      if (request.url === '/moved') response.writeHead(302, { location: '/' });
      response.end('{"ok":true}');
    });
  });
  return { url: await listen(server), seen };
}

/** A proxy that tunnels, or refuses with a status. */
async function proxy(refusal?: number) {
  const asked: string[] = [];
  const server = createServer((_request, response) => response.writeHead(500).end());
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    const [, port] = (request.url ?? '').split(':');
    // Whatever name was asked for: the test has only this machine.
    const target = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  return { url: await listen(server), asked };
}

describe('createFetch', () => {
  it('names mcpass and its version where the request names nobody', async () => {
    const { url, seen } = await origin();
    const fetch = createFetch({ env: {} });
    await fetch(url);
    await fetch(url, { headers: { 'User-Agent': 'mine' } });
    await fetch(new Request(url, { headers: { 'user-agent': 'request' } }));
    await fetch(new Request(url, { method: 'POST', body: 'x', headers: { a: 'b' } }));
    await createFetch({ env: {}, userAgent: 'host/1' })(new URL(url));
    expect(seen.map(({ headers }) => headers['user-agent'])).toEqual([
      `mcpass/${VERSION}`,
      'mine',
      'request',
      `mcpass/${VERSION}`,
      'host/1',
    ]);
    expect(seen[3]).toMatchObject({ method: 'POST', body: 'x', headers: { a: 'b' } });
  });

  it('goes through the proxy, everything kept as it was', async () => {
    const { url, seen } = await origin();
    const { url: proxyUrl, asked } = await proxy();
    const target = url.replace('127.0.0.1', 'mcp.example');
    const fetch = createFetch({ env: { HTTP_PROXY: proxyUrl.replace('//', '//user:pass@') } });
    const answer = await fetch(`${target}/`, {
      method: 'POST',
      headers: { authorization: 'Bearer t' },
      body: new URLSearchParams({ a: 'b c' }),
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ ok: true });
    const request = new Request(`${target}/`, { method: 'PUT', body: 'text', headers: { x: 'y' } });
    expect(await (await fetch(request)).text()).toBe('{"ok":true}');
    const host = new URL(target).host;
    const credentials = `Basic ${Buffer.from('user:pass').toString('base64')}`;
    expect(new Set(asked)).toEqual(new Set([`${host} ${credentials}`]));
    expect(seen).toMatchObject([
      {
        method: 'POST',
        body: 'a=b+c',
        headers: { authorization: 'Bearer t', 'user-agent': `mcpass/${VERSION}`, host },
      },
      { method: 'PUT', body: 'text', headers: { x: 'y' } },
    ]);
    expect(seen[0]?.headers['proxy-authorization']).toBeUndefined();
  });

  it('trusts an authority of its own through the proxy, and shows a certificate there', async () => {
    const [served, shown] = [createCertificate(), createCertificate()];
    const server = createTlsServer(
      { ...served, ca: shown.cert, requestCert: true },
      (_request, response) => void response.end('{"ok":true}'),
    );
    const target = (await listen(server)).replace('http://127.0.0.1', 'https://localhost');
    const { url: proxyUrl, asked } = await proxy();
    const directory = await temporaryDirectory();
    const file = async (name: string, text: string) => {
      await writeFile(join(directory, name), text, { mode: 0o600 });
      return join(directory, name);
    };
    const certificates = {
      caFile: await file('ca.pem', served.cert),
      clientCertificateFile: await file('client.pem', shown.cert + shown.key),
    };
    const env = { HTTPS_PROXY: proxyUrl };
    const through = (about: object) =>
      createFetch({
        env,
        proxyLoopback: true,
        connecting: createConnecting(env, { settings: { url: target }, ...about }),
      })(target);
    expect(await (await through({ certificates })).json()).toEqual({ ok: true });
    expect(asked).toEqual([new URL(target).host]);
    await expect(through({})).rejects.toThrow();
    await expect(through({ certificates: { caFile: certificates.caFile } })).rejects.toThrow();
  });

  it('follows no redirect through the proxy when told not to', async () => {
    const { url } = await origin();
    const { url: proxyUrl } = await proxy();
    const fetch = createFetch({ env: { HTTP_PROXY: proxyUrl } });
    const answer = await fetch(`${url.replace('127.0.0.1', 'mcp.example')}/moved`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/']);
  });

  it('leaves the proxy out for this machine and for NO_PROXY', async () => {
    const { url, seen } = await origin();
    const { url: proxyUrl, asked } = await proxy();
    await createFetch({ env: { HTTP_PROXY: proxyUrl } })(url);
    expect([seen.length, asked.length]).toEqual([1, 0]);
    await createFetch({ env: { HTTP_PROXY: proxyUrl }, proxyLoopback: true })(url);
    expect([seen.length, asked.length]).toEqual([2, 1]);
  });

  it('blames the proxy when it is not there or refuses', async () => {
    const { url: gone } = await proxy();
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    await expect(createFetch({ env: { ALL_PROXY: gone } })('http://mcp.example/')).rejects.toMatchObject({
      code: 'proxy_failed',
      step: 'connect',
      fault: 'network',
      message: expect.stringContaining('does not answer (ECONNREFUSED)') as string,
    });
    const { url: strict } = await proxy(407);
    await expect(createFetch({ env: { ALL_PROXY: strict } })('https://mcp.example/')).rejects.toMatchObject({
      code: 'proxy_failed',
      message: expect.stringContaining('refused with status 407') as string,
    });
  });

  it('obeys an abort, with and without a proxy', async () => {
    const { url } = await origin();
    const { url: proxyUrl } = await proxy();
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(createFetch({ env: {} })(url, { signal })).rejects.toThrow('stop');
    const through = createFetch({ env: { HTTP_PROXY: proxyUrl }, proxyLoopback: true });
    await expect(through(url, { signal })).rejects.toThrow('stop');
  });
});

describe('the rest of the machine', () => {
  it('has a clock that waits, and stops waiting with the reason it was given', async () => {
    const began = systemClock.now();
    await systemClock.wait(20);
    expect(systemClock.now() - began).toBeGreaterThanOrEqual(19);
    const reason = new Error('enough');
    await expect(systemClock.wait(10_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const stop = new AbortController();
    const waiting = systemClock.wait(10_000, stop.signal);
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('has random bytes', () => {
    expect(systemRandom(32)).toHaveLength(32);
    expect(systemRandom(32)).not.toEqual(systemRandom(32));
    expect(systemRandom(8).constructor).toBe(Uint8Array);
  });

  it('knows its version', async () => {
    const { version } = JSON.parse(
      await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as {
      version: string;
    };
    expect(VERSION).toBe(version);
  });
});
