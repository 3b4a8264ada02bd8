import type { Call } from '../calls/call.js';
import type { Message } from '../message/envelope.js';
import type { Era } from './era.js';
import type { HeaderFields } from './header-fields.js';

/** A message on its way to the server. */
export interface OutgoingRequest {
  /** Its id as canonical JSON; undefined for a notification or a response. */
  readonly id: string | undefined;
  /** Empty for a response. */
  readonly method: string;
  readonly bytes: Buffer;
  /**
   * The host's request that it is sent for, if any. Not in a `WeakMap` beside it: V8 keeps the values of one, dead or alive,
   * until the next full collection.
   */
  readonly call: Call | undefined;
  /** Further headers for this message. */
  readonly headers?: HeaderFields;
  /**
   * The answer has come, or nobody waits for it any more. Not a getter, which in an object literal gives every object a
   * shape of its own: see `NodeHttpReply`.
   */
  isSettled(): boolean;
  /** Takes the answer. */
  receive(answer: Message): void;
  /** Called when it is under way, with what ends that; again when it is sent again. */
  started(abort: () => void): void;
}

/** A connection to the server as one transport knows it. */
export interface Transport {
  readonly era: Era;
  readonly kind: 'http' | 'sse';
  /** Resolves when the message is answered or, without an id, accepted. Rejects with `McpassError` or `SessionLost`. */
  send(outgoing: OutgoingRequest): Promise<void>;
  /** Says which revision was agreed on; until then requests carry none. */
  agree(version: string): void;
  /**
   * Opens the stream on which the server speaks unasked, where the transport has one and it is not open. Resolves when
   * that has been tried once. Never rejects.
   */
  listen(): Promise<void>;
  /**
   * Ends the session at the server within the time (0: it has none any more), and what the server says unasked. What it is
   * answering goes on to its answer. Never rejects.
   */
  leave(withinMs: number): Promise<void>;
  /** The same, and nothing goes on. */
  close(withinMs: number): Promise<void>;
}

/** What a transport tells its owner. */
export interface TransportEvents {
  /** A request or notification of the server; `about` is the request on whose stream it came. */
  onMessage(message: Message, about: OutgoingRequest | undefined): void;
  /** The server has forgotten the session, or the stream that was the session is gone. */
  onLost(): void;
  /** The unasked stream could not be opened for a reason that trying again does not change. */
  onRefused(reason: unknown): void;
}
