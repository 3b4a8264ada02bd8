import { SdkHttpError } from '@modelcontextprotocol/client';

import { AS_RECEIVED } from './as-received.js';
import { connect, type Connection } from './connection.js';
import { LONGEST_DELAY_MS, startDeadline, waitUnlessAborted, type Deadline } from './deadline.js';
import { createEnding, type Ending } from './ending.js';
import { judgeFailure, rpcErrorIn, type Thrown } from './failure.js';
import { createHold, type Hold } from './hold.js';
import type { JsonObject } from './json.js';
import type { Notice } from './notice.js';
import { SessionError } from './session-error.js';
import type { Progress, SessionOptions } from './session-options.js';
import type { Wire } from './wire.js';

export interface RequestExtras {
  /** Sent along, encoded already. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Asks the server for progress, and lets it prolong the deadline. */
  readonly reportsProgress?: boolean;
}

const DEFAULT_STARTUP_MS = 30_000;
const DEFAULT_REQUEST_MS = 60_000;
const TOTAL_FACTOR = 10;
/** Milliseconds that the standalone stream may take to open before a call goes ahead without it. */
const STREAM_MS = 1000;

/** One server, greeted once and again when it has forgotten the session; requests with a deadline. */
export class Link {
  readonly #options: SessionOptions;
  readonly #url: URL;
  readonly #onToolsChanged: () => void;
  readonly #hold: Hold;
  readonly #thrown: Thrown = new WeakSet();
  readonly #ending: Ending;
  /** Resolves when the stream for questions is open, or will not be. */
  readonly #streams = new WeakMap<Wire, Promise<void>>();
  /** Whose sessions the server has forgotten. */
  readonly #retired: Wire[] = [];
  #connection: Connection | undefined;
  #renewal: Promise<Connection> | undefined;

  constructor(options: SessionOptions, onToolsChanged: () => void) {
    this.#options = options;
    this.#url = parseUrl(options.url);
    this.#onToolsChanged = onToolsChanged;
    this.#hold = createHold(options.hold);
    this.#ending = createEnding(options.signal);
  }

  get connection(): Connection {
    if (this.#connection === undefined) throw new TypeError('The link was not opened.');
    return this.#connection;
  }

  notify(notice: Notice): void {
    this.#options.onNotice?.(notice);
  }

  async open(): Promise<void> {
    const { startupTimeoutMs = DEFAULT_STARTUP_MS } = this.#options;
    const deadline = this.#deadline('the greeting', startupTimeoutMs, startupTimeoutMs);
    try {
      this.#connection = await this.#connect(deadline.signal);
    } finally {
      deadline.end();
    }
  }

  /** The result as received. Rejects with a `SessionError`, or with what the given `fetch` threw. */
  async request(method: string, params?: JsonObject, extras: RequestExtras = {}): Promise<JsonObject> {
    const { requestTimeoutMs = DEFAULT_REQUEST_MS } = this.#options;
    const { totalTimeoutMs = requestTimeoutMs * TOTAL_FACTOR } = this.#options;
    const deadline = this.#deadline(`the answer to ${method}`, requestTimeoutMs, totalTimeoutMs);
    const { connection } = this;
    try {
      return await this.#send(connection, method, params, extras, deadline).catch(
        async (failure: unknown) => {
          if (!isForgotten(failure, connection)) throw failure;
          const renewed = await waitUnlessAborted(deadline.signal, this.#renew(connection));
          return await this.#send(renewed, method, params, extras, deadline);
        },
      );
    } catch (failure) {
      if (deadline.signal.aborted) throw this.#timeUp(deadline.signal.reason);
      throw judgeFailure(failure, this.#thrown, method);
    } finally {
      deadline.end();
    }
  }

  /**
   * Opens the stream on which a legacy server asks its questions, if it has one. Rejects with what the given `fetch`
   * threw; any other failure means that there is no stream.
   */
  async openStream(): Promise<void> {
    const { wire, era } = this.connection;
    if (era === 'modern' || wire.kind === 'sse') return;
    const opened = this.#streams.get(wire) ?? this.#waitForStream(wire);
    this.#streams.set(wire, opened);
    try {
      await opened;
    } catch (error) {
      // The SDK does not ask again, and the next call is not to suffer from a sign-in that was missing for this one.
      this.#streams.set(wire, Promise.resolve());
      throw error;
    }
  }

  async #waitForStream(wire: Wire): Promise<void> {
    const deadline = this.#deadline('the stream', STREAM_MS, STREAM_MS);
    try {
      await waitUnlessAborted(deadline.signal, wire.gate.open());
    } catch (reason) {
      // A server may send the headers of this stream with the first event only.
      if (!(reason instanceof SessionError) || reason.code !== 'timeout') throw reason;
    } finally {
      deadline.end();
    }
    const error = wire.streamError;
    wire.streamError = undefined;
    if (error !== undefined) throw error;
  }

  async close(): Promise<void> {
    this.#ending.end(new SessionError('interrupted', 'The session was closed.', { fault: 'yours' }));
    const wires = this.#connection === undefined ? [] : [...this.#retired, this.#connection.wire];
    await Promise.all(wires.map((wire) => wire.close()));
  }

  async #send(
    connection: Connection,
    method: string,
    params: JsonObject | undefined,
    extras: RequestExtras,
    deadline: Deadline,
  ): Promise<JsonObject> {
    const answer = connection.client.request(
      { method, ...(params && { params: { ...params } }) },
      AS_RECEIVED,
      {
        // The clock is ours, because it stands still during a sign-in; the SDK's never strikes.
        timeout: LONGEST_DELAY_MS,
        signal: deadline.signal,
        headers: extras.headers,
        ...(extras.reportsProgress && {
          onprogress: (progress) => {
            deadline.restart();
            if (!isOwnWord(progress, method)) this.#options.onProgress?.(progress as Progress);
          },
        }),
      },
    );
    return await waitUnlessAborted(deadline.signal, answer);
  }

