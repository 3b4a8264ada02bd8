import { isMcpassError, type Clock } from '@mcpass/auth';
import { backoffMs } from './backoff.js';
import type { Reply } from './carrier.js';
import { SessionLost } from './delivery.js';
import { mediaTypeOf } from './server-answer.js';

export interface ListeningParts {
  readonly clock: Clock;
  /** Asks for the stream, going on after the event that was the last. */
  open(lastEventId: string | undefined): Promise<Reply>;
  /** Reads the stream to its end; rejects when it breaks off. */
  read(reply: Reply, seen: StreamMemory): Promise<void>;
  onLost(): void;
  onRefused(reason: unknown): void;
  /** A stream ended and is opened again. */
  onReconnect(): void;
}

/** What a stream left behind when it ended. */
export interface StreamMemory {
  lastEventId: string | undefined;
  retryMs: number | undefined;
}

/** The stream on which a legacy server speaks unasked (2025-11-25 transports, "Listening for Messages from the Server"). */
export interface Listening {
  /** Does nothing while it is open. */
  start(): void;
  stop(): void;
}

/** Milliseconds after which a stream counts as one that worked. */
const STEADY_MS = 5_000;
/** Longest `retry` of a server that is obeyed, in milliseconds. */
const LONGEST_RETRY_MS = 60_000;

export function createListening(parts: ListeningParts): Listening {
  const { clock } = parts;
  let running: AbortController | undefined;

  async function listen(signal: AbortSignal): Promise<void> {
    const memory: StreamMemory = { lastEventId: undefined, retryMs: undefined };
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const began = clock.now();
      const outcome = await once(memory);
      if (outcome === 'over' || signal.aborted) return;
      if (clock.now() - began > STEADY_MS || outcome === 'ended') attempt = 0;
      const asked = outcome === 'ended' ? memory.retryMs : undefined;
      await clock.wait(Math.min(asked ?? backoffMs(attempt), LONGEST_RETRY_MS), signal);
      parts.onReconnect();
    }
  }

  async function once(memory: StreamMemory): Promise<'ended' | 'failed' | 'over'> {
    try {
      const reply = await parts.open(memory.lastEventId);
      if (reply.status === 200 && mediaTypeOf(reply) === 'text/event-stream') {
        await parts.read(reply, memory);
        return 'ended';
      }
      reply.body.destroy();
      // 405 says that there is no such stream; other refusals mean the same for us. Trouble may pass.
      return reply.status >= 500 || reply.status === 429 ? 'failed' : 'over';
    } catch (thrown) {
      if (thrown instanceof SessionLost) {
        parts.onLost();
        return 'over';
      }
      if (isMcpassError(thrown) && thrown.fault === 'network') return 'failed';
      if (isMcpassError(thrown) && (thrown.code === 'connection_lost' || thrown.code === 'server_error'))
        return 'failed';
      parts.onRefused(thrown);
      return 'over';
    }
  }

  return {
    start() {
      if (running !== undefined) return;
      const controller = new AbortController();
      running = controller;
      void listen(controller.signal)
        .catch(() => undefined)
        .finally(() => {
          if (running === controller) running = undefined;
        });
    },
    stop() {
      running?.abort();
      running = undefined;
    },
  };
}
