import type { Clock } from '@mcpass/auth';
import { backoffMs, type Connection, type Log, wordsOf } from '@mcpass/mcp/parts';
import type { SignInGate } from './sign-in-gate.js';

export interface SignInNewsParts {
  readonly connection: Pick<Connection, 'current' | 'get'>;
  readonly log: Log;
  readonly clock: Clock;
  readonly gate: Pick<SignInGate, 'concerns' | 'report'>;
  /** The server can be reached now: the host is told to look again. */
  tell(): void;
}

/** What the host is owed when a sign-in has come: word of it, as soon as the server can be reached. */
export interface SignInNews {
  /** The sign-in has come. Connects until the server can be reached, or wants another sign-in. */
  bring(): void;
  /** Somebody has connected, whoever it was. */
  connected(): void;
  stop(): void;
}

export function createSignInNews({ connection, log, clock, gate, tell }: SignInNewsParts): SignInNews {
  const ending = new AbortController();
  let isOwed = false;
  let bringing: Promise<void> | undefined;

  /** Why the server could not be reached; undefined where it was. */
  async function connect(): Promise<string | undefined> {
    try {
      await connection.get();
      return connection.current === undefined ? 'The server refused the greeting.' : undefined;
    } catch (thrown) {
      if (!gate.concerns(thrown)) return wordsOf(thrown);
      gate.report(thrown);
      throw thrown;
    }
  }

  async function keepTrying(): Promise<void> {
    let said: string | undefined;
    for (let attempt = 0; ; attempt += 1) {
      const trouble = await connect();
      connected();
      if (!isOwed) return;
      if (trouble !== undefined && trouble !== said) log(`after the sign-in: ${trouble}`);
      said = trouble;
      await clock.wait(backoffMs(attempt), ending.signal);
    }
  }

  function connected(): void {
    if (!isOwed || connection.current === undefined) return;
    isOwed = false;
    tell();
  }

  return {
    bring() {
      isOwed = true;
      bringing ??= keepTrying()
        // Another sign-in is needed, and brings its own news; or the bridge ends.
        .catch(() => undefined)
        .finally(() => {
          bringing = undefined;
        });
    },
    connected,
    stop: () => ending.abort(new Error('the bridge ends')),
  };
}
