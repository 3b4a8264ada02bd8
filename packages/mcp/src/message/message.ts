import { type Message, readEnvelope } from './envelope.js';
import { replaceValue, splice } from './splice.js';

/** A message of our own. `id` is JSON text, absent for a notification; `params` is JSON text. */
export function createMessage(method: string, params: string, id?: string): Message {
  return messageOf(
    Buffer.from(
      `{"jsonrpc":"2.0",${id === undefined ? '' : `"id":${id},`}"method":${JSON.stringify(method)},"params":${params}}`,
    ),
  );
}

/** Bytes that are known to be a message. */
export function messageOf(bytes: Buffer): Message {
  const envelope = readEnvelope(bytes);
  if (envelope.kind === 'malformed' || envelope.kind === 'batch') throw new TypeError('not a message');
  return { bytes, envelope };
}

/** The message under that id, whichever it had, or none: itself where it has it already. `id` is JSON text. */
export function withId(message: Message, id: string): Message {
  const { bytes, envelope } = message;
  if (envelope.id === id) return message;
  const edit =
    envelope.idSpan === undefined
      ? { start: envelope.start + 1, end: envelope.start + 1, text: `"id":${id},` }
      : replaceValue(envelope.idSpan, id);
  return messageOf(splice(bytes, [edit]));
}
