import { type Call, createCall } from './call.js';
import type { Message } from './envelope.js';
import type { HostOutput } from './host-output.js';
import { createOpenRequests } from './open-requests.js';
import { createQuestions } from './questions.js';
import { createMessage } from './sent.js';
import type { Subscriptions } from './subscriptions.js';

/** What is open between host and bridge, in both directions. */
export interface CallTable {
  get(id: string): Call | undefined;
  open(message: Message, id: string, timeoutMs: number): Call;
  /** Answers a call, or forgets it where there are no bytes. Does nothing the second time. */
  settle(call: Call, bytes: Uint8Array | undefined): void;
  all(): readonly Call[];
  /** Sends the host a request of our own for a call; rejects when the call ends before. `params` is JSON text. */
  ask(call: Call, method: string, params: string): Promise<Message>;
  /** A request of the server is before the user; `call` is what it is about, where that is known. */
  question(id: string, call: Call | undefined): void;
  /** It is answered, or nobody waits for the answer any more. */
  withdraw(id: string): void;
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
  onSettled(call: Call): void;
}

/** Milliseconds between two looks for calls whose time is over. */
const SWEEP_MS = 250;

/** Our own request, until the host answers it. */
interface Asked {
  readonly call: Call;
  resolve(response: Message): void;
  reject(reason: unknown): void;
}

export function createCallTable({ output, subscriptions, onExpired, onSettled }: CallTableParts): CallTable {
  const calls = createOpenRequests<Call>();
  const asked = new Map<string, Asked>();
  const questions = createQuestions();
  let sweptMs = 0;
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
    for (const call of calls.values()) {
      if (questions.holdsUp(call)) call.deadlineMs += now - sweptMs;
      else if (call.deadlineMs < now) onExpired(call);
    }
    sweptMs = now;
  };

  /** Nobody waits any more for what was asked for a call: the host need not go on asking its user. */
  const takeBack = (ended: Call): void => {
    for (const [id, { call, reject }] of asked) {
      if (call !== ended) continue;
      asked.delete(id);
      output.send(createMessage('notifications/cancelled', `{"requestId":${id}}`).bytes);
      reject(new Error('the call has ended'));
    }
  };

  const table: CallTable = {
    get: (id) => calls.get(id),
    all: () => calls.values(),
    open(message, id, timeoutMs) {
      const call = createCall(message, id, timeoutMs);
      calls.set(id, call);
      if (sweeping === undefined) {
        sweptMs = call.beganMs;
        sweeping = setInterval(sweep, SWEEP_MS).unref();
      }
      return call;
    },
    settle(call, bytes) {
      if (call.settled) return;
      call.settled = true;
      calls.delete(call.id);
      subscriptions.remove(call.id);
      questions.end(call);
      if (asked.size > 0) takeBack(call);
      if (bytes !== undefined) output.send(bytes);
      onSettled(call);
      if (calls.size === 0) onIdle?.();
    },
    ask(call, method, params) {
      const id = table.newId();
      questions.add(id, call);
      return new Promise((resolve, reject) => {
        asked.set(id, { call, resolve, reject });
        output.send(createMessage(method, params, id).bytes);
      });
    },
    question: (id, call) => questions.add(id, call),
    withdraw: (id) => questions.remove(id),
    respond(id, response) {
      const question = asked.get(id);
      if (question === undefined) return false;
      questions.remove(id);
      asked.delete(id);
      question.resolve(response);
      return true;
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
