import type { Fetch } from '@mcpass/auth';

import type { Hold } from './hold.js';
import type { Notify } from './notice.js';
import type { AnswerPolicy } from './question.js';

/** How far a call is. `total` and `message` only if the server says so; the message is foreign text. */
export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

export interface SessionOptions {
  readonly url: string | URL;
  /** Sends every request of the session; it brings the credential. What it throws comes out of the session as it is. */
  readonly fetch: Fetch;
  readonly clientInfo: { readonly name: string; readonly version: string; readonly title?: string };
  /** Milliseconds until the server must have been greeted; 30,000 when absent. */
  readonly startupTimeoutMs?: number;
  /** Milliseconds for one request; 60,000 when absent. Every progress notification starts them anew. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds for one request whatever its progress; ten times `requestTimeoutMs` when absent. */
  readonly totalTimeoutMs?: number;
  /** Stops all these clocks while it is held: while somebody signs in behind `fetch`. */
  readonly hold?: Hold;
  /** Ends what is under way, with `interrupted`. The session is still to be closed. */
  readonly signal?: AbortSignal;
  /** How questions of the server are answered; `decline` when absent. */
  readonly answer?: AnswerPolicy;
  readonly onProgress?: (progress: Progress) => void;
  readonly onNotice?: Notify;
  /** Only these tools are listed and callable. */
  readonly enabledTools?: readonly string[];
  /** These are neither; stronger than `enabledTools`. */
  readonly disabledTools?: readonly string[];
}
