import type { Readable } from 'node:stream';

/** One HTTP request. Names of headers in lower case; a value is a byte a character. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

/** The beginning of an answer; the body has not been read. */
export interface HttpReply {
  readonly status: number;
  header(name: string): string | undefined;
  /** All of them, for whoever takes no less; made only when asked for. */
  readonly headers: Headers;
  readonly body: Readable;
}

export interface PendingReply {
  /** Rejects with `McpassError` when there was no answer. */
  readonly reply: Promise<HttpReply>;
  /** Ends it: a body that is being read ends with an error. */
  abort(): void;
}

/** How requests get to the server: Node's own HTTP, or a `fetch`. */
export interface Carrier {
  send(request: HttpRequest): PendingReply;
  /** Closes the connections that are kept open. */
  close(): void;
}
