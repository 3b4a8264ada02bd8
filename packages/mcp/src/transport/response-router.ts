import { plain, quote } from '@mcpass/auth';
import type { OutgoingRequest } from './transport.js';

import { sessionFailure } from '../failure.js';
import { type Envelope, type Malformed, type Message, readEntry, readEnvelope } from '../message/envelope.js';
import { withoutMark } from '../message/json-scan.js';
import { messageOf, withId } from '../message/message.js';
import { flawIn, readableResponse } from '../message/response-shape.js';
import { errorMessage, RPC } from '../message/rpc.js';
import { createComplaints, type Log } from '../log.js';

/** Sorts what the server says: answers go to whoever waits for them, the rest to the owner of the transport. */
export interface ResponseRouter {
  expect(outgoing: OutgoingRequest): void;
  forget(outgoing: OutgoingRequest): void;
  /** One message of a stream; `about` is the request that the stream belongs to. False for what is no message. */
  take(bytes: Buffer, about: OutgoingRequest | undefined): boolean;
  /** The one answer to a request. Throws `answer_invalid` when it is none. */
  takeOnly(bytes: Buffer, outgoing: OutgoingRequest): void;
}

export interface ResponseRouterParts {
  readonly log: Log;
  onMessage(message: Message, about: OutgoingRequest | undefined): void;
}

/** Characters of an answer that are worth quoting. */
const SHOWN = 200;

export function createResponseRouter({ log, onMessage }: ResponseRouterParts): ResponseRouter {
  const waiting = new Map<string, OutgoingRequest>();
  const complaints = createComplaints(log);

  function recipientOf({ id }: Envelope, about: OutgoingRequest | undefined): OutgoingRequest | undefined {
    if (id === undefined) {
      // An error about a request whose id the server could not read: on a stream of its own it can only be that one.
      if (about?.id !== undefined) return about;
      complaints.say('stray error', 'the server sent an error about nothing in particular');
      return undefined;
    }
    const outgoing = about?.id === id ? about : waiting.get(id);
    if (outgoing === undefined) {
      complaints.say('stray answer', `the server answered a request that is not open (id ${quote(id, 40)})`);
    }
    return outgoing;
  }

  function deliver(message: Message, about: OutgoingRequest | undefined, flaw: string | undefined): void {
    const outgoing = recipientOf(message.envelope, about);
    if (outgoing?.id === undefined) return;
    waiting.delete(outgoing.id);
    if (outgoing.isSettled()) return;
    const answer = flaw === undefined ? readableResponse(message) : undefined;
    if (answer !== undefined) {
      outgoing.receive(withId(answer, outgoing.id));
      return;
    }
    const words = quote(message.bytes.toString('utf8', 0, SHOWN * 4), SHOWN);
    const what =
      flaw === undefined
        ? `a result or an error that is none of JSON-RPC's: ${words}`
        : `something that is not JSON: ${plain(flaw, SHOWN)}`;
    const text = `The server answered with ${what}`;
    complaints.say('answer', `${outgoing.method}: ${text}`);
    outgoing.receive(messageOf(errorMessage(outgoing.id, RPC.internal, text, { code: 'answer_invalid' })));
  }

  function takeOne(
    bytes: Buffer,
    envelope: Envelope | Malformed,
    about: OutgoingRequest | undefined,
  ): boolean {
    if (envelope.kind === 'malformed') {
      const words = quote(bytes.toString('utf8', 0, 400), 120);
      complaints.say('no message', `the server sent something that is no JSON-RPC message: ${words}`);
      return false;
    }
    const message = { bytes, envelope };
    const flaw = flawIn(bytes);
    try {
      // One message that cannot be handled must not take the stream with it.
      if (envelope.kind === 'response') deliver(message, about, flaw);
      else if (flaw === undefined) onMessage(message, about);
      else {
        const method = quote(envelope.method, 80);
        complaints.say('no JSON', `the server sent ${method}, which is not JSON: ${plain(flaw, SHOWN)}`);
      }
    } catch (thrown) {
      complaints.say('failed', `a message of the server could not be relayed: ${plain(String(thrown))}`);
    }
    return true;
  }

  function take(marked: Buffer, about: OutgoingRequest | undefined): boolean {
    const bytes = withoutMark(marked);
    const envelope = readEnvelope(bytes);
    if (envelope.kind !== 'batch') return takeOne(bytes, envelope, about);
    if (envelope.entries.length === 0) complaints.say('empty batch', 'the server sent an empty batch');
    for (const { start, end } of envelope.entries) {
      const entry = bytes.subarray(start, end);
      takeOne(entry, readEntry(entry), about);
    }
    return envelope.entries.length > 0;
  }

  return {
    expect(outgoing) {
      if (outgoing.id !== undefined) waiting.set(outgoing.id, outgoing);
    },
    forget(outgoing) {
      if (outgoing.id !== undefined && waiting.get(outgoing.id) === outgoing) waiting.delete(outgoing.id);
    },
    take,
    takeOnly(bytes, outgoing) {
      const isMessage = take(bytes, outgoing);
      if (outgoing.isSettled()) return;
      const what = isMessage
        ? 'did not answer what it was asked'
        : 'answered with something that is no JSON-RPC message';
      throw sessionFailure('answer_invalid', `The server ${what}.`);
    },
  };
}
