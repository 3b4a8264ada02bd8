import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createMachine, pause, textOf } from './support/bridge.js';
import { startOddServer } from './support/odd-server.js';

/* Within the server's own origin a redirect is followed; nothing goes anywhere else. */

async function startElsewhere() {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.headers.authorization ?? 'without a token'}`);
    response.end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, heard };
}

const bridgeTo = (url: string) => {
  const machine = createMachine();
  machine.config(`[mcp_servers.s]\nurl = "${url}"\nbearer_token_env_var = "TOKEN"\n`);
  return machine.bridgeWith({ TOKEN: 'very-secret' }, 's');
};

test.each([307, 308])('a %d within the origin is followed, message and token with it', async (status) => {
  const { url, asked } = await startOddServer((one, response) => {
    if (one.operation !== 'tools/call' || one.path === '/moved') return false;
    response.writeHead(status, { location: '/moved' }).end();
    return true;
  });
  const host = bridgeTo(url);
  await host.initialize();
  expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
  const [first, second] = asked.filter(({ operation }) => operation === 'tools/call');
  expect(second?.path).toBe('/moved');
  expect(second?.body).toBe(first?.body);
  expect(second?.headers.authorization).toBe('Bearer very-secret');
});

test.each([301, 302, 307, 308])('a greeting that is sent elsewhere with %d goes nowhere', async (status) => {
  const elsewhere = await startElsewhere();
  const { url } = await startOddServer((_, response) => {
    response.writeHead(status, { location: elsewhere.url }).end();
    return true;
  });
  const host = bridgeTo(url);
  expect((await host.initialize()).error?.message).toContain('redirects to');
  expect(elsewhere.heard).toEqual([]);
  expect(host.stderr() + host.lines.join('')).not.toContain('very-secret');
});

test.each([301, 308])(
  'a stream that is sent elsewhere with %d is not opened; calls go on',
  async (status) => {
    const elsewhere = await startElsewhere();
    const { url, asked } = await startOddServer((one, response) => {
      if (one.method !== 'GET') return false;
      response.writeHead(status, { location: elsewhere.url }).end();
      return true;
    });
    const host = bridgeTo(url);
    await host.initialize();
    await expect.poll(() => asked.some(({ method }) => method === 'GET')).toBe(true);
    await pause(200);
    expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
    expect(elsewhere.heard).toEqual([]);
  },
);
