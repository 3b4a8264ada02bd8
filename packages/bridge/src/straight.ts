import type { Desk, Translation } from './desk.js';
import type { Message } from './envelope.js';
import type { Link } from './link.js';
import { paramOf } from './meta.js';
import { reasonOf } from './rpc-error.js';
import { nothingUnderWay, request, sentFor } from './sent.js';
import { withId } from './server-answer.js';
import { isStanding, type StandingRequests } from './standing-requests.js';

/** Host and server both speak with a handshake: every byte goes through as it is. */
export function createStraight(link: Link, desk: Desk, standing: StandingRequests): Translation {
  const pass = (message: Message): Promise<void> => link.send(nothingUnderWay(message));
  /** From an earlier session. */
  let owed = standing.all();

  async function askAgain(message: Message): Promise<void> {
    const { method } = message.envelope;
    try {
      const { envelope } = await request(link, withId(message, desk.newId()));
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
    respond: pass,
    async cancel(call, message) {
      if (message !== undefined) await pass(message);
      call.abort?.();
    },
    fromServer({ bytes, envelope }, about) {
      if (about?.call !== undefined) desk.touch(about.call);
      // A ping is answered by a program.
      if (envelope.kind === 'request' && envelope.id !== undefined && envelope.method !== 'ping') {
        desk.question(envelope.id, about?.call);
      } else if (envelope.method === 'notifications/cancelled') {
        desk.withdraw(JSON.stringify(paramOf({ bytes, envelope }, 'requestId')) ?? '');
      }
      desk.tell(bytes);
    },
    start() {
      link.listen();
      for (const message of owed) void askAgain(message);
      owed = [];
    },
    stop: () => undefined,
  };
}
