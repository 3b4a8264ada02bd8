import { skipSpace, skipValue, type Span, stringAt, valueAt, visitMembers } from './json-scan.js';

/** What the relay has to know of a JSON-RPC message; its bytes are handed on as they are. */
export interface Envelope {
  readonly kind: 'request' | 'notification' | 'response';
  /** The id as canonical JSON text (`7`, `"a"`), so that the same id is the same text however it was written. */
  readonly id: string | undefined;
  readonly idSpan: Span | undefined;
  /** Empty in a response. */
  readonly method: string;
  readonly params: Span | undefined;
  readonly result: Span | undefined;
  readonly error: Span | undefined;
  /** Offset of the message's opening brace. */
  readonly start: number;
}

/** Something that is no JSON-RPC message. */
export interface Malformed {
  readonly kind: 'malformed';
  /** Whether it was JSON at all, as far as it was read. */
  readonly isJson: boolean;
  /** Where it had one, to be answered. */
  readonly id: string | undefined;
}

/** A JSON-RPC batch (2025-03-26 allowed them): to be taken apart. */
export interface Batch {
  readonly kind: 'batch';
}

/** A message with its envelope. */
export interface Message {
  readonly bytes: Buffer;
  readonly envelope: Envelope;
}

const NOT_JSON: Malformed = { kind: 'malformed', isJson: false, id: undefined };

/** Reads the outside of a message: one pass, whatever the order of its members. */
export function readEnvelope(bytes: Buffer): Envelope | Malformed | Batch {
  const start = skipSpace(bytes, 0);
  if (bytes[start] === 0x5b) {
    const end = skipValue(bytes, start);
    return end !== -1 && skipSpace(bytes, end) === bytes.length ? { kind: 'batch' } : NOT_JSON;
  }
  let idSpan: Span | undefined;
  let methodSpan: Span | undefined;
  let params: Span | undefined;
  let result: Span | undefined;
  let error: Span | undefined;
  const end = visitMembers(bytes, start, (key, from, to) => {
    switch (key) {
      case 'id':
        idSpan = { start: from, end: to };
        break;
      case 'method':
        methodSpan = { start: from, end: to };
        break;
      case 'params':
        params = { start: from, end: to };
        break;
      case 'result':
        result = { start: from, end: to };
        break;
      case 'error':
        error = { start: from, end: to };
        break;
      default:
    }
  });
  if (end === -1) return isOtherJson(bytes, start) ? { ...NOT_JSON, isJson: true } : NOT_JSON;
  if (skipSpace(bytes, end) !== bytes.length) return NOT_JSON;
  const id = canonicalId(bytes, idSpan);
  const malformed: Malformed = { kind: 'malformed', isJson: true, id };
  const parts = { id, idSpan, params, result, error, start };
  if (methodSpan !== undefined) {
    const method = stringAt(bytes, methodSpan);
    // An id that is there must be a string or a number ("Requests", MCP basic).
    if (method === undefined || (idSpan !== undefined && id === undefined)) return malformed;
    return { kind: id === undefined ? 'notification' : 'request', method, ...parts };
  }
  if (result === undefined && error === undefined) return malformed;
  if (id === undefined && error === undefined) return malformed;
  return { kind: 'response', method: '', ...parts };
}

/** A string, a number or a literal alone: JSON, and no message. */
function isOtherJson(bytes: Buffer, start: number): boolean {
  const end = bytes[start] === 0x7b ? -1 : skipValue(bytes, start);
  return end !== -1 && skipSpace(bytes, end) === bytes.length;
}

const PLAIN_ID = /^(?:-?(?:0|[1-9]\d{0,14})|"[ !#-[\]-~]*")$/;

function canonicalId(bytes: Buffer, span: Span | undefined): string | undefined {
  if (span === undefined || span.end - span.start > 10_000) return undefined;
  const text = bytes.toString('latin1', span.start, span.end);
  if (PLAIN_ID.test(text)) return text;
  const value = valueAt(bytes, span);
  return typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : undefined;
}
