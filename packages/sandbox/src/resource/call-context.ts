import type { Caller } from './guard.js';
import type { Json } from './json-rpc.js';

/** A question to the user in form mode (elicitation). */
export interface Question {
  readonly message: string;
  readonly requestedSchema: Json;
}

/** What a method may do besides computing its result. */
export interface CallContext {
  readonly caller: Caller;
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** Reports progress, if the client asked for it. */
  progress(progress: number, total: number, message: string): void;
  /** Asks the user; resolves with an `ElicitResult`. */
  ask(question: Question): Promise<Json>;
}
