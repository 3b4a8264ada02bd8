import { type ErrorCode, isMcpassError, isTransientStatus, type Clock } from '@mcpass/auth';
import { SessionLost } from '../failure.js';
import { createReconnection, STEADY_MS } from '../retry/reconnection.js';
import type { HttpReply } from './carrier.js';
import { mediaTypeOf, retryAfterMs } from './refusal.js';

export interface ListeningParts {
  readonly clock: Clock;
  /** Asks for the stream, going on after the event that was the last. */
  open(lastEventId: string | undefined): Promise<HttpReply>;
  /** Reads the stream to its end. */
  read(reply: HttpReply, lastEventId: string | undefined): Promise<StreamEnd>;
  onLost(): void;
  onRefused(reason: unknown): void;
  /** It is not asked for any more. */
  onOver(): void;
  /** A stream ended and is opened again; said once until one has lasted. */
  onReconnect(): void;
}

/** How a stream ended, and what it left behind. */
export interface StreamEnd {
  readonly lastEventId: string | undefined;
  /** What the server asked for by `retry`, in milliseconds. */
  readonly retryMs: number | undefined;
  /** A message came on it. */
  readonly brought: boolean;
  /** The last that came was none. */
  readonly nonsense: boolean;
  /** Why it broke off; undefined where it ended as it should. */
  readonly trouble: unknown;
}

/** The stream on which a legacy server speaks unasked (2025-11-25 transports, "Listening for Messages from the Server"). */
export interface Listening {
  /** Does nothing while it is open. Resolves when it was asked for once, whatever came of it. */
  start(): Promise<void>;
  stop(): void;
  /** The server may say something on it now, or later. */
  readonly isRunning: boolean;
}

type Attempt =
  | { readonly over: true }
  | {
      readonly over: false;
      readonly livedMs: number;
      readonly lastEventId: string | undefined;
      readonly askedMs: number | undefined;
    };

const OVER: Attempt = { over: true };
/** Trouble of the server that may pass; all of the network's may. A certificate is renewed one day. */
const PASSING: ReadonlySet<string> = new Set<ErrorCode>(['connection_lost', 'server_error', 'tls_failed']);

export function createListening(parts: ListeningParts): Listening {
  const { clock } = parts;
  let running: { readonly end: AbortController; readonly asked: Promise<void> } | undefined;

  async function listen(signal: AbortSignal, onAsked: () => void): Promise<void> {
    const reconnection = createReconnection();
    let said = false;
    let lastEventId: string | undefined;
    while (!signal.aborted) {
      const attempt = await once(lastEventId, onAsked);
      onAsked();
      if (attempt.over || signal.aborted) return;
      lastEventId = attempt.lastEventId;
      if (!said || attempt.livedMs > STEADY_MS) parts.onReconnect();
      said = true;
      await clock.wait(reconnection.after(attempt), signal);
    }
  }

  async function once(lastEventId: string | undefined, onAsked: () => void): Promise<Attempt> {
    try {
      const reply = await parts.open(lastEventId);
      if (reply.status === 200 && mediaTypeOf(reply) === 'text/event-stream') {
        const openedMs = clock.now();
        onAsked();
        const end = await parts.read(reply, lastEventId);
        const livedMs = clock.now() - openedMs;
        return { over: false, livedMs, lastEventId: end.lastEventId, askedMs: end.retryMs };
      }
      reply.body.destroy();
      // 405 says that there is no such stream; other refusals mean the same for us. Trouble may pass.
      return isTransientStatus(reply.status)
        ? { over: false, livedMs: 0, lastEventId, askedMs: retryAfterMs(reply) }
        : OVER;
    } catch (thrown) {
      if (thrown instanceof SessionLost) {
        parts.onLost();
        return OVER;
      }
      const passes = isMcpassError(thrown) && (thrown.fault === 'network' || PASSING.has(thrown.code));
      if (passes) return { over: false, livedMs: 0, lastEventId, askedMs: undefined };
      parts.onRefused(thrown);
      return OVER;
    }
  }

  return {
    start() {
      if (running !== undefined) return running.asked;
      const end = new AbortController();
      const asked = new Promise<void>((resolve) => {
        void listen(end.signal, resolve)
          .catch(() => undefined)
          .finally(() => {
            resolve();
            if (running?.end === end) running = undefined;
            parts.onOver();
          });
      });
      running = { end, asked };
      return asked;
    },
    get isRunning() {
      return running !== undefined;
    },
    stop() {
      running?.end.abort();
      running = undefined;
    },
  };
}
