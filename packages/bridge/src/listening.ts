import { isMcpassError, type Clock } from '@mcpass/auth';
import type { Reply } from './carrier.js';
import { createReopening, STEADY_MS } from './reopening.js';
import { mediaTypeOf } from './server-answer.js';
import { SessionLost } from './session-loss.js';

export interface ListeningParts {
  readonly clock: Clock;
  /** Asks for the stream, going on after the event that was the last. */
  open(lastEventId: string | undefined): Promise<Reply>;
  /** Reads the stream to its end; rejects when it breaks off. */
  read(reply: Reply, seen: StreamMemory): Promise<void>;
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
}

/** The stream on which a legacy server speaks unasked (2025-11-25 transports, "Listening for Messages from the Server"). */
export interface Listening {
  /** Does nothing while it is open. */
  start(): void;
  stop(): void;
}

interface Attempt {
  readonly outcome: 'ended' | 'failed' | 'over';
  readonly livedMs: number;
}

export function createListening(parts: ListeningParts): Listening {
  const { clock } = parts;
  let running: AbortController | undefined;

  async function listen(signal: AbortSignal): Promise<void> {
    const memory: StreamMemory = { lastEventId: undefined, retryMs: undefined, brought: false };
    const reopening = createReopening();
    let said = false;
    while (!signal.aborted) {
      memory.brought = false;
      const { outcome, livedMs } = await once(memory);
      if (outcome === 'over' || signal.aborted) return;
      if (!said || livedMs > STEADY_MS) parts.onReconnect();
      said = true;
      const askedMs = outcome === 'ended' ? memory.retryMs : undefined;
      await clock.wait(reopening.after({ livedMs, brought: memory.brought, askedMs }), signal);
    }
  }

  async function once(memory: StreamMemory): Promise<Attempt> {
    let openedMs: number | undefined;
    const outcome = await read(memory, () => {
      openedMs = clock.now();
    });
    return { outcome, livedMs: openedMs === undefined ? 0 : clock.now() - openedMs };
  }

  async function read(memory: StreamMemory, onOpen: () => void): Promise<Attempt['outcome']> {
    try {
      const reply = await parts.open(memory.lastEventId);
      if (reply.status === 200 && mediaTypeOf(reply) === 'text/event-stream') {
        onOpen();
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
