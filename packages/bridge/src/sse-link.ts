import { McpassError, quote } from '@mcpass/auth';
import { createEventReader } from './event-stream.js';
import type { HttpLinkParts } from './http-link.js';
import { createInbox } from './inbox.js';
import type { Link, Sent } from './link.js';
import { mayBeginAnew } from './repetition.js';
import { brokenOff, drainBody, MESSAGE_LIMIT, tooLarge } from './reply-body.js';
import { mediaTypeOf, nonsense, readRefusal, withId } from './server-answer.js';

/** Milliseconds that a server has for its first event. */
const GREETING_MS = 10_000;

/**
 * The HTTP+SSE transport of 2024-11-05: one stream for everything that the server says, and an address that it names for
 * what it is told. Rejects with `McpassError` when the server does not speak it.
 */
export async function openSseLink(
  parts: Omit<HttpLinkParts, 'era'> & {
    /** Aborted when the opening takes too long. */
    readonly signal: AbortSignal;
  },
): Promise<Link> {
  const { url, courier, output, log, userAgent, events, signal } = parts;
  const inbox = createInbox({ log, onMessage: events.onMessage });
  const open = new Map<Sent, (reason: unknown) => void>();
  let version: string | undefined;
  let closed = false;
  /** Set when the stream has ended: nothing can be answered any more. */
  let over: { readonly reason: unknown } | undefined;

  const stream = courier.send({
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
      reject(brokenOff());
    }, GREETING_MS);
    const reader = createEventReader({
      limit: MESSAGE_LIMIT,
      onId: () => undefined,
      onRetry: () => undefined,
      onOverflow: () => void reply.body.destroy(tooLarge()),
      onEvent({ type, data }) {
        if (type !== 'endpoint') return inbox.take(data, undefined);
        clearTimeout(timer);
        try {
          resolve(judgeEndpoint(data.toString(), url));
        } catch (thrown) {
          reply.body.destroy();
          reject(thrown);
        }
      },
    });
    const end = (thrown?: unknown): void => {
      clearTimeout(timer);
      holding.close();
      const reason = thrown ?? brokenOff();
      over = { reason };
      reject(reason);
      for (const fail of open.values()) fail(reason);
      if (!closed) events.onLost();
    };
    const holding = output.intake.open(reply.body);
    drainBody(reply.body, (chunk) => {
      reader.push(chunk);
      holding.keep(reader.held());
    }).then(() => end(), end);
  });

  signal.removeEventListener('abort', giveUp);
  return {
    era: 'legacy',
    transport: 'sse',
    agree(agreed) {
      version = agreed;
    },
    listen() {
      // Its one stream is open.
    },
    async send(sent) {
      const headers = {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'user-agent': userAgent,
        ...(version !== undefined && { 'mcp-protocol-version': version }),
      };
      let release: () => void = () => undefined;
      const waiting: Sent = {
        id: sent.id,
        method: sent.method,
        bytes: sent.bytes,
        call: sent.call,
        isSettled: () => sent.isSettled(),
        receive(answer) {
          sent.receive(answer);
          release();
        },
        started: (abort) => sent.started(abort),
      };
      inbox.expect(waiting);
      try {
        if (over !== undefined) throw over.reason;
        const posting = courier.send({ method: 'POST', url: endpoint, headers, body: sent.bytes });
        sent.started(() => posting.abort());
        const answer = await posting.reply;
        if (answer.status < 200 || answer.status > 299) {
          const inSession = mayBeginAnew(sent.call);
          const error = await readRefusal(answer, { output, inSession, id: sent.id });
          if (sent.id === undefined) throw brokenOff();
          sent.receive(withId(error, sent.id));
          return;
        }
        answer.body.resume();
        if (sent.id === undefined || sent.isSettled()) return;
        await new Promise<void>((resolve, reject) => {
          // While the message was under way.
          if (over !== undefined) return reject(over.reason);
          open.set(sent, reject);
          release = resolve;
          sent.started(resolve);
        });
      } finally {
        open.delete(sent);
        inbox.forget(waiting);
      }
    },
    close() {
      closed = true;
      stream.abort();
      return Promise.resolve();
    },
  };
}

/** Messages carry the token: they go to the server's own origin (2024-11-05 transports, security warning). */
function judgeEndpoint(text: string, server: URL): URL {
  const endpoint = URL.canParse(text, server.href) ? new URL(text, server) : undefined;
  if (endpoint !== undefined && endpoint.origin === server.origin) return endpoint;
  throw new McpassError('redirect_refused', `The server wants its messages sent to ${quote(text, 160)}.`, {
    step: 'session',
    fault: 'server',
  });
}
