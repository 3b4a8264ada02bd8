import { wordsOf } from '../failure.js';
import type { Message } from '../message/envelope.js';
import type { HostContext } from './translation.js';

/** Answers of our own to the server's requests, which it may send as fast as it likes. */
export interface AnswersToServer {
  /** What cannot be sent is said, and lost. */
  send(answer: Message): void;
}

/** Answers under way at a time, and waiting for their turn. */
const AT_ONCE = 8;
const MOST_WAITING = 1_000;

export function createAnswersToServer(
  host: Pick<HostContext, 'complaints'>,
  send: (answer: Message) => Promise<void>,
): AnswersToServer {
  const waiting: Message[] = [];
  let underWay = 0;

  function next(): void {
    if (underWay >= AT_ONCE) return;
    const answer = waiting.shift();
    if (answer === undefined) return;
    underWay += 1;
    send(answer)
      .catch((thrown: unknown) => {
        host.complaints.say('lost answer', `an answer to the server was lost: ${wordsOf(thrown)}`);
      })
      .finally(() => {
        underWay -= 1;
        next();
      });
  }

  return {
    send(answer) {
      if (waiting.length >= MOST_WAITING) {
        host.complaints.say('answers', 'the server asks faster than it takes answers: some are left out');
        return;
      }
      waiting.push(answer);
      next();
    },
  };
}
