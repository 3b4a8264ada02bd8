import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A JSON-RPC message as a client sent it. */
export interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
}

/** One HTTP request, and the ways to answer it. */
export interface Exchange {
  readonly http: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly message: Message;
  /** Answers the JSON-RPC request, as JSON. */
  result(result: unknown, headers?: Record<string, string>): void;
  error(code: number, message: string, options?: { data?: unknown; status?: number }): void;
  /** Any body, sent as it is. */
  raw(status: number, body?: string, headers?: Record<string, string>): void;
  /** Begins an event stream. */
  stream(headers?: Record<string, string>, status?: number): EventStream;
  /** Cuts the connection without an answer. */
  cut(): void;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
}

export interface EventStream {
  /** A JSON-RPC message; `jsonrpc` is added. */
  send(message: object, id?: string): void;
  write(text: string): void;
  end(): void;
  cut(): void;
  readonly closed: Promise<void>;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: Exchange[];
  /** What was asked, in order: `POST tools/list`, `GET`, `DELETE`. */
  log(): string[];
}

/** A real HTTP server on loopback that does what the test says, and remembers what it was asked. */
export async function startServer(answer: (exchange: Exchange) => unknown): Promise<ScriptedServer> {
  const seen: Exchange[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const exchange = createExchange(request, response, body);
      seen.push(exchange);
      return answer(exchange);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    log: () =>
      seen.map(({ http, message }) =>
        [http, message.method ?? (message.result && 'result')].filter(Boolean).join(' '),
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

function createExchange(request: IncomingMessage, response: ServerResponse, body: string): Exchange {
  const message = (body === '' ? {} : JSON.parse(body)) as Message;
  const json = (status: number, value: unknown, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
  return {
    http: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    message,
    result: (result, headers) => json(200, { jsonrpc: '2.0', id: message.id, result }, headers),
    error: (code, text, { data, status = 200 } = {}) =>
      json(status, { jsonrpc: '2.0', id: message.id, error: { code, message: text, data } }),
    raw(status, text = '', headers = {}) {
      response.writeHead(status, headers);
      response.end(text);
    },
    stream(headers = {}, status = 200) {
      response.writeHead(status, { 'content-type': 'text/event-stream', ...headers });
      response.flushHeaders();
      return {
        send(outgoing, id) {
          const prefix = id === undefined ? '' : `id: ${id}\n`;
          response.write(`${prefix}data: ${JSON.stringify({ jsonrpc: '2.0', ...outgoing })}\n\n`);
        },
        write: (text) => void response.write(text),
        end: () => void response.end(),
        cut: () => void response.destroy(),
        closed: new Promise((resolve) => {
          response.on('close', resolve);
        }),
      };
    },
    cut: () => void request.socket.destroy(),
    closed: new Promise((resolve) => {
      response.on('close', resolve);
    }),
  };
}
