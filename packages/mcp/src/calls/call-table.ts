import type { Message } from '../message/envelope.js';
import { createMessage } from '../message/message.js';
import { Call, type Outcome } from './call.js';
import type { Deadline } from './deadline.js';
import { createQuestions } from './questions.js';

/** What is open between a host and us, in both directions. */
export interface CallTable {
  get(id: string): Call | undefined;
  open(message: Message, id: string, deadline: Deadline): Call;
  all(): readonly Call[];
  /** Sends the host a request of our own for a call; rejects when the call ends before. `params` is JSON text. */
  ask(call: Call, method: string, params: string): Promise<Message>;
  /** A request of the server is before the user: the time of the call stands still, or of all where it is not known. */
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
  /** To the host. */
  tell(message: Buffer): void;
  /** The time of a call is over. */
  onExpired(call: Call): void;
  onSettled(call: Call, outcome: Outcome): void;
  /** The nth id of ours as JSON text; no request of the host may have it. */
  idOf(n: number): string;
  /** Milliseconds that time has stood still for all calls so far. */
  pausedMs?(): number;
}

/** Milliseconds between two looks for calls whose time is over. */
const SWEEP_MS = 250;

/** Our own request, until the host answers it. */
interface Asked {
  readonly call: Call;
  resolve(response: Message): void;
  reject(reason: unknown): void;
}

export function createCallTable(parts: CallTableParts): CallTable {
  const { tell, onExpired, onSettled, pausedMs = () => 0 } = parts;
  const calls = new Map<string, Call>();
  const asked = new Map<string, Asked>();
  const questions = createQuestions();
  let sweptMs = 0;
  let sweptPausedMs = 0;
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
    const pausedSoFarMs = pausedMs();
    const pauseMs = pausedSoFarMs - sweptPausedMs;
    for (const call of calls.values()) {
      call.deadline.postpone(questions.holdsUp(call) ? now - sweptMs : pauseMs);
      if (call.deadline.atMs < now) onExpired(call);
    }
    sweptMs = now;
    sweptPausedMs = pausedSoFarMs;
  };

  /** Nobody waits any more for what was asked for a call: the host need not go on asking its user. */
  const takeBack = (ended: Call): void => {
    for (const [id, { call, reject }] of asked) {
      if (call !== ended) continue;
      asked.delete(id);
      tell(createMessage('notifications/cancelled', `{"requestId":${id}}`).bytes);
      reject(new Error('the call has ended'));
    }
  };

  function settled(call: Call, outcome: Outcome): void {
    calls.delete(call.id);
    questions.end(call);
    if (asked.size > 0) takeBack(call);
    onSettled(call, outcome);
    if (calls.size === 0) onIdle?.();
  }

  const newId = (): string => {
    ownIds += 1;
    return parts.idOf(ownIds);
  };

  return {
    get: (id) => calls.get(id),
    all: () => [...calls.values()],
    open(message, id, deadline) {
      const call = new Call(message, id, deadline, settled);
      calls.set(id, call);
      if (sweeping === undefined) {
        sweptMs = deadline.beganMs;
        sweptPausedMs = pausedMs();
        sweeping = setInterval(sweep, SWEEP_MS);
      }
      return call;
    },
    ask(call, method, params) {
      const id = newId();
      questions.add(id, call);
      return new Promise((resolve, reject) => {
        asked.set(id, { call, resolve, reject });
        tell(createMessage(method, params, id).bytes);
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
    newId,
    idle() {
      if (calls.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        onIdle = resolve;
      });
    },
    stop,
  };
}
