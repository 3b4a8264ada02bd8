import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { plain } from '@mcpass/auth';

import { isJsonObject } from './json.js';
import { SessionError } from './session-error.js';

/** Largest JSON answer that is read, in bytes. */
export const LARGEST_ANSWER: number = 64 * 1024 * 1024;

/**
 * The messages in a JSON answer to the request with this id, in the shape that the SDK insists on. Harmless departures
 * are put right: an error without an id or with `null` (JSON-RPC 2.0 section 5 allows that one), a `result` and an
 * `error` of which one is `null`, members that JSON-RPC does not know.
 *
 * Throws `answer_invalid` for text that is no JSON, for JSON that answers something else, and for too much of it.
 */
export async function readAnswer(response: Response, requestId: unknown): Promise<JSONRPCMessage[]> {
  const parsed = parseJson(await boundedText(response));
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

async function boundedText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > LARGEST_ANSWER) throw invalid(`it is larger than ${LARGEST_ANSWER / 1024 / 1024} MiB`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function invalid(what: string, cause?: unknown): SessionError {
  return new SessionError('answer_invalid', `The server's answer cannot be used: ${what}.`, {
    fault: 'server',
    ...(cause === undefined ? {} : { cause }),
  });
}
