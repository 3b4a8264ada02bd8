import { createReconnection, type Reconnection } from '../retry/reconnection.js';

/** The stream of a subscription (2026-07-28 basic/patterns/subscriptions), which is opened again when it ends. */
export class SubscriptionStream {
  readonly #reconnection: Reconnection = createReconnection();
  #openedMs: number = performance.now();
  #acknowledged = false;

  /** The host is told once that it stands, however often the stream is opened. False when it was. */
  acknowledge(): boolean {
    const first = !this.#acknowledged;
    this.#acknowledged = true;
    return first;
  }

  /** Milliseconds until it is opened again. `wasOpen` is false for a stream that never was. */
  pauseMs(wasOpen: boolean, askedMs: number | undefined): number {
    const nowMs = performance.now();
    const livedMs = wasOpen ? nowMs - this.#openedMs : 0;
    const pauseMs = this.#reconnection.after({ livedMs, askedMs });
    this.#openedMs = nowMs + pauseMs;
    return pauseMs;
  }
}
