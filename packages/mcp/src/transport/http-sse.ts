import { isSameServer, quote } from '@mcpass/auth';
import { sessionFailure } from '../failure.js';
import { withId } from '../message/message.js';
import { createEventReader } from './event-stream.js';
import { mediaTypeOf, nonsense, readRefusal, refusedMessage } from './refusal.js';
import { brokenOff, discardBody, drainBody, MESSAGE_LIMIT, tooLarge } from './response-body.js';
import { createResponseRouter } from './response-router.js';
import type { TransportParts } from './streamable-http.js';
import type { OutgoingRequest, Transport } from './transport.js';

/** Milliseconds that a server has for its first event. */
const GREETING_MS = 10_000;

/**
 * The HTTP+SSE transport of 2024-11-05: one stream for everything that the server says, and an address that it names for
 * what it is told. Rejects with `McpassError` when the server does not speak it. `signal` is aborted when the opening takes
 * too long.
 */
export async function openHttpSse(parts: TransportParts, signal: AbortSignal): Promise<Transport> {
  const { url, http, backPressure, log, userAgent, events } = parts;
  const router = createResponseRouter({ log, onMessage: events.onMessage });
  const open = new Map<OutgoingRequest, (reason: unknown) => void>();
  let version: string | undefined;
  let closed = false;
  /** Set when the stream has ended: nothing can be answered any more. */
  let over: { readonly reason: unknown } | undefined;

  const stream = http.send({
    method: 'GET',
    url,
    headers: { accept: 'text/event-stream', 'user-agent': userAgent },
  });
  const giveUp = (): void => stream.abort();
  signal.addEventListener('abort', giveUp, { once: true });
  const reply = await stream.reply;
  if (reply.status !== 200 || mediaTypeOf(reply) !== 'text/event-stream') throw await nonsense(reply);

  const endpoint = await new Promise<URL>((resolve, reject) => {
    const timer = setTimeout(() => {
      reply.body.destroy();
      reject(sessionFailure('answer_invalid', 'The server opened a stream and named no address on it.'));
    }, GREETING_MS);
    const reader = createEventReader({
      limit: MESSAGE_LIMIT,
      onOverflow: () => void reply.body.destroy(tooLarge()),
      onEvent({ type, data }) {
        if (type !== 'endpoint') return router.take(data, undefined);
        clearTimeout(timer);
        try {
          resolve(judgeMessageAddress(data.toString(), url));
        } catch (thrown) {
          reply.body.destroy();
          reject(thrown);
        }
      },
    });
    const ended = (thrown?: unknown): void => {
      clearTimeout(timer);
      holding.close();
      const reason = thrown ?? brokenOff();
      over = { reason };
      reject(reason);
      for (const fail of open.values()) fail(reason);
      if (!closed) events.onLost();
    };
    const holding = backPressure.open(reply.body);
    drainBody(reply.body, (chunk) => {
      reader.push(chunk);
      holding.keep(reader.held());
    }).then(() => ended(), ended);
  });

  signal.removeEventListener('abort', giveUp);
  const end = (): Promise<void> => {
    closed = true;
    stream.abort();
    return Promise.resolve();
  };
  return {
    era: 'legacy',
    kind: 'sse',
    agree(agreed) {
      version = agreed;
    },
    // Its one stream is open.
    listen: () => Promise.resolve(),
    async send(outgoing) {
      const headers = {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'user-agent': userAgent,
        ...(version !== undefined && { 'mcp-protocol-version': version }),
      };
      let release: () => void = () => undefined;
      const waiting: OutgoingRequest = {
        id: outgoing.id,
        method: outgoing.method,
        bytes: outgoing.bytes,
        call: outgoing.call,
        isSettled: () => outgoing.isSettled(),
        started: (abort) => outgoing.started(abort),
        receive(answer) {
          outgoing.receive(answer);
          release();
        },
      };
      router.expect(waiting);
      try {
        if (over !== undefined) throw over.reason;
        const inSession = outgoing.call?.attempts.mayBeginAnew !== false;
        const request = { method: 'POST', url: endpoint, headers, body: outgoing.bytes } as const;
        const posting = http.send(request, { inSession });
        outgoing.started(() => posting.abort());
        const answer = await posting.reply;
        if (answer.status < 200 || answer.status > 299) {
          const error = await readRefusal(answer, { inSession, id: outgoing.id });
          if (outgoing.id === undefined) throw refusedMessage(answer, outgoing.method);
          outgoing.receive(withId(error, outgoing.id));
          return;
        }
        discardBody(answer.body);
        if (outgoing.id === undefined || outgoing.isSettled()) return;
        await new Promise<void>((resolve, reject) => {
          // While the message was under way.
          if (over !== undefined) return reject(over.reason);
          open.set(outgoing, reject);
          release = resolve;
          outgoing.started(resolve);
        });
      } finally {
        open.delete(outgoing);
        router.forget(waiting);
      }
    },
    // Nothing can be answered without it.
    leave: end,
    close: end,
  };
}

/** Messages carry the token: they go to the server's own origin (2024-11-05 transports, security warning). */
function judgeMessageAddress(text: string, server: URL): URL {
  const endpoint = URL.canParse(text, server.href) ? new URL(text, server) : undefined;
  if (endpoint !== undefined && isSameServer(endpoint, server)) return endpoint;
  throw sessionFailure('redirect_refused', `The server wants its messages sent to ${quote(text, 160)}.`);
}
