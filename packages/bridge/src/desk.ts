import type { Call } from './call.js';
import type { Message } from './envelope.js';
import type { HostFacts } from './host-facts.js';
import type { Sent } from './link.js';
import type { Log } from './log.js';
import type { ToolPolicy } from './tool-policy.js';

/** The host's side, as the translations see it. */
export interface Desk {
  readonly host: HostFacts;
  readonly tools: ToolPolicy;
  readonly log: Log;
  readonly startupTimeoutMs: number;
  readonly toolTimeoutMs: number;
  /** Answers a call with a message of the server that has the call's id. */
  answer(call: Call, message: Message): void;
  /** Answers a call with a result, as JSON text. */
  complete(call: Call, result: string): void;
  fail(call: Call, thrown: unknown): void;
  /** Answers a call with a message of our own. */
  reply(call: Call, bytes: Buffer): void;
  /** Sends the host a message as it is. */
  tell(bytes: Buffer): void;
  /** Asks the host something for a call; rejects when the call ends before. `params` is JSON text. */
  ask(call: Call, method: string, params: string): Promise<Message>;
  /** A request of the server is before the user: the time of the call stands still, or of all where it is not known. */
  question(id: string, call: Call | undefined): void;
  /** It is answered, or nobody waits for the answer any more. */
  withdraw(id: string): void;
  /** Gives a call more time: something happened on its stream. */
  touch(call: Call): void;
  /** An id that no request of the host has, as JSON text. */
  newId(): string;
}

/** How messages go between a host of one era and a server of one era. */
export interface Translation {
  /** Sends a call and sees to its answer. Rejects as `Link.send` does. */
  call(call: Call): Promise<void>;
  /** A notification of the host. */
  notify(message: Message): Promise<void>;
  /** The host's response to a request of the server. */
  respond(message: Message): Promise<void>;
  /** The host gave a call up. */
  cancel(call: Call, message: Message | undefined): Promise<void>;
  fromServer(message: Message, about: Sent | undefined): void;
  /** The greeting is over: what runs in the background begins. */
  start(): void;
  stop(): void;
}
