import { type Call, createCall } from './call.js';
import type { Message } from './envelope.js';
import type { HostOutput } from './host-output.js';
import { createOpenRequests } from './open-requests.js';
import { createMessage } from './sent.js';
import type { Subscriptions } from './subscriptions.js';

/** What is open between host and bridge, in both directions. */
export interface CallTable {
  has(id: string): boolean;
  get(id: string): Call | undefined;
  open(message: Message, id: string, timeoutMs: number): Call;
  /** Answers a call, or forgets it where there are no bytes. Does nothing the second time. */
  settle(call: Call, bytes: Uint8Array | undefined): void;
  all(): readonly Call[];
  /** Sends the host a request of our own; `params` is JSON text. */
  ask(method: string, params: string): Promise<Message>;
  /** A request of the server is before the user. */
  question(id: string): void;
  /** Hands a response to whoever asked; false where the server did. */
  respond(id: string, response: Message): boolean;
  /** An id that no request of the host has, as JSON text. */
  newId(): string;
  /** Resolves when nothing is open. */
  idle(): Promise<void>;
  stop(): void;
}

export interface CallTableParts {
  readonly output: HostOutput;
  readonly subscriptions: Subscriptions;
  /** The time of a call is over. */
  onExpired(call: Call): void;
}

/** Milliseconds between two looks for calls whose time is over. */
const SWEEP_MS = 250;
/** Milliseconds that a person may think about a question while nobody's time runs. */
const QUESTION_MS = 600_000;

export function createCallTable({ output, subscriptions, onExpired }: CallTableParts): CallTable {
  const calls = createOpenRequests<Call>();
  const asked = new Map<string, (response: Message) => void>();
  /** Questions of the server, and until when they hold up the clock. */
  const questions = new Map<string, number>();
  let ownIds = 0;
  let onIdle: (() => void) | undefined;
  let sweeping: NodeJS.Timeout | undefined;

  const stop = (): void => {
    clearInterval(sweeping);
    sweeping = undefined;
  };
  const sweep = (): void => {
    if (calls.size === 0) stop();
    const now = performance.now();
    for (const [id, until] of questions) if (until < now) questions.delete(id);
    // A person who is asked something takes as long as it takes.
    if (questions.size > 0) return;
    for (const call of calls.values()) if (call.deadlineMs < now) onExpired(call);
  };

  const table: CallTable = {
    has: (id) => calls.get(id) !== undefined,
    get: (id) => calls.get(id),
    all: () => calls.values(),
    open(message, id, timeoutMs) {
      const call = createCall(message, id, performance.now() + timeoutMs);
      calls.set(id, call);
      sweeping ??= setInterval(sweep, SWEEP_MS).unref();
      return call;
    },
    settle(call, bytes) {
      if (call.settled) return;
      call.settled = true;
      calls.delete(call.id);
      subscriptions.remove(call.id);
      if (bytes !== undefined) output.send(bytes);
      if (calls.size === 0) onIdle?.();
    },
    ask(method, params) {
      const id = table.newId();
      table.question(id);
      return new Promise((resolve) => {
        asked.set(id, resolve);
        output.send(createMessage(method, params, id).bytes);
      });
    },
    question: (id) => void questions.set(id, performance.now() + QUESTION_MS),
    respond(id, response) {
      questions.delete(id);
      const resolve = asked.get(id);
      asked.delete(id);
      resolve?.(response);
      return resolve !== undefined;
    },
    newId() {
      ownIds += 1;
      return `"mcpass-${ownIds}"`;
    },
    idle() {
      if (calls.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        onIdle = resolve;
      });
    },
    stop,
  };
  return table;
}
