import { McpassError, plain, quote } from '@mcpass/auth';
import type { Reply } from './carrier.js';
import { type Message, readEnvelope } from './envelope.js';
import { readBody, readText } from './reply-body.js';
import type { HostOutput } from './host-output.js';
import { replaceValue, splice } from './splice.js';
import { valueAt, withoutMark } from './json-scan.js';
import { readableResponse } from './response-shape.js';
import { isSessionGone, SessionLost } from './session-loss.js';

/** Characters of a page or text that are worth quoting. */
const SHOWN = 200;

/** Media type without its parameters, in lower case. */
export function mediaTypeOf(reply: Reply): string {
  return (reply.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** An answer that is no MCP: a web page, an empty one. */
export async function nonsense(reply: Reply): Promise<McpassError> {
  const type = mediaTypeOf(reply);
  const text = await readText(reply.body, SHOWN * 4);
  const what = type === '' ? 'something without a content type' : plain(type, 60);
  const words = text.trim() === '' ? '' : `: ${quote(text, SHOWN)}`;
  return new McpassError('answer_invalid', `The server answered with ${what} instead of JSON${words}.`, {
    step: 'session',
    fault: 'server',
    facts: { status: reply.status },
  });
}

/** The message under that id, whichever it had, or none: itself where it has it already. */
export function withId(message: Message, id: string): Message {
  const { bytes, envelope } = message;
  if (envelope.id === id) return message;
  const edit =
    envelope.idSpan === undefined
      ? { start: envelope.start + 1, end: envelope.start + 1, text: `"id":${id},` }
      : replaceValue(envelope.idSpan, id);
  const changed = splice(bytes, [edit]);
  const read = readEnvelope(changed);
  if (read.kind === 'malformed' || read.kind === 'batch') throw new TypeError('a message stays one');
  return { bytes: changed, envelope: read };
}

export interface RefusalContext {
  readonly output: HostOutput;
  /** The request named a session, so that 404 means that it is gone (2025-11-25 transports, session management). */
  readonly inSession: boolean;
  /** Of the request. */
  readonly id: string | undefined;
}

/**
 * What a status other than 2xx means: a JSON-RPC error of the server, or throws `SessionLost` or `McpassError` with the
 * status among its facts.
 */
export async function readRefusal(reply: Reply, context: RefusalContext): Promise<Message> {
  const { status } = reply;
  if (mediaTypeOf(reply) === 'application/json') {
    const bytes = withoutMark(await readBody(reply.body, context.output));
    const answer = errorIn(bytes);
    if (answer?.envelope.error !== undefined) {
      const error = valueAt(answer.bytes, answer.envelope.error) as { code?: unknown; message?: unknown };
      const { code, message: text } = error;
      const { id } = answer.envelope;
      const answersRequest = id !== undefined && id === context.id;
      if (context.inSession && isSessionGone({ status, text: String(text), code, answersRequest }))
        throw new SessionLost(status);
      return answer;
    }
    throw refusal(reply, bytes.toString('utf8', 0, SHOWN * 4), context);
  }
  throw refusal(reply, await readText(reply.body, SHOWN * 4), context);
}

function errorIn(bytes: Buffer): Message | undefined {
  const envelope = readEnvelope(bytes);
  return envelope.kind === 'response' ? readableResponse({ bytes, envelope }) : undefined;
}

function refusal(reply: Reply, text: string, context: RefusalContext): Error {
  const { status } = reply;
  if (context.inSession && isSessionGone({ status, text })) return new SessionLost(status);
  const words = text.trim() === '' ? '' : `: ${quote(text, SHOWN)}`;
  const after = Number(reply.header('retry-after'));
  const code =
    status === 429
      ? 'rate_limited'
      : status === 403 || status === 401
        ? 'forbidden'
        : status >= 500
          ? 'server_error'
          : 'answer_invalid';
  return new McpassError(code, `The server answered with status ${status}${words}.`, {
    step: 'session',
    fault: 'server',
    facts: { status },
    ...(Number.isFinite(after) && after > 0 && { remedy: { do: 'retry_later', afterSeconds: after } }),
  });
}
