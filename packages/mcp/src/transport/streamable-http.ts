import type { Readable } from 'node:stream';
import type { Clock } from '@mcpass/auth';
import { sessionFailure, SessionLost } from '../failure.js';
import { withId } from '../message/message.js';
import { createReconnection, STEADY_MS } from '../retry/reconnection.js';
import type { AuthorizedHttp } from './authorized-http.js';
import type { BackPressure } from './back-pressure.js';
import type { HttpReply, PendingReply } from './carrier.js';
import type { Log } from '../log.js';
import { createEventReader } from './event-stream.js';
import { headerBytes, type HeaderFields, joinHeaders } from './header-fields.js';
import { createListening, type StreamEnd } from './listening.js';
import { mediaTypeOf, nonsense, readRefusal, refusedMessage } from './refusal.js';
import {
  brokenOff,
  discardBody,
  drainBody,
  MESSAGE_LIMIT,
  readBody,
  readText,
  tooLarge,
} from './response-body.js';
import { createResponseRouter } from './response-router.js';
import { isStreamLost } from './session-loss.js';
import type { Era } from './era.js';
import type { OutgoingRequest, Transport, TransportEvents } from './transport.js';

export interface TransportParts {
  readonly url: URL;
  readonly http: AuthorizedHttp;
  readonly backPressure: BackPressure;
  readonly clock: Clock;
  readonly log: Log;
  readonly userAgent: string;
  readonly events: TransportEvents;
}

/** Times that a stream which broke off is taken up again without anything new on it. */
const RESUME_LIMIT = 3;
/** Milliseconds that a stream may stay open behind its answer. */
const LINGER_MS = 1_000;
/** Bytes of a refusal that are looked at. */
const REFUSAL_BYTES = 4_096;

