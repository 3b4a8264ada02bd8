import { McpassError, plain, quote } from '@mcpass/auth';
import { type Envelope, type Malformed, type Message, readEntry, readEnvelope } from './envelope.js';
import { withoutMark } from './json-scan.js';
import type { Sent } from './link.js';
import type { Log } from './log.js';
import { createOpenRequests } from './open-requests.js';
import { flawIn, readableResponse } from './response-shape.js';
import { errorMessage, RPC } from './rpc-error.js';
import { messageOf } from './sent.js';
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

/** Characters of an answer that are worth quoting. */
const SHOWN = 200;

export function createInbox({ log, onMessage }: InboxParts): Inbox {
  const waiting = createOpenRequests<Sent>();

  function recipientOf({ id }: Envelope, about: Sent | undefined): Sent | undefined {
    if (id === undefined) {
      // An error about a request whose id the server could not read: on a stream of its own it can only be that one.
      if (about?.id !== undefined) return about;
      log('the server sent an error about nothing in particular');
      return undefined;
    }
    const sent = about?.id === id ? about : waiting.get(id);
    if (sent === undefined) log(`the server answered a request that is not open (id ${quote(id, 40)})`);
    return sent;
  }

  function deliver(message: Message, about: Sent | undefined, flaw: string | undefined): void {
    const sent = recipientOf(message.envelope, about);
    if (sent?.id === undefined) return;
    waiting.delete(sent.id);
    if (sent.isSettled()) return;
    const answer = flaw === undefined ? readableResponse(message) : undefined;
    if (answer !== undefined) {
      sent.receive(withId(answer, sent.id));
      return;
    }
    const words = quote(message.bytes.toString('utf8', 0, SHOWN * 4), SHOWN);
    const what =
      flaw === undefined
        ? `an error that is none of JSON-RPC's: ${words}`
        : `something that is not JSON: ${plain(flaw, SHOWN)}`;
    log(`${sent.method}: the server answered with ${what}`);
    sent.receive(
      messageOf(
        errorMessage(sent.id, RPC.internal, `The server answered with ${what}`, { code: 'answer_invalid' }),
      ),
    );
  }

  function takeOne(bytes: Buffer, envelope: Envelope | Malformed, about: Sent | undefined): boolean {
    if (envelope.kind === 'malformed') {
      log(
        `the server sent something that is no JSON-RPC message: ${quote(bytes.toString('utf8', 0, 400), 120)}`,
      );
      return false;
    }
    const message = { bytes, envelope };
    const flaw = flawIn(bytes);
    try {
      // One message that cannot be handled must not take the stream with it.
      if (envelope.kind === 'response') deliver(message, about, flaw);
      else if (flaw === undefined) onMessage(message, about);
      else log(`the server sent ${quote(envelope.method, 80)}, which is not JSON: ${plain(flaw, SHOWN)}`);
    } catch (thrown) {
      log(`a message of the server could not be relayed: ${plain(String(thrown))}`);
    }
    return true;
  }

  function take(marked: Buffer, about: Sent | undefined): boolean {
    const bytes = withoutMark(marked);
    const envelope = readEnvelope(bytes);
    if (envelope.kind !== 'batch') return takeOne(bytes, envelope, about);
    if (envelope.entries.length === 0) log('the server sent an empty batch');
    for (const { start, end } of envelope.entries) {
      const entry = bytes.subarray(start, end);
      takeOne(entry, readEntry(entry), about);
    }
    return envelope.entries.length > 0;
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
