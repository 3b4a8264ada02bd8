import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { plain } from '@mcpass/auth';

import { isJsonObject } from './json.js';
import { SessionError } from './session-error.js';

/** Largest JSON answer that is read, in bytes. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** Largest body of any other kind, in bytes: a refusal, a web page. */
const LARGEST_REFUSAL = 256 * 1024;

/**
 * The messages in a JSON answer to the request with this id, in the shape that the SDK insists on. Harmless departures
 * are put right: an error without an id or with `null` (JSON-RPC 2.0 section 5 allows that one), a `result` and an
 * `error` of which one is `null`, members that JSON-RPC does not know.
 *
 * Throws `answer_invalid` for text that is no JSON, and for JSON that answers something else.
 */
export function parseAnswer(text: string, requestId: unknown): JSONRPCMessage[] {
  const parsed = parseJson(text);
  const messages = (Array.isArray(parsed) ? parsed : [parsed]).map((message) => tidy(message, requestId));
  if (!messages.some((message) => 'id' in message && String(message.id) === String(requestId))) {
    throw invalid('it answers another request');
  }
  return messages;
}

function tidy(message: unknown, requestId: unknown): JSONRPCMessage {
  if (!isJsonObject(message)) throw invalid('it is not a JSON-RPC message');
  if ('method' in message) return message as unknown as JSONRPCMessage;
  const { id, result, error } = message;
  if (isJsonObject(error)) {
    return { jsonrpc: '2.0', id: id ?? requestId, error } as unknown as JSONRPCMessage;
  }
  return { jsonrpc: '2.0', id, result } as unknown as JSONRPCMessage;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`it is not JSON (it begins ${JSON.stringify(plain(text, 40))})`, error);
  }
}

/** The whole body as text. Throws `answer_too_large`, and whatever the network does. */
export async function readBounded(response: Response, host: string): Promise<string> {
  const body = limitedBody(response, host);
  if (body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** The body, broken off with `answer_too_large` where it grows beyond what an answer of its kind may have. */
export function limitedBody(response: Response, host: string): ReadableStream<Uint8Array> | null {
  const type = response.headers.get('content-type') ?? '';
  const isAnswer = response.ok && /^application\/json\b/i.test(type);
  return response.body?.pipeThrough(limitBytes(isAnswer ? LARGEST_ANSWER : LARGEST_REFUSAL, host)) ?? null;
}

function limitBytes(largest: number, host: string): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > largest) controller.error(tooLarge(largest, host));
      else controller.enqueue(chunk);
    },
  });
}

function tooLarge(largest: number, host: string): SessionError {
  const kib = largest / 1024;
  const size = kib < 1024 ? `${kib} KiB` : `${kib / 1024} MiB`;
  return new SessionError('answer_too_large', `${plain(host, 100)} sent more than ${size}.`, {
    fault: 'server',
  });
}

function invalid(what: string, cause?: unknown): SessionError {
  return new SessionError('answer_invalid', `The server's answer cannot be used: ${what}.`, {
    fault: 'server',
    ...(cause === undefined ? {} : { cause }),
  });
}
