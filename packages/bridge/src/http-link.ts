import { type Clock, McpassError } from '@mcpass/auth';
import type { Reply, Sending } from './carrier.js';
import type { Courier } from './delivery.js';
import { createEventReader } from './event-stream.js';
import { joinHeaders } from './headers.js';
import type { HostOutput } from './host-output.js';
import { createInbox } from './inbox.js';
import type { Era, Link, LinkEvents, Sent } from './link.js';
import { createListening, type StreamMemory } from './listening.js';
import type { Log } from './log.js';
import { createReopening, STEADY_MS } from './reopening.js';
import { mayBeginAnew } from './repetition.js';
import { brokenOff, drainBody, MESSAGE_LIMIT, readBody, readText, tooLarge } from './reply-body.js';
import { mediaTypeOf, nonsense, readRefusal, withId } from './server-answer.js';
import { isStreamLost, SessionLost } from './session-loss.js';

export interface HttpLinkParts {
  readonly url: URL;
  readonly era: Era;
  readonly courier: Courier;
  readonly output: HostOutput;
  readonly clock: Clock;
  readonly log: Log;
  readonly userAgent: string;
  readonly events: LinkEvents;
}

/** Times that a stream which broke off is taken up again without anything new on it. */
const RESUME_LIMIT = 5;
/** Milliseconds that a stream may stay open behind its answer. */
const LINGER_MS = 1_000;
/** Bytes of a refusal that are looked at. */
const REFUSAL_BYTES = 4_096;

