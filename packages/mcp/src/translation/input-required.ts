import { type JsonObject, objectIn } from '@mcpass/auth';
import type { Message } from '../message/envelope.js';
import { findMember, stringAt, valueAt } from '../message/json-scan.js';

const WORD = Buffer.from('input_required');
const BACKSLASH = Buffer.from('\\');

/** What a result asks for before it is complete (2026-07-28 basic/patterns/mrtr): requests by key; undefined for any other. */
export function inputRequestsIn({ bytes, envelope }: Message): JsonObject | 'unreadable' | undefined {
  const { result } = envelope;
  if (result === undefined) return undefined;
  // Most answers ask for nothing, and say so without an escape.
  if (!bytes.includes(WORD) && !bytes.includes(BACKSLASH)) return undefined;
  if (stringAt(bytes, findMember(bytes, result, 'resultType')) !== 'input_required') return undefined;
  const span = findMember(bytes, result, 'inputRequests');
  const requests = valueAt(bytes, span);
  return span !== undefined && requests === undefined ? 'unreadable' : objectIn(requests);
}
