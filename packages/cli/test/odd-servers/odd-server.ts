import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request as an odd server sees it. */
export interface Asked {
  readonly http: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The JSON-RPC method; of a response `response`, and the HTTP method where there is no message. */
  readonly method: string;
  readonly id: unknown;
  /** How many requests with this method came before. */
  readonly earlier: number;
}

/** Answers what it wants to, by returning something else than undefined. */
export type Oddity = (asked: Asked, response: ServerResponse) => unknown;

export interface OddServer {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** A server of 2025-11-25 with one tool, `t`, whose answer is `ok`, but for what is odd about it. */
export async function startOddServer(odd: Oddity): Promise<OddServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const text = Buffer.concat(chunks as Buffer[]).toString();
      const message = (text === '' ? {} : JSON.parse(text)) as { method?: string; id?: unknown };
      const http = request.method ?? '';
      const method = http === 'POST' ? (message.method ?? 'response') : http;
      const earlier = asked.filter((one) => one.method === method).length;
      const { url: path = '', headers } = request;
      const one: Asked = { http, path, headers, method, id: message.id, earlier };
      asked.push(one);
      if (odd(one, response) === undefined) answerPlainly(one, response);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, asked };
}

function answerPlainly({ method, http, id }: Asked, response: ServerResponse): void {
  if (http !== 'POST') return void response.writeHead(405).end();
  if (id === undefined) return void response.writeHead(202).end();
  // A server of an era without discovery.
  if (method === 'server/discover') return void response.writeHead(400).end('no such method');
  sendJson(response, messageFor(method, id));
}

/** The plain answer to a request. */
export function messageFor(method: string, id: unknown): object {
  const result =
    method === 'initialize'
      ? {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name: 'odd', version: '0' },
        }
      : method === 'tools/list'
        ? { tools: [{ name: 't', inputSchema: { type: 'object' } }] }
        : { content: [{ type: 'text', text: 'ok' }] };
  return { jsonrpc: '2.0', id, result };
}

export function sendJson(
  response: ServerResponse,
  message: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(message));
}

/** Begins an event stream. */
export function beginStream(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { 'content-type': 'text/event-stream' });
}