/** Streamable HTTP, of either era (2025-11-25 transports; 2026-07-28 transports/streamable-http). */
export function createHttpLink(parts: HttpLinkParts): Link {
  const { url, era, courier, output, clock, log, userAgent, events } = parts;
  const inbox = createInbox({ log, onMessage: events.onMessage });
  const streams = new Set<Sending>();
  const posting = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'user-agent': userAgent,
  };
  let sessionId: string | undefined;
  /** The server has opened a stream in this session. */
  let hasStream = false;
  /** What every request carries once it is agreed on. */
  let common: Readonly<Record<string, string>> = {};
  /** What a message goes out with. */
  let usual: Readonly<Record<string, string>> = posting;

  function setCommon(version: string | undefined): void {
    common = {
      ...(version !== undefined && { 'mcp-protocol-version': version }),
      ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
    };
    usual = joinHeaders(posting, common);
  }

  async function readStream(reply: Reply, memory: StreamMemory, sent: Sent | undefined): Promise<void> {
    const { body } = reply;
    let linger: NodeJS.Timeout | undefined;
    const reader = createEventReader({
      limit: MESSAGE_LIMIT,
      onId: (id) => {
        memory.lastEventId = id;
      },
      onRetry: (ms) => {
        memory.retryMs = ms;
      },
      onOverflow: () => void body.destroy(tooLarge()),
      onEvent({ type, data }) {
        if (type !== 'message' || data.length === 0) return;
        memory.brought = true;
        inbox.take(data, sent);
        if (sent?.isSettled() === true) linger ??= setTimeout(() => body.destroy(), LINGER_MS);
      },
    });
    const holding = output.intake.open(body);
    try {
      await drainBody(body, (chunk) => {
        reader.push(chunk);
        holding.keep(reader.held());
      });
    } catch (thrown) {
      if (sent?.isSettled() !== true) throw thrown;
    } finally {
      clearTimeout(linger);
      holding.close();
    }
  }

  const openStream = async (lastEventId: string | undefined, sent?: Sent): Promise<Reply> => {
    const inSession = sessionId !== undefined;
    const headers = {
      accept: 'text/event-stream',
      'user-agent': userAgent,
      ...common,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    };
    const sending = courier.send({ method: 'GET', url, headers }, inSession);
    streams.add(sending);
    // Whoever gives the call up gives up what is read for it.
    sent?.started(() => sending.abort());
    const reply = await sending.reply.catch((thrown: unknown) => {
      streams.delete(sending);
      throw thrown;
    });
    reply.body.once('close', () => streams.delete(sending));
    if (reply.status === 200) hasStream = true;
    else if (inSession && (reply.status === 404 || reply.status === 400)) {
      const text = await readText(reply.body, REFUSAL_BYTES);
      if (isStreamLost({ status: reply.status, text }, hasStream)) throw new SessionLost(reply.status);
    }
    return reply;
  };

  /** Goes on with the answer of a request whose stream ended before it came (2025-11-25 transports, resumability). */
  async function resume(sent: Sent, memory: StreamMemory): Promise<void> {
    const reopening = createReopening();
    let livedMs = 0;
    for (let attempt = 0; attempt < RESUME_LIMIT && !sent.isSettled(); attempt += 1) {
      const before = memory.lastEventId;
      if (before === undefined) return;
      const { brought, retryMs: askedMs } = memory;
      await clock.wait(reopening.after({ livedMs, brought, askedMs }));
      if (sent.isSettled()) return;
      const reply = await openStream(before, sent);
      if (sent.isSettled()) return void reply.body.destroy();
      if (reply.status !== 200 || mediaTypeOf(reply) !== 'text/event-stream') {
        reply.body.destroy();
        return;
      }
      memory.brought = false;
      const { call } = sent;
      const deadlineMs = call?.deadlineMs;
      const began = clock.now();
      await readStream(reply, memory, sent).catch(() => undefined);
      livedMs = clock.now() - began;
      // What comes in morsels is no sign that the call will ever end.
      if (livedMs < STEADY_MS && call !== undefined && deadlineMs !== undefined) call.deadlineMs = deadlineMs;
      if (memory.lastEventId !== before) attempt = -1;
    }
  }

  /** True where the answer, if any, comes on another stream. */
  async function readAnswer(reply: Reply, sent: Sent): Promise<boolean> {
    const type = mediaTypeOf(reply);
    if (type === 'application/json') {
      const bytes = await readBody(reply.body, output);
      if (!sent.isSettled()) inbox.takeOnly(bytes, sent);
      return false;
    }
    if (type !== 'text/event-stream') {
      if (reply.status !== 202) throw await nonsense(reply);
      reply.body.resume();
      return true;
    }
    const memory: StreamMemory = { lastEventId: undefined, retryMs: undefined, brought: false };
    try {
      await readStream(reply, memory, sent);
    } catch (thrown) {
      if (memory.lastEventId === undefined || era === 'modern') throw thrown;
    }
    // 2026-07-28 has nothing to resume: what broke off is lost.
    if (!sent.isSettled() && era === 'legacy') await resume(sent, memory).catch(notAgain);
    if (!sent.isSettled()) throw brokenOff();
    return false;
  }

  /** The server had taken the request: what is lost with the session may have been carried out. */
  function notAgain(thrown: unknown): void {
    if (!(thrown instanceof SessionLost)) throw thrown;
    events.onLost();
  }

  async function send(sent: Sent): Promise<void> {
    const inSession = sessionId !== undefined && sent.method !== 'initialize' && mayBeginAnew(sent.call);
    const known = sent.method === 'initialize' ? posting : usual;
    const headers = sent.headers === undefined ? known : joinHeaders(known, sent.headers);
    const sending = courier.send({ method: 'POST', url, headers, body: sent.bytes }, inSession);
    sent.started(() => {
      sending.abort();
      inbox.forget(sent);
    });
    inbox.expect(sent);
    let later = false;
    try {
      const reply = await sending.reply;
      if (reply.status < 200 || reply.status > 299) {
        const error = await readRefusal(reply, { output, inSession, id: sent.id });
        if (sent.id === undefined) throw refusedMessage(reply.status, sent);
        sent.receive(withId(error, sent.id));
        return;
      }
      if (sent.method === 'initialize') {
        sessionId = reply.header('mcp-session-id');
        setCommon(undefined);
      }
      if (sent.id === undefined) reply.body.resume();
      else later = await readAnswer(reply, sent);
    } finally {
      if (!later) inbox.forget(sent);
    }
  }

  const listening = createListening({
    clock,
    open: openStream,
    read: (reply, memory) => readStream(reply, memory, undefined),
    onLost: events.onLost,
    onRefused: events.onRefused,
    onReconnect: () => log('the stream of the server ended; opening it again'),
  });

  return {
    era,
    transport: 'http',
    send,
    agree: setCommon,
    listen() {
      if (era === 'legacy') listening.start();
    },
    async close(withinMs) {
      listening.stop();
      for (const stream of streams) stream.abort();
      // 2025-11-25 transports, "Session Management": a client that is done SHOULD say so.
      if (sessionId === undefined || withinMs <= 0) return;
      const sending = courier.send({
        method: 'DELETE',
        url,
        headers: { 'user-agent': userAgent, ...common },
      });
      const timer = setTimeout(() => sending.abort(), withinMs);
      const reply = await sending.reply.catch(() => undefined);
      reply?.body.destroy();
      clearTimeout(timer);
    },
  };
}

function refusedMessage(status: number, { method }: Sent): McpassError {
  const what = method === '' ? 'an answer' : method;
  return new McpassError('answer_invalid', `The server refused ${what} with status ${status}.`, {
    step: 'session',
    fault: 'server',
    facts: { status },
  });
}
