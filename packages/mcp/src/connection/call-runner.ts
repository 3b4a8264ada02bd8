import type { Clock } from '@mcpass/auth';
import { SessionLost } from '../failure.js';
import type { Call } from '../calls/call.js';
import type { Connection } from './connection.js';
import { retryIn } from '../retry/retry-policy.js';

/** Takes a call to its answer: connects, and tries again what may be tried again. */
export interface CallRunner {
  /** Until the call is settled, or left by {@link CallRunnerParts.onTrouble}. Never rejects. */
  run(call: Call): Promise<void>;
  /** Whether a call that failed is to be tried again; fails it where it is not. */
  goesOn(call: Call, thrown: unknown): Promise<boolean>;
}

export interface CallRunnerParts {
  readonly clock: Clock;
  readonly connection: Connection;
  /** Ends the waiting for another try. */
  readonly signal: AbortSignal;
  /** Before a connection is made: throws what stands in its way. */
  check?(): void;
  /** Connected: resolves when a call may be sent. */
  onConnected?(): Promise<unknown> | undefined;
  /**
   * Sees to trouble that is neither the server's nor the network's: a sign-in that is missing. True where the call may be
   * tried again, false where it was seen to, undefined where the trouble is of another kind.
   */
  onTrouble?(call: Call, thrown: unknown): Promise<boolean | undefined>;
}

export function createCallRunner(parts: CallRunnerParts): CallRunner {
  const { connection, clock, signal } = parts;

  async function goesOn(call: Call, thrown: unknown): Promise<boolean> {
    const seenTo = await parts.onTrouble?.(call, thrown);
    if (seenTo !== undefined) return seenTo && !call.settled;
    const waitMs = retryIn(thrown, call);
    if (waitMs === undefined) {
      call.fail(thrown);
      return false;
    }
    if (waitMs > 0) await clock.wait(waitMs, signal).catch(() => call.fail(signal.reason));
    return !call.settled;
  }

  async function run(call: Call): Promise<void> {
    for (;;) {
      let used = connection.current;
      try {
        // Who has just been told that a sign-in is needed is not asked again for every call.
        if (used === undefined) parts.check?.();
        used ??= await connection.get();
        const ready = parts.onConnected?.();
        if (ready !== undefined) await ready;
        if (call.settled) return;
        await used.translation.call(call);
        return;
      } catch (thrown) {
        // Only the session that was lost: another call may have begun a new one already.
        if (thrown instanceof SessionLost) connection.drop(used);
        if (call.settled || !(await goesOn(call, thrown))) return;
      }
    }
  }

  return { run, goesOn };
}
