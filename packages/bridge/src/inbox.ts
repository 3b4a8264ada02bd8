import { McpassError, plain, quote } from '@mcpass/auth';
import { type Message, readEnvelope } from './envelope.js';
import type { Sent } from './link.js';
import type { Log } from './log.js';
import { createOpenRequests } from './open-requests.js';
import { withId } from './server-answer.js';

/** Sorts what the server says: answers go to whoever waits for them, the rest to the relay. */
export interface Inbox {
  expect(sent: Sent): void;
  forget(sent: Sent): void;
  /** One message of a stream; `about` is the request that the stream belongs to. */
  take(bytes: Buffer, about: Sent | undefined): void;
  /** The one answer to a request. Throws `answer_invalid` when it is none. */
  takeOnly(bytes: Buffer, sent: Sent): void;
}

export interface InboxParts {
  readonly log: Log;
  onMessage(message: Message, about: Sent | undefined): void;
}

export function createInbox({ log, onMessage }: InboxParts): Inbox {
  const waiting = createOpenRequests<Sent>();

  function sort(message: Message, about: Sent | undefined): void {
    const { envelope } = message;
    if (envelope.kind !== 'response') {
      onMessage(message, about);
      return;
    }
    if (envelope.id === undefined) {
      // An error about a request whose id the server could not read: on a stream of its own it can only be that one.
      if (about?.id === undefined) log('the server sent an error about nothing in particular');
      else about.receive(withId(message, about.id));
      return;
    }
    const sent = about?.id === envelope.id ? about : waiting.get(envelope.id);
    if (sent === undefined)
      log(`the server answered a request that is not open (id ${quote(envelope.id, 40)})`);
    else {
      waiting.delete(envelope.id);
      if (!sent.isSettled()) sent.receive(message);
    }
  }

  function take(bytes: Buffer, about: Sent | undefined): boolean {
    const envelope = readEnvelope(bytes);
    if (envelope.kind === 'malformed') {
      log(
        `the server sent something that is no JSON-RPC message: ${quote(bytes.toString('utf8', 0, 400), 120)}`,
      );
      return false;
    }
    if (envelope.kind === 'batch') {
      const entries = parseBatch(bytes);
      for (const entry of entries) take(Buffer.from(JSON.stringify(entry)), about);
      return entries.length > 0;
    }
    try {
      sort({ bytes, envelope }, about);
    } catch (thrown) {
      // One message that cannot be handled must not take the stream with it.
      log(`a message of the server could not be relayed: ${plain(String(thrown))}`);
    }
    return true;
  }

  return {
    expect(sent) {
      if (sent.id !== undefined) waiting.set(sent.id, sent);
    },
    forget(sent) {
      if (sent.id !== undefined && waiting.get(sent.id) === sent) waiting.delete(sent.id);
    },
    take: (bytes, about) => void take(bytes, about),
    takeOnly(bytes, sent) {
      const isMessage = take(bytes, sent);
      if (sent.isSettled()) return;
      const what = isMessage
        ? 'did not answer what it was asked'
        : 'answered with something that is no JSON-RPC message';
      throw new McpassError('answer_invalid', `The server ${what}.`, { step: 'session', fault: 'server' });
    },
  };
}

/** The messages of a batch; none where it is no JSON. */
export function parseBatch(bytes: Buffer): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
