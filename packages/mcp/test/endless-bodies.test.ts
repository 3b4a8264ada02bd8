import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { openTestSession, rejection } from './support/session.js';

interface Endless {
  readonly url: string;
  /** Bytes that the server could get rid of. */
  sent(): number;
}

type Refuse = (method: string) => { status: number; type: string } | undefined;

/** A server of 2025-11-25 that answers what it is told to with a body that never ends. */
async function startEndless(refuse: Refuse): Promise<Endless> {
  let sent = 0;
  const pour = (response: ServerResponse): void => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    while (!response.destroyed && sent < 512 * 1024 * 1024) {
      sent += chunk.length;
      if (!response.write(chunk)) {
        response.once('drain', () => pour(response));
        return;
      }
    }
  };
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const text = Buffer.concat(chunks as Buffer[]).toString();
      const { id, method = request.method ?? '' } = (text === '' ? {} : JSON.parse(text)) as {
        id?: number;
        method?: string;
      };
      const refusal = refuse(method);
      if (refusal !== undefined) {
        response.writeHead(refusal.status, { 'content-type': refusal.type });
        return pour(response);
      }
      if (method === 'initialize' || method === 'tools/call') {
        const greeting = {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name: 's', version: '1' },
        };
        const result = method === 'initialize' ? greeting : { content: [] };
        response.writeHead(200, { 'content-type': 'application/json' });
        return void response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      }
      return void response.writeHead(id === undefined && request.method === 'POST' ? 202 : 405).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}/mcp`, sent: () => sent };
}

const MIB = 1024 * 1024;

test.each([
  // Of words the beginning is enough.
  [500, 'text/plain', 'server_error'],
  [500, 'application/json', 'server_error'],
  [500, 'text/event-stream', 'server_error'],
  [400, 'text/plain', 'server_error'],
  [403, 'text/html', 'forbidden'],
  [200, 'text/plain', 'answer_invalid'],
])('a call that is answered with HTTP %i and endless %s ends with %s', async (status, type, code) => {
  const server = await startEndless((method) => (method === 'tools/call' ? { status, type } : undefined));
  await using opened = await openTestSession({ url: server.url } as never);
  const error = await rejection(opened.session.callTool('t'));
  expect(error).toMatchObject({ code });
  expect(server.sent()).toBeLessThan(16 * MIB);
});

test('a greeting that is answered with an endless refusal ends, too', async () => {
  const server = await startEndless(() => ({ status: 400, type: 'text/plain' }));
  const error = await rejection(openTestSession({ url: server.url } as never));
  expect(error).toMatchObject({ code: 'server_error', facts: { status: 400 } });
  expect(server.sent()).toBeLessThan(32 * MIB);
});

test.each([
  [200, 'application/json'],
  [202, 'text/event-stream'],
])('an endless answer, %i and %s, is read to the limit of answers', async (status, type) => {
  const server = await startEndless((method) => (method === 'tools/call' ? { status, type } : undefined));
  await using opened = await openTestSession({ url: server.url } as never, { requestTimeoutMs: 15_000 });
  const error = await rejection(opened.session.callTool('t'));
  expect(error).toMatchObject({ code: 'answer_too_large' });
  expect(String(error)).toContain('sent a message of more than 128 MiB');
});

test.each([
  ['an acknowledgement', 'notifications/initialized', 200],
  ['a stream for questions that is none', 'GET', 200],
  ['a refused stream for questions', 'GET', 500],
])('%s without end fills no memory', async (_, which, status) => {
  const server = await startEndless((method) =>
    method === which ? { status, type: 'text/plain' } : undefined,
  );
  await using opened = await openTestSession({ url: server.url } as never);
  expect(await opened.session.callTool('t')).toEqual({ content: [] });
  expect(server.sent()).toBeGreaterThan(0);
  expect(server.sent()).toBeLessThan(32 * MIB);
});
