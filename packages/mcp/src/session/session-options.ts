import type { Fetch, JsonObject } from '@mcpass/auth';
import type { Notify } from './notice.js';
import type { PausableClock } from './pausable-clock.js';
import type { AnswerPolicy } from './question.js';

/** How far a call is. `total` and `message` only if the server says so; the message is foreign text. */
export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

export type OnListing = (
  what: 'tools' | 'resources' | 'resourceTemplates' | 'prompts',
  items: readonly JsonObject[],
) => void;

export interface SessionOptions {
  readonly url: string | URL;
  /**
   * Sends every request of the session and brings the credential: the `fetch` of an authorizer, or any other. What it throws
   * comes out of the session as it is.
   */
  readonly fetch: Fetch;
  readonly clientInfo: { readonly name: string; readonly version: string; readonly title?: string };
  /** Identifiers of the MCP extensions that `fetch` uses to get its tokens: declared to the server. */
  readonly extensions?: readonly string[];
  /** Milliseconds until the server must have been greeted; 30,000 when absent. */
  readonly startupTimeoutMs?: number;
  /** Milliseconds for one request; 60,000 when absent. Whatever comes for it, progress above all, starts them anew. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds for one request whatever its progress; ten times `requestTimeoutMs` when absent. */
  readonly totalTimeoutMs?: number;
  /** By which time runs; paused while somebody signs in behind `fetch`. */
  readonly clock?: PausableClock;
  /** Ends what is under way, with `interrupted`. The session is still to be closed. */
  readonly signal?: AbortSignal;
  /** How questions of the server are answered; `decline` when absent. */
  readonly answer?: AnswerPolicy;
  readonly onProgress?: (progress: Progress) => void;
  readonly onNotice?: Notify;
  /** Each list as the server sent it and the session shows it, whoever had asked for it. */
  readonly onListing?: OnListing;
  /** Only these tools are listed and callable. */
  readonly enabledTools?: readonly string[];
  /** These are neither; stronger than `enabledTools`. */
  readonly disabledTools?: readonly string[];
}
