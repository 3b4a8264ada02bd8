import type { Desk, Translation } from './desk.js';
import type { Message } from './envelope.js';
import type { Link } from './link.js';
import { nothingUnderWay, sentFor } from './sent.js';

/** Host and server both speak with a handshake: every byte goes through as it is. */
export function createStraight(link: Link, desk: Desk): Translation {
  const pass = (message: Message): Promise<void> => link.send(nothingUnderWay(message));

  return {
    call(call) {
      return link.send(sentFor(call, call.message.bytes, call.id, (answer) => desk.answer(call, answer)));
    },
    notify: pass,
    respond: pass,
    async cancel(call, message) {
      if (message !== undefined) await pass(message);
      call.abort?.();
    },
    fromServer({ bytes, envelope }, about) {
      if (about?.call !== undefined) desk.touch(about.call);
      if (envelope.kind === 'request' && envelope.id !== undefined) desk.question(envelope.id);
      desk.tell(bytes);
    },
    start: () => link.listen(),
    stop: () => undefined,
  };
}