  /** 2025-11-25 transports, "Session Management": on 404 a client MUST begin a new session. Once for all requests. */
  async #renew(forgotten: Connection): Promise<Connection> {
    if (this.#connection !== forgotten) return this.connection;
    this.#renewal ??= this.#greetAgain(forgotten).finally(() => {
      this.#renewal = undefined;
    });
    return await this.#renewal;
  }

  async #greetAgain(forgotten: Connection): Promise<Connection> {
    await this.open();
    // Other calls may still be under way there: it is closed at the end, with all the others.
    forgotten.wire.forgetSession();
    this.#retired.push(forgotten.wire);
    this.#onToolsChanged();
    if (this.#streams.has(forgotten.wire)) await this.openStream();
    this.notify({ type: 'session_renewed' });
    return this.connection;
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    return await connect({
      url: this.#url,
      session: this.#options,
      hold: this.#hold,
      thrown: this.#thrown,
      notify: (notice) => this.notify(notice),
      onToolsChanged: this.#onToolsChanged,
      signal,
    });
  }

  #deadline(waitingFor: string, idleMs: number, totalMs: number): Deadline {
    return startDeadline({ waitingFor, idleMs, totalMs, hold: this.#hold, ending: this.#ending });
  }

  /** A stream that could not be opened for want of a sign-in is the likely reason why no answer came. */
  #timeUp(reason: unknown): unknown {
    const isTimeout = reason instanceof SessionError && reason.code === 'timeout';
    return isTimeout ? (this.connection.wire.streamError ?? reason) : reason;
  }
}

function isForgotten(failure: unknown, connection: Connection): boolean {
  if (!(failure instanceof SdkHttpError) || failure.status !== 404) return false;
  return connection.wire.sessionId !== undefined && rpcErrorIn(failure)?.code !== -32_601;
}

function parseUrl(url: string | URL): URL {
  try {
    return new URL(url);
  } catch (cause) {
    throw new SessionError('usage', 'The server URL is not a URL.', { fault: 'yours', cause });
  }
}

/** The SDK reports its own rounds of questions as if the server had said so; its words are all that tells them apart. */
function isOwnWord(
  { progress, message }: { progress: number; message?: string | undefined },
  method: string,
): boolean {
  return message === `Fulfilling input required by '${method}' (round ${progress})`;
}