/** Streamable HTTP, of either era (2025-11-25 transports; 2026-07-28 transports/streamable-http). */
export function createStreamableHttp(era: Era, parts: TransportParts): Transport {
  const { url, http, backPressure, clock, log, userAgent, events } = parts;
  const router = createResponseRouter({ log, onMessage: events.onMessage });
  /** Streams on which the server speaks unasked, … */
  const listened = new Set<PendingReply>();
  /** … on which the rest of an answer comes, … */
  const resumed = new Set<PendingReply>();
  /** … and those that the server keeps open behind its answer. */
  const answered = new Set<Readable>();
  const ending = new AbortController();
  /** Who waits for an answer that comes on the stream on which the server speaks unasked. */
  const elsewhere = new Set<() => void>();
  const posting = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'user-agent': userAgent,
  };
  let sessionId: string | undefined;
  /** The server has opened a stream in this session. */
  let hasStream = false;
  /** What every request carries once it is agreed on. */
  let common: HeaderFields = {};
  /** What a message goes out with. */
  let usual: HeaderFields = posting;

  function setCommon(version: string | undefined): void {
    common = {
      ...(version !== undefined && { 'mcp-protocol-version': version }),
      ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
    };
    usual = joinHeaders(posting, common);
  }

  async function readStream(
    reply: HttpReply,
    since: string | undefined,
    outgoing: OutgoingRequest | undefined,
  ): Promise<StreamEnd> {
    const { body } = reply;
    let lastEventId = since;
    let retryMs: number | undefined;
    let brought = false;
    let nonsense = false;
    let trouble: unknown;
    let lingering: NodeJS.Timeout | undefined;
    const reader = createEventReader({
      limit: MESSAGE_LIMIT,
      onId: (id) => {
        lastEventId = id;
      },
      onRetry: (ms) => {
        retryMs = ms;
      },
      onOverflow: () => void body.destroy(tooLarge()),
      onEvent({ type, data }) {
        if (type !== 'message' || data.length === 0) return;
        brought = true;
        nonsense = !router.take(data, outgoing);
        if (outgoing === undefined) for (const look of elsewhere) look();
        if (outgoing?.isSettled() !== true || lingering !== undefined) return;
        lingering = setTimeout(() => body.destroy(), LINGER_MS);
        answered.add(body);
      },
    });
    const holding = backPressure.open(body);
    try {
      await drainBody(body, (chunk) => {
        reader.push(chunk);
        holding.keep(reader.held());
      });
    } catch (thrown) {
      trouble = thrown;
    } finally {
      clearTimeout(lingering);
      answered.delete(body);
      holding.close();
    }
    return { lastEventId, retryMs, brought, nonsense, trouble };
  }

  const openStream = async (
    lastEventId: string | undefined,
    outgoing?: OutgoingRequest,
  ): Promise<HttpReply> => {
    const inSession = sessionId !== undefined;
    const eventId = lastEventId === undefined ? undefined : headerBytes(lastEventId);
    const headers = {
      accept: 'text/event-stream',
      'user-agent': userAgent,
      ...common,
      ...(eventId !== undefined && { 'last-event-id': eventId }),
    };
    const purpose = outgoing === undefined ? 'stream' : 'call';
    const pending = http.send({ method: 'GET', url, headers }, { inSession, purpose });
    // Before it is answered: some servers wait with that until they have something to say.
    const own = outgoing === undefined ? listened : resumed;
    own.add(pending);
    // Whoever gives the call up gives up what is read for it.
    outgoing?.started(() => pending.abort());
    const reply = await pending.reply.catch((thrown: unknown) => {
      own.delete(pending);
      throw thrown;
    });
    reply.body.once('close', () => own.delete(pending));
    if (reply.status === 200) hasStream = true;
    else if (inSession && (reply.status === 404 || reply.status === 400)) {
      const text = await readText(reply.body, REFUSAL_BYTES);
      if (isStreamLost({ status: reply.status, text }, hasStream)) throw new SessionLost(reply.status);
    }
    return reply;
  };

  /** Goes on with the answer of a request whose stream ended before it came (2025-11-25 transports, resumability). */
  async function resume(outgoing: OutgoingRequest, first: StreamEnd): Promise<void> {
    const reconnection = createReconnection();
    let past = first;
    let livedMs = 0;
    for (let attempt = 0; attempt < RESUME_LIMIT && !outgoing.isSettled(); attempt += 1) {
      const { lastEventId, brought, retryMs: askedMs } = past;
      if (lastEventId === undefined) return;
      await clock.wait(reconnection.after({ livedMs, brought, askedMs }), ending.signal);
      if (outgoing.isSettled()) return;
      const reply = await openStream(lastEventId, outgoing);
      if (outgoing.isSettled()) return void reply.body.destroy();
      if (reply.status !== 200 || mediaTypeOf(reply) !== 'text/event-stream') {
        reply.body.destroy();
        return;
      }
      const deadline = outgoing.call?.deadline;
      const atMs = deadline?.atMs;
      const began = clock.now();
      past = await readStream(reply, lastEventId, outgoing);
      livedMs = clock.now() - began;
      // What comes in morsels is no sign that the call will ever end.
      if (livedMs < STEADY_MS && atMs !== undefined) deadline?.moveTo(atMs);
      if (past.lastEventId !== lastEventId) attempt = -1;
    }
  }

  /** Resolves when the answer has come on the stream besides; rejects when that is over. */
  function answeredElsewhere(outgoing: OutgoingRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (outgoing.isSettled()) resolve();
        else if (listening.isRunning) return;
        else reject(brokenOff());
        elsewhere.delete(look);
      };
      elsewhere.add(look);
    });
  }

  async function readAnswer(reply: HttpReply, outgoing: OutgoingRequest): Promise<void> {
    const type = mediaTypeOf(reply);
    if (type === 'application/json') {
      const bytes = await readBody(reply.body, backPressure);
      if (!outgoing.isSettled()) router.takeOnly(bytes, outgoing);
      return;
    }
    if (type !== 'text/event-stream') {
      // Accepted: only where there is a stream besides can the answer come on it.
      if (reply.status !== 202 || !listening.isRunning) throw await nonsense(reply);
      discardBody(reply.body);
      return await answeredElsewhere(outgoing);
    }
    const end = await readStream(reply, undefined, outgoing);
    if (outgoing.isSettled()) return;
    // 2026-07-28 has nothing to resume: what broke off is lost.
    const isResumable = era === 'legacy' && end.lastEventId !== undefined && !ending.signal.aborted;
    if (!isResumable && end.trouble !== undefined) throw end.trouble;
    if (isResumable) await resume(outgoing, end).catch(notAgain);
    if (outgoing.isSettled()) return;
    if (!end.nonsense) throw brokenOff();
    throw sessionFailure('answer_invalid', 'The server sent what is no MCP, and ended without an answer.');
  }

  /** The server had taken the request: what is lost with the session may have been carried out. */
  function notAgain(thrown: unknown): void {
    if (!(thrown instanceof SessionLost)) throw thrown;
    events.onLost();
  }

  async function send(outgoing: OutgoingRequest): Promise<void> {
    const inSession =
      sessionId !== undefined &&
      outgoing.method !== 'initialize' &&
      outgoing.call?.attempts.mayBeginAnew !== false;
    const known = outgoing.method === 'initialize' ? posting : usual;
    const headers = outgoing.headers === undefined ? known : joinHeaders(known, outgoing.headers);
    const sending = http.send({ method: 'POST', url, headers, body: outgoing.bytes }, { inSession });
    outgoing.started(() => {
      sending.abort();
      router.forget(outgoing);
    });
    router.expect(outgoing);
    try {
      const reply = await sending.reply;
      if (reply.status < 200 || reply.status > 299) {
        const error = await readRefusal(reply, { inSession, id: outgoing.id });
        if (outgoing.id === undefined) throw refusedMessage(reply, outgoing.method);
        outgoing.receive(withId(error, outgoing.id));
        return;
      }
      if (outgoing.method === 'initialize') {
        sessionId = reply.header('mcp-session-id');
        setCommon(undefined);
      }
      if (outgoing.id === undefined) discardBody(reply.body);
      else await readAnswer(reply, outgoing);
    } finally {
      router.forget(outgoing);
    }
  }

  const listening = createListening({
    clock,
    open: openStream,
    read: (reply, lastEventId) => readStream(reply, lastEventId, undefined),
    onLost: events.onLost,
    onRefused: events.onRefused,
    onOver() {
      for (const look of elsewhere) look();
    },
    onReconnect: () => log('the stream of the server ended; opening it again'),
  });

  return {
    era,
    kind: 'http',
    send,
    agree: setCommon,
    listen: () => (era === 'legacy' ? listening.start() : Promise.resolve()),
    leave,
    async close(withinMs) {
      ending.abort(new Error('the connection was closed'));
      for (const pending of resumed) pending.abort();
      await leave(withinMs);
    },
  };

  async function leave(withinMs: number): Promise<void> {
    listening.stop();
    for (const pending of listened) pending.abort();
    for (const body of answered) body.destroy();
    // 2025-11-25 transports, "Session Management": a client that is done SHOULD say so.
    if (sessionId === undefined || withinMs <= 0) return;
    const headers = { 'user-agent': userAgent, ...common };
    const pending = http.send({ method: 'DELETE', url, headers }, { purpose: 'farewell' });
    const timer = setTimeout(() => pending.abort(), withinMs);
    // A farewell that is refused is nobody's business.
    const reply = await pending.reply.catch(() => undefined);
    reply?.body.destroy();
    clearTimeout(timer);
  }
}
