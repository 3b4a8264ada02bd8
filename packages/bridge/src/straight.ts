import type { Call } from './call.js';
import type { Desk, Translation } from './desk.js';
import type { Message } from './envelope.js';
import type { Link, Sent } from './link.js';
import { nothingUnderWay, sentFor } from './sent.js';

/** Host and server both speak with a handshake: every byte goes through as it is. */
export function createStraight(link: Link, desk: Desk): Translation {
  const calls = new WeakMap<Sent, Call>();
  const pass = (message: Message): Promise<void> => link.send(nothingUnderWay(message));

  return {
    call(call) {
      const sent = sentFor(call, call.message.bytes, call.id, (answer) => desk.answer(call, answer));
      calls.set(sent, call);
      return link.send(sent);
    },
    notify: pass,
    respond: pass,
    async cancel(call, message) {
      if (message !== undefined) await pass(message);
      call.abort?.();
    },
    fromServer({ bytes, envelope }, about) {
      const call = about === undefined ? undefined : calls.get(about);
      if (call !== undefined) desk.touch(call);
      if (envelope.kind === 'request' && envelope.id !== undefined) desk.question(envelope.id);
      desk.tell(bytes);
    },
    start: () => link.listen(),
    stop: () => undefined,
  };
}
