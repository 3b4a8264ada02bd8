import type { Fetch } from '@mcpass/auth';
import {
  INTERNAL_ERROR,
  PROTOCOL_VERSION_META_KEY,
  SdkErrorCode,
  SdkHttpError,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type MessageExtraInfo,
  type RequestId,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';

import { wrapResponse, type SentRequest } from './as-received.js';
import { LONGEST_DELAY_MS, waitAtMost } from './deadline.js';
import { createDoor } from './door.js';
import { judgeThrown, type Thrown } from './failure.js';
import { isTooDeep } from './json-depth.js';
import type { Notify } from './notice.js';
import { SessionError } from './session-error.js';
import { createStreamGate, type StreamGate } from './stream-gate.js';

export type WireKind = 'http' | 'sse';

export interface WireOptions {
  readonly url: URL;
  readonly kind: WireKind;
  readonly fetch: Fetch;
  readonly thrown: Thrown;
  readonly notify: Notify;
}

interface Waiting extends SentRequest {
  readonly id: RequestId;
  /** Ends the request's own stream, and with it the SDK's attempts to resume it. */
  readonly abort: AbortController;
  /** The last event on its stream that had an id: with this the stream is resumed. */
  lastEventId: string | undefined;
}

/** Milliseconds that closing waits for notifications under way, and for the server to take the end of the session. */
const FLUSH_MS = 500;
const FAREWELL_MS = 1000;
/** Milliseconds between the end of a stream and its resumption, at least: a server may say `retry: 0`. */
const RESUME_MS = 250;
/** Resumptions that came as fast as this... */
const HASTY_MS = 1000;
/** ...are counted for as long as they bring no message. Slower ones are bounded by the deadline of the request. */
const MOST_HASTY = 10;

/**
 * The SDK's transport, with what it lacks. Every request ends: with its answer, or with an error as soon as it is
 * certain that none will come (the SDK would wait for the timeout). An error of the given `fetch` reaches the request
 * that it concerns also when it happened while a stream was resumed. The standalone stream is opened when it is
 * needed. Nothing is left behind after closing.
 */
export class Wire implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: (<T extends JSONRPCMessage>(message: T, extra?: MessageExtraInfo) => void) | undefined;

  readonly kind: WireKind;
  readonly hasPerRequestStream: boolean;
  /** The standalone stream of the legacy era. */
  readonly gate: StreamGate = createStreamGate();
  /** What the given `fetch` threw when a stream was to be opened, unless it only said that the network failed. */
  streamError: Error | undefined;

  readonly #options: WireOptions;
  readonly #inner: Transport;
  readonly #waiting = new Map<string, Waiting>();
  readonly #sending = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #started = false;
  #hasty = 0;
  #lastTrouble: Error | undefined;
  /** Why the last message that came on a stream could not be read. */
  #unreadable: Error | undefined;
  #isForgotten = false;
  #closing: Promise<void> | undefined;

  constructor(options: WireOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.hasPerRequestStream = options.kind === 'http';
    this.#inner = this.#createInner();
    const handlers: Pick<Transport, 'onmessage' | 'onerror' | 'onclose'> = {
      onmessage: (message) => this.#receive(message),
      onerror: (error) => this.#trouble(error),
      onclose: () => this.onclose?.(),
    };
    Object.assign(this.#inner, handlers);
  }

  #createInner(): Transport {
    const { url, kind, thrown } = this.#options;
    const fetch = createDoor({
      fetch: this.#options.fetch,
      thrown,
      ...(kind === 'http' && { gate: this.gate }),
      onStream: (lastEventId, error) => this.#streamOpened(lastEventId, error),
    });
    if (kind === 'sse') return new SSEClientTransport(url, { fetch });
    return new StreamableHTTPClientTransport(url, {
      fetch,
      // The SDK forgets all but the last of its own timers, and one may be as long as the server likes.
      reconnectionScheduler: (reconnect, delayMs, attempt) => this.#schedule(reconnect, delayMs, attempt),
    });
  }

  get sessionId(): string | undefined {
    return this.#inner.sessionId;
  }

  setProtocolVersion(version: string): void {
    this.#inner.setProtocolVersion?.(version);
  }

  async start(): Promise<void> {
    await this.#inner.start();
    this.#started = true;
  }

  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    if ('method' in message && 'id' in message) {
      try {
        await this.#inner.send(message, this.#await(message, options));
      } catch (error) {
        this.#waiting.delete(String(message.id));
        throw error;
      }
      return;
    }
    const sending = this.#inner.send(message, options);
    this.#sending.add(sending);
    try {
      await sending;
    } finally {
      this.#sending.delete(sending);
      this.#forgetCancelled(message);
    }
  }

  /** The request that this options object belongs to is now waited for. */
  #await(request: JSONRPCRequest, options: TransportSendOptions): TransportSendOptions {
    const { id, method, params } = request;
    const key = String(id);
    const abort = new AbortController();
    const isModern = params?._meta?.[PROTOCOL_VERSION_META_KEY] !== undefined;
    const waiting: Waiting = { id, method, isModern, abort, lastEventId: undefined };
    this.#waiting.set(key, waiting);
    const { requestSignal } = options;
    requestSignal?.addEventListener('abort', () => this.#waiting.delete(key), { once: true });
    return {
      ...options,
      requestSignal: requestSignal ? AbortSignal.any([abort.signal, requestSignal]) : abort.signal,
      onresumptiontoken: (eventId) => {
        waiting.lastEventId = eventId;
      },
      onRequestStreamEnd: () => this.#fail(key, this.#streamEnded()),
    };
  }

  #receive(message: JSONRPCMessage): void {
    this.#hasty = 0;
    if (isTooDeep(message)) {
      const reason = new SessionError('answer_invalid', 'The server sent JSON that is nested too deeply.', {
        fault: 'server',
      });
      if ('method' in message) this.onerror?.(reason);
      else this.#fail(String(message.id), reason);
      return;
    }
    if ('method' in message) {
      this.onmessage?.(message);
      return;
    }
    const key = String(message.id);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    this.onmessage?.(waiting === undefined ? message : wrapResponse(message, waiting));
  }

  /** Answers a request in the server's place: the only way to end it that the SDK offers to a transport. */
  #fail(key: string, reason: Error): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#waiting.delete(key);
    waiting.abort.abort();
    const error = { code: INTERNAL_ERROR, message: reason.message, data: reason };
    this.onmessage?.({ jsonrpc: '2.0', id: waiting.id, error });
  }

  #streamEnded(): SessionError {
    const cause = this.#unreadable;
    this.#unreadable = undefined;
    return cause === undefined
      ? new SessionError('connection_lost', 'The server ended the stream before it had answered.', {
          fault: 'server',
        })
      : new SessionError('answer_invalid', 'The server sent what is not valid MCP, and no answer.', {
          fault: 'server',
          cause,
        });
  }

  #trouble(error: Error): void {
    if (this.#closing !== undefined || error === this.#lastTrouble || isToldElsewhere(error)) return;
    this.#lastTrouble = error;
    if (error.name === 'ZodError' || error.name === 'SyntaxError') this.#unreadable = error;
    this.onerror?.(error);
    // The old transport has one stream for all answers; a new one would begin a new session.
    if (this.kind === 'sse' && this.#started && !this.#options.thrown.has(error)) {
      for (const key of this.#waiting.keys()) this.#fail(key, this.streamError ?? this.#streamEnded());
    }
  }

  /** In the legacy era the stream of a cancelled request may go on for ever; nobody reads it any more. */
  #forgetCancelled(message: JSONRPCMessage): void {
    if (!('method' in message) || message.method !== 'notifications/cancelled') return;
    const key = String(message.params?.['requestId']);
    this.#waiting.get(key)?.abort.abort();
    this.#waiting.delete(key);
  }

  #streamOpened(lastEventId: string | undefined, error: Error | undefined): void {
    if (this.#closing !== undefined) return;
    this.streamError = error !== undefined && judgeThrown(error) === error ? error : undefined;
    if (this.streamError === undefined || lastEventId === undefined) return;
    for (const [key, waiting] of this.#waiting) {
      if (waiting.lastEventId === lastEventId) this.#fail(key, this.streamError);
    }
  }

  #schedule(reconnect: () => void, delayMs: number, attempt: number): () => void {
    // What `fetch` said about the last attempt it will say again: a sign-in does not come back by trying.
    if (this.#closing !== undefined || (attempt > 0 && this.streamError !== undefined))
      return () => undefined;
    if (delayMs < HASTY_MS && (this.#hasty += 1) > MOST_HASTY * (1 + this.#waiting.size)) {
      this.#giveUpResuming();
      return () => undefined;
    }
    const waitMs = Math.min(Math.max(delayMs, RESUME_MS), LONGEST_DELAY_MS);
    this.#options.notify({ type: 'reconnecting', attempt, delayMs: waitMs });
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      reconnect();
    }, waitMs);
    this.#timers.add(timer);
    return () => clearTimeout(timer);
  }

  /** Which stream ended again the SDK does not say: all that wait for one that is resumed wait in vain. */
  #giveUpResuming(): void {
    this.#hasty = 0;
    const reason = new SessionError('connection_lost', 'The server ended its stream again and again.', {
      fault: 'server',
    });
    for (const [key, { lastEventId }] of this.#waiting)
      if (lastEventId !== undefined) this.#fail(key, reason);
  }

  /** The server no longer knows the session: closing has nothing to say to it. */
  forgetSession(): void {
    this.#isForgotten = true;
  }

  /** Never rejects; takes at most {@link FLUSH_MS} and {@link FAREWELL_MS}. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#sending.size > 0) await waitAtMost(FLUSH_MS, Promise.allSettled(this.#sending));
    if (this.#inner instanceof StreamableHTTPClientTransport && !this.#isForgotten) {
      // 2025-11-25 transports, "Session Management": a client that is done SHOULD say so. Does nothing without a session.
      await waitAtMost(FAREWELL_MS, this.#inner.terminateSession());
    }
    await this.#inner.close();
  }
}

/** What a request rejects with, and 404 for the standalone stream, which says the same as 405: there is none. */
function isToldElsewhere(error: Error): boolean {
  if (!(error instanceof SdkHttpError)) return false;
  return error.code !== SdkErrorCode.ClientHttpFailedToOpenStream || error.status === 404;
}
