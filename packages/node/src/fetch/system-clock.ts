import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@mcpass/auth';

/** This machine's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async wait(ms, signal) {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (thrown) {
      // Node wraps the reason in an AbortError of its own; the port promises the reason itself.
      throw signal?.aborted === true ? signal.reason : thrown;
    }
  },
};
