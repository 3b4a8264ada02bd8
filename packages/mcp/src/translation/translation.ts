import type { Clock, JsonObject } from '@mcpass/auth';
import type { Call } from '../calls/call.js';
import type { OutgoingRequest } from '../transport/transport.js';

import type { CallTable } from '../calls/call-table.js';
import type { Message } from '../message/envelope.js';
import type { Complaints, Log } from '../log.js';
import type { HostFacts } from './host-facts.js';
import type { Subscriptions } from './subscriptions.js';
import type { ToolPolicy } from './tool-policy.js';

/** The host's side, as a translation sees it: a program on the other end of a pipe, or one in this process. */
export interface HostContext {
  /** The server that it is connected to. */
  readonly server: URL;
  /** What it has said about itself so far. */
  facts(): HostFacts;
  readonly calls: CallTable;
  readonly subscriptions: Subscriptions;
  readonly tools: ToolPolicy;
  readonly clock: Clock;
  readonly log: Log;
  /** About the server: said once, then counted. */
  readonly complaints: Complaints;
  readonly startupTimeoutMs: number;
  readonly toolTimeoutMs: number;
  /** A question of the server was declined without the host, because of the address in it. */
  onDeclined(params: JsonObject, reason: string): void;
  /** Sends the host a message as it is. */
  tell(bytes: Buffer): void;
}

/** How messages go between a host of one era and a server of one era. */
export interface Translation {
  /** Sends a call and sees to its answer. Rejects as `Transport.send` does. */
  call(call: Call): Promise<void>;
  /** A notification of the host. */
  notify(message: Message): Promise<void>;
  /** The host's response to a request of the server. */
  respond(message: Message): Promise<void>;
  /** The host gave a call up. */
  cancel(call: Call, message: Message | undefined): Promise<void>;
  fromServer(message: Message, about: OutgoingRequest | undefined): void;
  /**
   * The greeting is over: what runs in the background begins, the server's own stream first. Resolves when that was asked
   * for; a second time does nothing. Never rejects.
   */
  start(): Promise<void>;
  stop(): void;
}
