import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A JSON-RPC message on the wire. */
export interface WireMessage {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: unknown;
}

/** One HTTP request that went through, and what came back. */
export interface Passage {
  readonly http: string;
  readonly headers: IncomingHttpHeaders;
  /** Empty for a request without a body. */
  readonly message: WireMessage;
  /** What the server has said on it so far. */
  answers(): WireMessage[];
}

export interface HttpTap extends AsyncDisposable {
  readonly url: string;
  readonly passages: readonly Passage[];
}

/** A way to a server that keeps what goes by. */
export async function openTap(target: string): Promise<HttpTap> {
  const passages: Passage[] = [];
  const { pathname, host, origin } = new URL(target);
  const server = createServer((incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    void incoming.toArray().then((chunks) => {
      const body = Buffer.concat(chunks as Buffer[]);
      let text = '';
      passages.push({
        http: method,
        headers,
        message: body.length === 0 ? {} : (JSON.parse(body.toString()) as WireMessage),
        answers: () => messagesIn(text),
      });
      const outgoing = request(`${origin}${url}`, { method, headers: { ...headers, host } }, (answer) => {
        answer.on('data', (chunk: Buffer) => {
          text += chunk.toString('latin1');
        });
        answer.on('error', () => response.destroy());
        response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
        answer.pipe(response);
      });
      outgoing.on('error', () => response.destroy());
      response.on('close', () => outgoing.destroy());
      outgoing.end(body);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${pathname}`,
    passages,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

/** The messages of a JSON body or of an event stream. */
function messagesIn(latin1: string): WireMessage[] {
  const text = Buffer.from(latin1, 'latin1').toString();
  const data = text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trim());
  return [...data, text].flatMap((candidate) => {
    try {
      const value: unknown = JSON.parse(candidate);
      return typeof value === 'object' && value !== null ? [value as WireMessage] : [];
    } catch {
      return [];
    }
  });
}
