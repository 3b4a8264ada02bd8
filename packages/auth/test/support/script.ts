import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { onTestFinished } from 'vitest';

/** One request as it came in. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly form: URLSearchParams;
}

export interface Answer {
  readonly status?: number;
  /** An object is sent as JSON. */
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** What is answered at a place: always the same, one after the other (the last again and again), or as it depends. */
export type Line =
  | Answer
  | readonly Answer[]
  | ((seen: Seen, response: ServerResponse) => Answer | undefined | Promise<Answer | undefined>);

/** By method and path: `GET /authorize`. */
export type Script = Readonly<Record<string, Line>>;

export interface ScriptServer {
  readonly origin: string;
  /** Everything that was asked, in order. */
  readonly seen: readonly Seen[];
  /** What was asked at one place. */
  to(place: string): readonly Seen[];
  /** `METHOD /path` of everything that was asked. */
  paths(): readonly string[];
  /** Learns new lines; `undefined` takes a line away. */
  learn(script: Readonly<Record<string, Line | undefined>>): void;
}

/** A server that knows its lines and nothing else; what has no line is a 404. It ends with the test. */
export async function scriptServer(script: Script = {}): Promise<ScriptServer> {
  const lines = new Map<string, Line | undefined>(Object.entries(script));
  const seen: Seen[] = [];
  const place = ({ method, path }: Seen) => `${method} ${path}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const now = await read(request);
    seen.push(now);
    const line = lines.get(place(now));
    const turn = seen.filter((earlier) => place(earlier) === place(now)).length - 1;
    const said = typeof line === 'function' ? await line(now, response) : nth(line, turn);
    // A line that has answered by itself, or never will, says nothing.
    if (said === undefined) return;
    const { status = 200, body = '', headers = {} } = said;
    const json = typeof body === 'object';
    response.writeHead(status, {
      ...(json && { 'content-type': 'application/json' }),
      ...(headers as Record<string, string | string[]>),
    });
    response.end(json ? JSON.stringify(body) : body);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    to: (wanted) => seen.filter((one) => place(one) === wanted),
    paths: () => seen.map(place),
    learn(more) {
      for (const [wanted, line] of Object.entries(more)) lines.set(wanted, line);
    },
  };
}

function nth(line: Answer | readonly Answer[] | undefined, turn: number): Answer {
  if (!isList(line)) return line ?? { status: 404 };
  return line[Math.min(turn, line.length - 1)] ?? { status: 404 };
}

function isList(line: Answer | readonly Answer[] | undefined): line is readonly Answer[] {
  return Array.isArray(line);
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const url = new URL(request.url ?? '/', 'http://script');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers as Record<string, string | undefined>,
    body,
    form: new URLSearchParams(request.headers['content-type']?.includes('form') === true ? body : ''),
  };
}
