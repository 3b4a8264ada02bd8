import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request as an odd server sees it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The JSON-RPC method, or the HTTP method. */
  readonly operation: string;
  readonly id: unknown;
}

export type Oddity = (asked: Asked, response: ServerResponse) => boolean;

/** A server of 2025-11-25 that does what no sandbox does: `odd` answers what it wants to, by returning true. */
export async function startOddServer(
  odd: Oddity,
): Promise<{ readonly url: string; readonly asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const json = body === '' ? {} : (JSON.parse(body) as { method?: string; id?: unknown });
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
        operation: request.method === 'POST' ? (json.method ?? 'response') : (request.method ?? ''),
        id: json.id,
      };
      asked.push(one);
      if (odd(one, response)) return;
      if (one.operation === 'initialize') {
        answer(response, one.id, {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name: 'odd', version: '0' },
        });
      } else if (one.method === 'POST') {
        if (one.id === undefined) response.writeHead(202).end();
        else answer(response, one.id, { content: [{ type: 'text', text: 'ok' }] });
      } else {
        response.writeHead(405).end();
      }
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, asked };
}

/** A JSON answer. */
export function answer(
  response: ServerResponse,
  id: unknown,
  result: unknown,
  headers: Record<string, string> = {},
): true {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  return true;
}

/** A server of the old transport that names its address and greets; `odd` gets the rest. */
export function oldTransport(odd: Oddity): Oddity {
  let stream: ServerResponse | undefined;
  return (one, response) => {
    if (one.method === 'GET') {
      stream = response;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: endpoint\ndata: /messages\n\n');
      return true;
    }
    if (one.path !== '/messages') {
      response.writeHead(405).end();
      return true;
    }
    if (odd(one, response)) return true;
    response.writeHead(202).end();
    if (one.operation !== 'initialize') return true;
    const serverInfo = { name: 'old', version: '0' };
    const result = { protocolVersion: '2024-11-05', capabilities: { tools: {} }, serverInfo };
    stream?.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id: one.id, result })}\n\n`);
    return true;
  };
}
