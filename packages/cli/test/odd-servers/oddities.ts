import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Asked, beginStream, messageFor, type Oddity, sendJson } from './odd-server.js';

/** What a server does, and what a call of its tool comes to, whoever makes it. */
export interface Row {
  readonly does: string;
  /** Made anew for each column. */
  readonly odd: () => Oddity;
  /** `ok` where the call gets through; else what is said. */
  readonly right: 'ok' | RegExp;
}

const isCall = ({ method }: Asked): boolean => method === 'tools/call';

/** Odd in the answer to the call alone. */
const atCall =
  (answer: (asked: Asked, response: ServerResponse) => unknown): (() => Oddity) =>
  () =>
  (asked, response) =>
    isCall(asked) ? (answer(asked, response) ?? true) : undefined;

const okFor = ({ method, id }: Asked): string => JSON.stringify(messageFor(method, id));

/** Hands out sessions, and has forgotten the first one when the call comes: it says so in that way. */
const forgetting =
  (refuse: (response: ServerResponse) => unknown): (() => Oddity) =>
  () => {
    let sessions = 0;
    return (asked, response) => {
      if (asked.method === 'initialize') {
        sessions += 1;
        sendJson(response, messageFor('initialize', asked.id), { 'mcp-session-id': `s${sessions}` });
        return true;
      }
      if (isCall(asked) && asked.headers['mcp-session-id'] !== 's2') {
        refuse(response);
        return true;
      }
      return undefined;
    };
  };

const saying =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): unknown =>
    response
      .writeHead(status, {
        'content-type': body.startsWith('{') ? 'application/json' : 'text/plain',
        ...headers,
      })
      .end(body);

const rpcError = (code: number, message: string): string =>
  JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null });

/** Speaks HTTP+SSE (2024-11-05) alone, and meets a POST to its own address with that status. */
const oldTransport = (status: number): (() => Oddity) => {
  return () => {
    let stream: ServerResponse | undefined;
    return (asked, response) => {
      if (asked.http === 'GET') {
        stream = beginStream(response);
        stream.write('event: endpoint\ndata: /messages\n\n');
        return true;
      }
      if (asked.path !== '/messages') return response.writeHead(status).end();
      response.writeHead(202).end();
      if (asked.id !== undefined) stream?.write(`event: message\ndata: ${okFor(asked)}\n\n`);
      return true;
    };
  };
};

/** Writes byte by byte. */
function drip(response: ServerResponse, text: string): void {
  const bytes = Buffer.from(text);
  let at = 0;
  const next = (): void => {
    if (at === bytes.length) return void response.end();
    response.write(bytes.subarray(at, (at += 1)), () => setImmediate(next));
  };
  next();
}

/** Writes that again and again, as fast as it is read. */
function pour(response: ServerResponse, text: string): void {
  const chunk = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)));
  const next = (): void => {
    while (!response.destroyed) if (!response.write(chunk)) return void response.once('drain', next);
  };
  next();
}

const ZEROS = (count: number): string => `[${'0,'.repeat(count - 1)}0]`;

