import { type McpassError, objectIn, plain, quote, retryAfterSeconds } from '@mcpass/auth';
import { sessionFailure, SessionLost } from '../failure.js';
import { type Message, readEnvelope } from '../message/envelope.js';
import { valueAt, withoutMark } from '../message/json-scan.js';
import { readableResponse } from '../message/response-shape.js';
import type { HttpReply } from './carrier.js';
import { createEventReader } from './event-stream.js';
import { readText, REFUSAL_LIMIT } from './response-body.js';
import { isSessionGone } from './session-loss.js';

/** Characters of a page or text that are worth quoting. */
const SHOWN = 200;

/** Media type without its parameters, in lower case. */
export function mediaTypeOf(reply: HttpReply): string {
  return (reply.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** How long the server wants to be left alone, in milliseconds (RFC 9110 section 10.2.3). */
export function retryAfterMs({ headers }: HttpReply): number | undefined {
  const seconds = retryAfterSeconds(headers, Date.now());
  return seconds === undefined ? undefined : seconds * 1000;
}

/** An answer that is no MCP: a web page, an empty one. */
export async function nonsense(reply: HttpReply): Promise<McpassError> {
  const type = mediaTypeOf(reply);
  const text = await readText(reply.body, SHOWN * 4);
  const what = type === '' ? 'something without a content type' : plain(type, 60);
  const message = `The server answered with ${what} instead of JSON${quoted(text)}.`;
  return sessionFailure('answer_invalid', message, { facts: { status: reply.status } });
}

export interface RefusalContext {
  /** The request named a session, so that 404 means that it is gone (2025-11-25 transports, session management). */
  readonly inSession: boolean;
  /** Of the request. */
  readonly id: string | undefined;
}

/**
 * What a status other than 2xx means: a JSON-RPC error of the server, or throws `SessionLost` or `McpassError` with the
 * status among its facts.
 */
export async function readRefusal(reply: HttpReply, context: RefusalContext): Promise<Message> {
  const { status } = reply;
  const type = mediaTypeOf(reply);
  // Some servers refuse in the form in which they would have answered, on a stream that they may leave open.
  const isStream = type === 'text/event-stream';
  const isJson = isStream || type === 'application/json';
  const text = await readText(
    reply.body,
    isJson ? REFUSAL_LIMIT : SHOWN * 4,
    isStream ? EVENT_END : undefined,
  );
  const answer = isJson ? errorIn(withoutMark(Buffer.from(isStream ? firstEventIn(text) : text))) : undefined;
  if (answer?.envelope.error === undefined) throw refusal(reply, text, context);
  const { code, message } = objectIn(valueAt(answer.bytes, answer.envelope.error));
  const { id } = answer.envelope;
  const answersRequest = id !== undefined && id === context.id;
  if (context.inSession && isSessionGone({ status, text: String(message), code, answersRequest }))
    throw new SessionLost(status);
  return answer;
}

/** The same for what wants no answer: a notification, or the answer to a question of the server. */
export function refusedMessage({ status }: HttpReply, method: string): McpassError {
  const what = method === '' ? 'an answer' : method;
  return sessionFailure('answer_invalid', `The server refused ${what} with status ${status}.`, {
    facts: { status },
  });
}

const EVENT_END = /\n\r?\n|\r\r/;

function firstEventIn(text: string): string {
  let first: string | undefined;
  const reader = createEventReader({
    limit: REFUSAL_LIMIT,
    onEvent({ data }) {
      first ??= data.toString();
    },
  });
  reader.push(Buffer.from(`${text}\n\n`));
  return first ?? text;
}

function errorIn(bytes: Buffer): Message | undefined {
  const envelope = readEnvelope(bytes);
  return envelope.kind === 'response' ? readableResponse({ bytes, envelope }) : undefined;
}

function refusal(reply: HttpReply, text: string, context: RefusalContext): Error {
  const { status } = reply;
  if (context.inSession && isSessionGone({ status, text })) return new SessionLost(status);
  const afterMs = retryAfterMs(reply);
  return sessionFailure(codeOf(status), `The server answered with status ${status}${quoted(text)}.`, {
    // A firewall, a policy: whoever was let in may do something about it.
    fault: status === 401 || status === 403 ? 'yours' : 'server',
    facts: { status },
    ...(afterMs !== undefined && { remedy: { do: 'retry_later', afterSeconds: afterMs / 1000 } }),
  });
}

function codeOf(status: number): 'rate_limited' | 'forbidden' | 'server_error' | 'answer_invalid' {
  if (status === 429) return 'rate_limited';
  if (status === 401 || status === 403) return 'forbidden';
  return status >= 400 ? 'server_error' : 'answer_invalid';
}

function quoted(text: string): string {
  return text.trim() === '' ? '' : `: ${quote(text, SHOWN)}`;
}
