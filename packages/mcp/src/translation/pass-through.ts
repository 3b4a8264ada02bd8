import { wordsOf } from '../failure.js';
import type { Message } from '../message/envelope.js';
import { withId } from '../message/message.js';
import { CANCEL_MS, outgoingCall, requestWithin, sendWithin } from '../transport/outgoing-request.js';
import type { Transport } from '../transport/transport.js';
import { createAnswersToServer } from './answers-to-server.js';
import { answerCall } from './server-answer.js';
import { createShownQuestions } from './shown-questions.js';
import { isStanding, type StandingRequests } from './standing-requests.js';
import type { HostContext, Translation } from './translation.js';

/** Host and server both speak with a handshake: every byte goes through as it is, but for the ids of questions. */
export function createPassThrough(
  transport: Transport,
  host: HostContext,
  standing: StandingRequests,
): Translation {
  const questions = createShownQuestions(host);
  const pass = (message: Message): Promise<void> => {
    // Calls wait for the one.
    const isGreeting = message.envelope.method === 'notifications/initialized';
    const withinMs = isGreeting ? host.startupTimeoutMs : host.toolTimeoutMs;
    return sendWithin(transport, message, withinMs, host.clock);
  };
  const answers = createAnswersToServer(host, pass);
  /** From an earlier session. */
  let owed = standing.all();

  async function askAgain(message: Message): Promise<void> {
    const { method } = message.envelope;
    try {
      const asked = withId(message, host.calls.newId());
      const { envelope } = await requestWithin(transport, asked, host.startupTimeoutMs, host.clock);
      if (envelope.error !== undefined) host.log(`the new session refused ${method}`);
    } catch (thrown) {
      host.log(`the new session did not hear of ${method}: ${wordsOf(thrown)}`);
    }
  }

  return {
    call(call) {
      const receive = (answer: Message): void => {
        if (isStanding(call.method) && answer.envelope.error === undefined) standing.note(call.message);
        answerCall(call, answer, 'legacy', host);
      };
      return transport.send(outgoingCall(call, call.message.bytes, call.id, receive));
    },
    notify: pass,
    async respond(message) {
      const response = questions.take(message);
      if (response === undefined) host.log('the host answered a question that is not open');
      else await pass(response);
    },
    async cancel(call, message) {
      try {
        if (message !== undefined) await sendWithin(transport, message, CANCEL_MS, host.clock);
      } finally {
        call.abort();
      }
    },
    fromServer(message, about) {
      about?.call?.deadline.extend();
      const { kind, method } = message.envelope;
      if (kind === 'request') {
        const response = questions.show(message, about?.call);
        if (response !== undefined) answers.send(response);
      } else if (method === 'notifications/cancelled') questions.withdraw(message);
      else host.tell(message.bytes);
    },
    start() {
      for (const message of owed) void askAgain(message);
      owed = [];
      return transport.listen();
    },
    stop: questions.stop,
  };
}
