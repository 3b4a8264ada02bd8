import type { Call } from './call.js';
import type { Desk, Translation } from './desk.js';
import type { Message } from './envelope.js';
import { valueAt } from './json-scan.js';
import { isJsonObject } from '@mcpass/mcp/headers';
import type { Link } from './link.js';
import { MODERN_VERSION } from './meta.js';
import { headersOf, nameIn } from './modern-headers.js';
import { nothingUnderWay, sentFor } from './sent.js';
import { withId } from './server-answer.js';
import { learnTools } from './tool-listing.js';

/** HeaderMismatch (2026-07-28 basic, "Error Codes"). */
const HEADER_MISMATCH = -32_020;
const MISMATCH_TEXT = Buffer.from(String(HEADER_MISMATCH));

/** Host and server both speak without a handshake: the bytes go through, what has to be in headers is put there. */
export function createStraightModern(link: Link, desk: Desk, discovered: Message): Translation {
  let greeting: Message | undefined = discovered;

  async function call(one: Call): Promise<void> {
    if (one.method === 'server/discover' && greeting !== undefined) {
      // Asked a moment ago, on behalf of this very request.
      desk.answer(one, withId(greeting, one.id));
      greeting = undefined;
      return;
    }
    const name = one.method === 'tools/call' ? nameIn(one.message) : undefined;
    let mismatch: Message | undefined;
    const headers = {
      ...headersOf(one.message, MODERN_VERSION),
      ...(name !== undefined && desk.tools.headersFor(name, one.message)),
    };
    const sent = sentFor(
      one,
      one.message.bytes,
      one.id,
      (answer) => {
        if (name !== undefined && one.repeats === 0 && isMismatch(answer)) mismatch = answer;
        else desk.answer(one, answer);
      },
      headers,
    );
    await link.send(sent);
    if (mismatch === undefined || one.settled) return;
    // "Client Behavior": look again how the tool wants its headers, and send the call with them. It was refused, not done.
    one.repeats += 1;
    await learnTools(link, desk, desk.host);
    await call(one);
  }

  return {
    call,
    // None is defined over HTTP; an extension may have some.
    notify: (message) => link.send(nothingUnderWay(message, headersOf(message, MODERN_VERSION))),
    async respond() {
      desk.log('the host answered a question that was not asked');
    },
    async cancel(one) {
      // Closing the stream is the cancellation (2026-07-28 basic/patterns/cancellation).
      one.abort?.();
    },
    fromServer({ bytes, envelope }, about) {
      const one = about?.call;
      if (one !== undefined) desk.touch(one);
      if (envelope.kind === 'request')
        return desk.log('the server sent a request, which its revision does not have');
      if (one !== undefined && envelope.method === 'notifications/subscriptions/acknowledged') {
        // A subscription that was opened again behind the host's back has been acknowledged before.
        if (one.acknowledged) return;
        one.acknowledged = true;
      } else if (one !== undefined) one.brought = true;
      desk.tell(bytes);
    },
    start: () => undefined,
    stop: () => undefined,
  };
}

/** True for the refusal of a call whose headers do not say what its arguments say. */
export function isMismatch({ bytes, envelope }: Message): boolean {
  if (envelope.error === undefined || !bytes.includes(MISMATCH_TEXT)) return false;
  const error = valueAt(bytes, envelope.error);
  return isJsonObject(error) && error['code'] === HEADER_MISMATCH;
}
