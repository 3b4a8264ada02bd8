import type { Call } from './call.js';

/** What the user is being asked: while it takes as long as it takes, no time runs out that it holds up. */
export interface Questions {
  /** `call` is what it is asked about; undefined where that is not known: any of the calls that are open. */
  add(id: string, call: Call | undefined): void;
  remove(id: string): void;
  /** Forgets what was asked about a call that has ended. */
  end(call: Call): void;
  /** Whether the time of a call stands still. */
  holdsUp(call: Call): boolean;
}

interface Question {
  readonly call: Call | undefined;
  readonly askedMs: number;
}

/** Milliseconds that a person may think about a question while time stands still. */
const PATIENCE_MS = 600_000;

export function createQuestions(): Questions {
  const open = new Map<string, Question>();
  return {
    add: (id, call) => void open.set(id, { call, askedMs: performance.now() }),
    remove: (id) => void open.delete(id),
    end(call) {
      for (const [id, question] of open) if (question.call === call) open.delete(id);
    },
    holdsUp(call) {
      for (const [id, question] of open) {
        if (performance.now() - question.askedMs > PATIENCE_MS) open.delete(id);
        // What was begun after a question cannot have led to it.
        else if (question.call === call) return true;
        else if (question.call === undefined && call.deadline.beganMs <= question.askedMs) return true;
      }
      return false;
    },
  };
}
