import type { Desk, Translation } from './desk.js';
import type { Message } from './envelope.js';
import type { Link } from './link.js';
import { reasonOf } from './rpc-error.js';
import { CANCEL_MS, request, sendWithin, sentFor } from './sent.js';
import { withId } from './server-answer.js';
import { createShownQuestions } from './shown-questions.js';
import { isStanding, type StandingRequests } from './standing-requests.js';

/** Host and server both speak with a handshake: every byte goes through as it is, but for the ids of questions. */
export function createStraight(link: Link, desk: Desk, standing: StandingRequests): Translation {
  const questions = createShownQuestions(desk);
  const pass = (message: Message): Promise<void> => {
    // Calls wait for the one.
    const isGreeting = message.envelope.method === 'notifications/initialized';
    return sendWithin(link, message, isGreeting ? desk.startupTimeoutMs : desk.toolTimeoutMs);
  };
  /** From an earlier session. */
  let owed = standing.all();

  async function askAgain(message: Message): Promise<void> {
    const { method } = message.envelope;
    try {
      const signal = AbortSignal.timeout(desk.startupTimeoutMs);
      const { envelope } = await request(link, withId(message, desk.newId()), { signal });
      if (envelope.error !== undefined) desk.log(`the new session refused ${method}`);
    } catch (thrown) {
      desk.log(`the new session did not hear of ${method}: ${reasonOf(thrown).message}`);
    }
  }

  return {
    call(call) {
      const receive = (answer: Message): void => {
        if (isStanding(call.method) && answer.envelope.error === undefined) standing.note(call.message);
        desk.answer(call, answer);
      };
      return link.send(sentFor(call, call.message.bytes, call.id, receive));
    },
    notify: pass,
    async respond(message) {
      const response = questions.take(message);
      if (response === undefined) desk.log('the host answered a question that is not open');
      else await pass(response);
    },
    async cancel(call, message) {
      try {
        if (message !== undefined) await sendWithin(link, message, CANCEL_MS);
      } finally {
        call.abort?.();
      }
    },
    fromServer(message, about) {
      if (about?.call !== undefined) desk.touch(about.call);
      const { kind, method } = message.envelope;
      if (kind === 'request') questions.show(message, about?.call);
      else if (method === 'notifications/cancelled') questions.withdraw(message);
      else desk.tell(message.bytes);
    },
    start() {
      link.listen();
      for (const message of owed) void askAgain(message);
      owed = [];
    },
    stop: questions.stop,
  };
}
