import { isJsonObject } from '@mcpass/auth';
import type { Message } from './envelope.js';
import { findMember, isObjectAt, stringAt, valueAt } from './json-scan.js';
import { messageOf } from './message.js';

/** Bytes up to which a message is read to its last value; a larger one would take longer to read than to relay. */
const PARSED_LIMIT = 256 * 1024;

/** Pure: why the bytes, whose outside has been read, are no JSON inside; undefined where nothing speaks against it. */
export function flawIn(bytes: Buffer): string | undefined {
  if (bytes.length > PARSED_LIMIT) return undefined;
  try {
    JSON.parse(bytes.toString());
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : 'it cannot be read';
  }
}

/**
 * Pure: a response as a host can read it, with either a result or an error (JSON-RPC 2.0 section 5): the same message
 * where it is one. Undefined for an error that is not JSON-RPC's: gateways have a word `error` of their own.
 */
export function readableResponse(message: Message): Message | undefined {
  const { bytes, envelope } = message;
  const { error, result } = envelope;
  // Both eras: a result is an object (2025-11-25 schema, Result).
  if (error === undefined) return isObjectAt(bytes, result) ? message : undefined;
  const value = valueAt(bytes, error);
  if (value === null) return result === undefined ? undefined : only('result', message);
  const marked = stringAt(bytes, findMember(bytes, { start: envelope.start, end: bytes.length }, 'jsonrpc'));
  const isOurs =
    isJsonObject(value) &&
    Number.isInteger(value['code']) &&
    typeof value['message'] === 'string' &&
    (marked === '2.0' || envelope.id !== undefined);
  if (!isOurs) return undefined;
  return marked === '2.0' && result === undefined ? message : only('error', message);
}

/** The message without what contradicts it. */
function only(member: 'result' | 'error', { bytes, envelope }: Message): Message {
  const span = envelope[member];
  return messageOf(
    Buffer.concat([
      Buffer.from(`{"jsonrpc":"2.0","id":${envelope.id ?? 'null'},"${member}":`),
      bytes.subarray(span?.start, span?.end),
      Buffer.from('}'),
    ]),
  );
}
