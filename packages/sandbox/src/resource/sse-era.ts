import { randomUUID } from 'node:crypto';
import { openEventStream, type EventStream } from '../http/event-stream.js';
import type { Exchange, HandshakeEra } from './handshake-era.js';
import type { RpcRequest, RpcResponse } from './json-rpc.js';

/** The HTTP+SSE transport of 2024-11-05: a stream by GET, and a POST endpoint that it names. */
export interface SseEra {
  get(): Response;
  post(exchange: Exchange, message: RpcRequest | RpcResponse): Promise<Response>;
}

/** Puts the old transport around the older protocol. */
export function createSseEra(messagesPath: string, protocol: Pick<HandshakeEra, 'post'>): SseEra {
  const streams = new Map<string, EventStream>();
  return {
    get: () => {
      const id = randomUUID();
      const stream = openEventStream();
      streams.set(id, stream);
      stream.closed.addEventListener('abort', () => streams.delete(id));
      stream.send({ type: 'endpoint', data: `${messagesPath}?sessionId=${id}` });
      return stream.response;
    },
    post: async (exchange, message) => {
      const stream = streams.get(exchange.request.query.get('sessionId') ?? '');
      if (stream === undefined) return new Response('no such stream', { status: 404 });
      void protocol.post(exchange, message).then((answer) => forward(answer, stream));
      return new Response('Accepted', { status: 202 });
    },
  };
}

/** Every message of an answer goes out on the one stream, in the order in which it comes. */
async function forward(answer: Response, stream: EventStream): Promise<void> {
  if (answer.headers.get('content-type')?.startsWith('application/json') === true) {
    stream.send({ type: 'message', data: await answer.text() });
    return;
  }
  let rest = '';
  for await (const chunk of answer.body ?? []) {
    const lines = (rest + Buffer.from(chunk).toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data: ')) stream.send({ type: 'message', data: line.slice('data: '.length) });
    }
  }
}
