import type { Clock } from '@mcpass/auth';
import type { Call } from './call.js';
import type { Connection } from './connection.js';
import type { Desk } from './desk.js';
import { initializeResult } from './legacy-host.js';
import { ownGreeting } from './own-greeting.js';
import { repetition } from './repetition.js';
import { withId } from './server-answer.js';
import { SessionLost } from './session-loss.js';
import { refuseForSignIn } from './sign-in-answer.js';
import type { SignInGate } from './sign-in-gate.js';

/** Takes a call to its answer: connects, sees to a sign-in, and tries again what may be tried again. */
export interface CallRunner {
  /** Until the call is answered, or parked until the sign-in. Never rejects. */
  run(call: Call): Promise<void>;
  /** The same for the host's `initialize`; while a sign-in is needed it is answered in the server's name. */
  greet(call: Call): Promise<void>;
  /** The host was greeted in the server's name. */
  readonly hasPromised: boolean;
  /** The sign-in has come: runs what is parked. */
  resume(): void;
}

export interface CallRunnerParts {
  readonly name: string;
  readonly version: string;
  readonly clock: Clock;
  readonly desk: Desk;
  readonly connection: Connection;
  readonly startupTimeoutMs: number;
  gate(): SignInGate;
  /** What must reach the server before any call, while that is under way. */
  barrier(): Promise<unknown> | undefined;
  onConnected(): void;
}

/** What a host asks before anybody wants anything: hosts that start and stop us several times open no browser. */
const BEFORE_NEED = new Set(['server/discover', 'subscriptions/listen', 'ping']);

export function createCallRunner(parts: CallRunnerParts): CallRunner {
  const { name, version, clock, desk, connection } = parts;
  let hasPromised = false;
  /** Subscriptions that wait for the sign-in. */
  const parked = new Set<Call>();

  async function run(call: Call): Promise<void> {
    for (;;) {
      let used = connection.current;
      try {
        // Who has just been told that a sign-in is needed is not asked again for every call.
        if (used === undefined) parts.gate().check();
        used ??= await connection.get();
        parts.onConnected();
        const barrier = parts.barrier();
        if (barrier !== undefined) await barrier;
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

  function park(call: Call): void {
    for (const one of parked) if (one.settled) parked.delete(one);
    parked.add(call);
  }

  /** Whether a call that failed is tried again; answers it where it is not. */
  async function goesOn(call: Call, thrown: unknown): Promise<boolean> {
    const gate = parts.gate();
    if (gate.concerns(thrown)) {
      try {
        if (!BEFORE_NEED.has(call.method) && (await gate.signIn(thrown))) return !call.settled;
      } catch (failed) {
        desk.fail(call, failed);
        return false;
      }
      gate.report(thrown);
      if (call.method === 'subscriptions/listen') park(call);
      await refuseForSignIn({ call, thrown, gate, desk, name, version });
      return false;
    }
    const waitMs = repetition(thrown, call);
    if (waitMs === undefined) {
      desk.fail(call, thrown);
      return false;
    }
    if (waitMs > 0) await clock.wait(waitMs);
    return !call.settled;
  }

  async function greet(call: Call): Promise<void> {
    call.deadlineMs = performance.now() + parts.startupTimeoutMs;
    for (;;) {
      try {
        const { era, answer, result } = await connection.get();
        if (call.settled) return;
        hasPromised = false;
        // The greeting may have gone out for an earlier request of the host.
        if (era === 'legacy') desk.reply(call, withId(answer, call.id).bytes);
        else desk.complete(call, initializeResult(result, desk.host.version));
        return;
      } catch (thrown) {
        if (call.settled) return;
        const gate = parts.gate();
        if (gate.concerns(thrown)) {
          gate.report(thrown);
          hasPromised = true;
          const advice = `${name} needs a sign-in before it can be used. Run: ${gate.commandFor(thrown)}`;
          desk.complete(call, ownGreeting(desk.host, name, version, advice));
          return;
        }
        if (!(await goesOn(call, thrown))) return;
      }
    }
  }

  return {
    run,
    greet,
    get hasPromised() {
      return hasPromised;
    },
    resume() {
      const waiting = [...parked];
      parked.clear();
      for (const call of waiting) if (!call.settled) void run(call);
    },
  };
}
