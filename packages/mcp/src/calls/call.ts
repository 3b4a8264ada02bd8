import type { Message } from '../message/envelope.js';
import { messageOf } from '../message/message.js';
import { resultMessage } from '../message/rpc.js';
import type { Deadline } from './deadline.js';
import { Attempts } from './attempts.js';
import { SubscriptionStream } from './subscription-stream.js';

/** What became of a call: an answer under its id, an error, or nothing because nobody waits any more. */
export type Outcome =
  | { readonly answer: Message }
  | { readonly failure: unknown }
  | { readonly givenUp: true };

/** A request of the host until it is answered. Who opened it hears of its outcome, once. */
export class Call {
  /** Canonical JSON text. */
  readonly id: string;
  readonly method: string;
  readonly message: Message;
  readonly deadline: Deadline;
  /** What was tried for it so far. */
  readonly attempts: Attempts = new Attempts();
  /** Of `subscriptions/listen`: its stream. */
  readonly stream: SubscriptionStream | undefined;
  readonly #onSettled: (call: Call, outcome: Outcome) => void;
  #settled = false;
  #abort: (() => void) | undefined;

  constructor(
    message: Message,
    id: string,
    deadline: Deadline,
    onSettled: (call: Call, outcome: Outcome) => void,
  ) {
    this.id = id;
    this.method = message.envelope.method;
    this.message = message;
    this.deadline = deadline;
    this.stream = this.method === 'subscriptions/listen' ? new SubscriptionStream() : undefined;
    this.#onSettled = onSettled;
  }

  /** Answered, failed, or given up by the host. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Something is under way for it that {@link abort} ends. */
  get underWay(): boolean {
    return this.#abort !== undefined;
  }

  /** A message of the server that has the call's id. Like all ways to end a call it does nothing the second time. */
  answer(answer: Message): void {
    this.#settle({ answer });
  }

  /** Answers in the server's place. `result` is JSON text. */
  complete(result: string): void {
    this.answer(messageOf(resultMessage(this.id, result)));
  }

  fail(failure: unknown): void {
    this.#settle({ failure });
  }

  giveUp(): void {
    this.#settle({ givenUp: true });
  }

  /** Something is under way for it now, in place of what was. */
  started(abort: () => void): void {
    this.#abort = abort;
  }

  /** Ends what is under way. */
  abort(): void {
    this.#abort?.();
  }

  #settle(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#onSettled(this, outcome);
  }
}
