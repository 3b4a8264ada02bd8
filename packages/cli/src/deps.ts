import type { Observe } from '@mcpass/auth';
import type { Io } from './terminal/io.js';

/** What the options that every command takes have said. */
export interface Globals {
  /** `key=value`, in the order given. */
  readonly overrides: readonly string[];
  readonly configFile?: string | undefined;
  readonly account?: string | undefined;
  readonly json: boolean;
  /** 0 nothing, 1 decisions, 2 requests too. */
  readonly verbosity: 0 | 1 | 2;
  readonly traceFile?: string;
  readonly quiet: boolean;
  readonly input: boolean;
  readonly color: boolean;
}

/** Everything outside a command: the streams, the environment, the options that all commands share. */
export interface Deps {
  readonly io: Io;
  readonly env: NodeJS.ProcessEnv;
  readonly globals: Globals;
  /** Aborted by the first Ctrl-C; the reason is the `interrupted` error. */
  readonly signal: AbortSignal;
  readonly events: Events;
  /** Says that the command goes on until it is told to end: a signal is then no failure, and its own outcome counts. */
  serve(): void;
  /** Another program runs in the place of this one: signals are its own from now on, until the returned function is called. */
  handOver(receive: (signal: NodeJS.Signals) => void): () => void;
}

/** For a look beside the work of a command: what is odd is said elsewhere, and nobody is asked anything for it. */
export function silent(deps: Deps): Deps {
  return { ...deps, io: { ...deps.io, canAsk: false, say: () => undefined } };
}

/** The engine's one stream of events and whoever listens to it. */
export interface Events {
  readonly observe: Observe;
  /** Returns what ends the listening. */
  listen(listener: Observe): () => void;
}

export function createEvents(): Events {
  const listeners = new Set<Observe>();
  return {
    observe(event) {
      for (const listener of listeners) listener(event);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