export const ROWS: readonly Row[] = [
  // A session that the server has forgotten: 2025-11-25 transports, "Session Management".
  { does: '404 to a forgotten session', odd: forgetting(saying(404, '')), right: 'ok' },
  {
    does: '400 "No valid session ID" to a forgotten session',
    odd: forgetting(saying(400, rpcError(-32_000, 'Bad Request: No valid session ID provided'))),
    right: 'ok',
  },
  {
    does: '400 in plain words to a forgotten session',
    odd: forgetting(saying(400, 'No transport found for sessionId')),
    right: 'ok',
  },
  {
    does: '401 to a forgotten session',
    odd: forgetting(
      saying(401, '{"error":"Session not found or expired"}', { 'www-authenticate': 'Bearer' }),
    ),
    right: 'ok',
  },
  {
    does: '400 "Server not initialized" after it was started anew',
    odd: forgetting(saying(400, rpcError(-32_000, 'Bad Request: Server not initialized'))),
    right: 'ok',
  },
  {
    does: 'the same as an event stream',
    odd: forgetting((response) =>
      response
        .writeHead(400, { 'content-type': 'text/event-stream' })
        .end(`event: message\ndata: ${rpcError(-32_000, 'Bad Request: Server not initialized')}\n\n`),
    ),
    right: 'ok',
  },
  // The transport of 2024-11-05, and what its servers say to a POST.
  ...[400, 404, 405, 406, 415].map((status) => ({
    does: `HTTP+SSE alone, and ${status} to a POST`,
    odd: oldTransport(status),
    right: 'ok' as const,
  })),
  // Event streams: HTML Living Standard, section 9.2.
  ...[
    ['bare carriage returns', '\r'],
    ['carriage returns and line feeds', '\r\n'],
  ].map(([name, end = '']) => ({
    does: `an event stream with ${name}`,
    odd: atCall((asked, response) =>
      beginStream(response).end(`event: message${end}data: ${okFor(asked)}${end}${end}`),
    ),
    right: 'ok' as const,
  })),
  {
    does: 'an event of many lines behind a byte order mark and comments',
    odd: atCall((asked, response) => {
      const lines = JSON.stringify(messageFor(asked.method, asked.id), undefined, 1).split('\n');
      beginStream(response).end(`\uFEFF: hello\n\n${lines.map((line) => `data:${line}\n`).join('')}\n`);
    }),
    right: 'ok',
  },
  {
    does: 'an event stream of single bytes',
    odd: atCall((asked, response) => drip(beginStream(response), `data: ${okFor(asked)}\n\n`)),
    right: 'ok',
  },
  {
    does: 'JSON of single bytes',
    odd: atCall((asked, response) =>
      drip(response.writeHead(200, { 'content-type': 'application/json' }), okFor(asked)),
    ),
    right: 'ok',
  },
  {
    does: 'ten thousand events of nonsense before the answer',
    odd: atCall((asked, response) =>
      beginStream(response).end(`${'data: nonsense\n\n'.repeat(10_000)}data: ${okFor(asked)}\n\n`),
    ),
    right: 'ok',
  },
  {
    does: 'an answer that goes on after an event id outside of ASCII',
    odd: () => {
      let call: Asked | undefined;
      return (asked, response) => {
        if (isCall(asked)) {
          call = asked;
          return beginStream(response).end('id: häuser-☃\ndata:\n\n');
        }
        const last = asked.headers['last-event-id'];
        if (last === undefined || call === undefined) return undefined;
        const isRight = Buffer.from(String(last), 'latin1').toString() === 'häuser-☃';
        if (!isRight) return response.writeHead(400).end();
        return beginStream(response).end(`data: ${okFor(call)}\n\n`);
      };
    },
    right: 'ok',
  },
  // Answers that are odd and readable.
  {
    does: 'a compressed answer, unasked',
    odd: atCall((asked, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync(okFor(asked))),
    ),
    right: 'ok',
  },
  {
    does: 'an answer in a batch',
    odd: atCall((asked, response) => sendJson(response, [messageFor(asked.method, asked.id)])),
    right: 'ok',
  },
  {
    does: 'an answer with error: null beside its result',
    odd: atCall((asked, response) =>
      sendJson(response, { ...messageFor(asked.method, asked.id), error: null }),
    ),
    right: 'ok',
  },
  {
    does: 'an answer of a media type in capitals with parameters',
    odd: atCall((asked, response) =>
      response.writeHead(200, { 'content-type': 'Application/JSON;charset="UTF-8"' }).end(okFor(asked)),
    ),
    right: 'ok',
  },
  {
    does: '202 and an event stream',
    odd: atCall((asked, response) =>
      response.writeHead(202, { 'content-type': 'text/event-stream' }).end(`data: ${okFor(asked)}\n\n`),
    ),
    right: 'ok',
  },
  {
    does: 'a redirect to another path of its own',
    odd: () => (asked, response) =>
      asked.path === '/mcp' && asked.http === 'POST'
        ? response.writeHead(307, { location: '/mcp/' }).end()
        : undefined,
    right: 'ok',
  },
  // The stream on which it speaks unasked is optional.
  ...([401, 403, 404, 429, 500, 503] as const).map((status) => ({
    does: `${status} to the stream that nobody needs`,
    odd: (): Oddity => (asked, response) =>
      asked.http === 'GET' ? response.writeHead(status, { 'retry-after': '5' }).end() : undefined,
    right: 'ok' as const,
  })),
  {
    does: '401 to the farewell',
    odd: () => (asked, response) => {
      if (asked.method === 'initialize') {
        sendJson(response, messageFor('initialize', asked.id), { 'mcp-session-id': 's' });
        return true;
      }
      return asked.http === 'DELETE' ? response.writeHead(401).end() : undefined;
    },
    right: 'ok',
  },
  {
    does: 'a question whose words are no text',
    odd: atCall((asked, response) => {
      const params = { message: { toString: 1 }, requestedSchema: { type: 'object', properties: {} } };
      const question = { jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params };
      beginStream(response).end(`data: ${JSON.stringify(question)}\n\ndata: ${okFor(asked)}\n\n`);
    }),
    right: 'ok',
  },
  // What cannot be an answer.
  {
    does: 'another protocol',
    odd: atCall((_, response) => {
      response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    }),
    right: /connection/i,
  },
  {
    does: 'a result that is a text',
    odd: atCall(({ id }, response) => sendJson(response, { jsonrpc: '2.0', id, result: 'ok' })),
    right: /none of JSON-RPC|cannot be used/,
  },
  {
    does: 'a refusal with words about a session of its own trade',
    odd: () => {
      let calls = 0;
      return (asked, response) => {
        if (asked.method === 'initialize') {
          sendJson(response, messageFor('initialize', asked.id), { 'mcp-session-id': 's' });
          return true;
        }
        if (!isCall(asked)) return undefined;
        calls += 1;
        const words = calls === 1 ? 'Your checkout session was charged' : 'charged twice';
        return response.writeHead(400, { 'content-type': 'text/plain' }).end(words);
      };
    },
    right: /Your checkout session was charged/,
  },
  {
    does: 'a page',
    odd: atCall((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>'),
    ),
    right: /text\/html instead of JSON/,
  },
  {
    does: 'lines of data without end and without a value',
    odd: atCall((_, response) => pour(beginStream(response), 'data:\n')),
    right: /more than 128 MiB/,
  },
  {
    does: 'a batch of half a million numbers',
    odd: atCall((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(ZEROS(500_000)),
    ),
    right: /no JSON-RPC message/,
  },
  {
    does: 'a batch of fifty million numbers in 0.1 MB of gzip',
    odd: atCall((_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(fiftyMillion()),
    ),
    right: /no JSON-RPC message/,
  },
  {
    does: 'a redirect to another origin',
    odd: atCall((_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/mcp' }).end()),
    right: /redirects to/,
  },
  {
    does: 'an error of the protocol',
    odd: atCall(({ id }, response) =>
      sendJson(response, { jsonrpc: '2.0', id, error: { code: -32_000, message: 'Not on Fridays' } }),
    ),
    right: /Not on Fridays/,
  },
];

let compressed: Buffer | undefined;

function fiftyMillion(): Buffer {
  compressed ??= gzipSync(ZEROS(50_000_000));
  return compressed;
}
