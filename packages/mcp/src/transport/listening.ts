import { isMcpassError, type Clock } from '@mcpass/auth';
import { SessionLost } from '../failure.js';
import { createReconnection, STEADY_MS } from '../retry/reconnection.js';
import type { HttpReply } from './carrier.js';
import { mediaTypeOf, retryAfterMs } from './refusal.js';

export interface ListeningParts {
  readonly clock: Clock;
  /** Asks for the stream, going on after the event that was the last. */
  open(lastEventId: string | undefined): Promise<HttpReply>;
  /** Reads the stream to its end; rejects when it breaks off. */
  read(reply: HttpReply, seen: StreamMemory): Promise<void>;
  onLost(): void;
  onRefused(reason: unknown): void;
  /** A stream ended and is opened again; said once until one has lasted. */
  onReconnect(): void;
}

/** What a stream left behind when it ended. */
export interface StreamMemory {
  lastEventId: string | undefined;
  retryMs: number | undefined;
  /** A message came on it. */
  brought: boolean;
  /** The last that came was none. */
  nonsense: boolean;
}

export const NO_MEMORY: StreamMemory = {
  lastEventId: undefined,
  retryMs: undefined,
  brought: false,
  nonsense: false,
};

/** The stream on which a legacy server speaks unasked (2025-11-25 transports, "Listening for Messages from the Server"). */
export interface Listening {
  /** Does nothing while it is open. Resolves when it was asked for once, whatever came of it. */
  start(): Promise<void>;
  stop(): void;
}

type Attempt =
  | { readonly over: true }
  | { readonly over: false; readonly livedMs: number; readonly askedMs: number | undefined };

const OVER: Attempt = { over: true };

export function createListening(parts: ListeningParts): Listening {
  const { clock } = parts;
  let running: { readonly end: AbortController; readonly asked: Promise<void> } | undefined;

  async function listen(signal: AbortSignal, onAsked: () => void): Promise<void> {
    const memory: StreamMemory = { ...NO_MEMORY };
    const reconnection = createReconnection();
    let said = false;
    while (!signal.aborted) {
      const attempt = await once(memory, onAsked);
      onAsked();
      if (attempt.over || signal.aborted) return;
      if (!said || attempt.livedMs > STEADY_MS) parts.onReconnect();
      said = true;
      await clock.wait(reconnection.after(attempt), signal);
    }
  }

  async function once(memory: StreamMemory, onAsked: () => void): Promise<Attempt> {
    let openedMs: number | undefined;
    const failed = (askedMs?: number): Attempt => ({
      over: false,
      livedMs: openedMs === undefined ? 0 : clock.now() - openedMs,
      askedMs,
    });
    try {
      const reply = await parts.open(memory.lastEventId);
      if (reply.status === 200 && mediaTypeOf(reply) === 'text/event-stream') {
        openedMs = clock.now();
        onAsked();
        await parts.read(reply, memory);
        return failed(memory.retryMs);
      }
      reply.body.destroy();
      // 405 says that there is no such stream; other refusals mean the same for us. Trouble may pass.
      return reply.status >= 500 || reply.status === 429 ? failed(retryAfterMs(reply)) : OVER;
    } catch (thrown) {
      if (thrown instanceof SessionLost) {
        parts.onLost();
        return OVER;
      }
      const passes =
        isMcpassError(thrown) &&
        (thrown.fault === 'network' || thrown.code === 'connection_lost' || thrown.code === 'server_error');
      if (passes) return failed();
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
          });
      });
      running = { end, asked };
      return asked;
    },
    stop() {
      running?.end.abort();
      running = undefined;
    },
  };
}
