import { objectIn } from '@mcpass/auth';
import type { Call } from '../calls/call.js';
import type { Message } from '../message/envelope.js';
import { valueAt } from '../message/json-scan.js';
import { withId } from '../message/message.js';
import { MODERN_VERSION } from '../message/meta.js';
import { RPC } from '../message/rpc.js';
import { headersOf } from '../message/standard-headers.js';
import { oneWay, outgoingCall } from '../transport/outgoing-request.js';
import type { Transport } from '../transport/transport.js';
import { answerCall } from './server-answer.js';
import { learnTools } from './tool-listing.js';
import type { HostContext, Translation } from './translation.js';

const MISMATCH_TEXT = Buffer.from(String(RPC.headerMismatch));

/** Host and server both speak without a handshake: the bytes go through, what has to be in headers is put there. */
export function createModernPassThrough(
  transport: Transport,
  host: HostContext,
  discovered: Message,
): Translation {
  let greeting: Message | undefined = discovered;

  async function call(one: Call, hasLearned = false): Promise<void> {
    if (one.method === 'server/discover' && greeting !== undefined) {
      // Asked a moment ago, on behalf of this very request.
      answerCall(one, withId(greeting, one.id), 'modern', host);
      greeting = undefined;
      return;
    }
    let mismatch: Message | undefined;
    const headers = host.tools.headersFor(one.message);
    const outgoing = outgoingCall(
      one,
      one.message.bytes,
      one.id,
      (answer) => {
        if (one.method === 'tools/call' && !hasLearned && isMismatch(answer)) mismatch = answer;
        else answerCall(one, answer, 'modern', host);
      },
      headers,
    );
    await transport.send(outgoing);
    if (mismatch === undefined || one.settled) return;
    // "Client Behavior": look again how the tool wants its headers, and send the call with them. It was refused, not done.
    await learnTools(transport, host);
    await call(one, true);
  }

  return {
    call: (one) => call(one),
    // None is defined over HTTP; an extension may have some.
    notify: (message) => transport.send(oneWay(message, headersOf(message, MODERN_VERSION))),
    async respond() {
      host.log('the host answered a question that was not asked');
    },
    async cancel(one) {
      // Closing the stream is the cancellation (2026-07-28 basic/patterns/cancellation).
      one.abort();
    },
    fromServer({ bytes, envelope }, about) {
      const one = about?.call;
      one?.deadline.extend();
      if (envelope.kind === 'request')
        return host.complaints.say('request', 'the server sent a request, which its revision does not have');
      const isAcknowledgement = envelope.method === 'notifications/subscriptions/acknowledged';
      // A subscription that was opened again behind the host's back has been acknowledged before.
      if (isAcknowledgement && one?.stream?.acknowledge() === false) return;
      host.tell(bytes);
    },
    start: () => Promise.resolve(),
    stop: () => undefined,
  };
}

/** True for the refusal of a call whose headers do not say what its arguments say. */
export function isMismatch({ bytes, envelope }: Message): boolean {
  if (envelope.error === undefined || !bytes.includes(MISMATCH_TEXT)) return false;
  return objectIn(valueAt(bytes, envelope.error))['code'] === RPC.headerMismatch;
}
