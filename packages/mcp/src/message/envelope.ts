import { elementsAt, skipSpace, skipValue, type Span, stringAt, valueAt, visitMembers } from './json-scan.js';

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
  /** The places of what may be messages. */
  readonly entries: readonly Span[];
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
    const array = elementsAt(bytes, start);
    if (array === undefined || skipSpace(bytes, array.end) !== bytes.length) return NOT_JSON;
    return { kind: 'batch', entries: array.elements };
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

/** Reads what stands in a batch. A batch in a batch is no message. */
export function readEntry(bytes: Buffer): Envelope | Malformed {
  const envelope = readEnvelope(bytes);
  return envelope.kind === 'batch' ? { ...NOT_JSON, isJson: true } : envelope;
}

/** The id of a request of which only the beginning is there; undefined where that does not say that it is one. */
export function idOfBeginning(bytes: Buffer): string | undefined {
  let id: string | undefined;
  let isRequest = false;
  visitMembers(bytes, skipSpace(bytes, 0), (key, start, end) => {
    if (key === 'id') id = canonicalId(bytes, { start, end });
    if (key === 'method') isRequest = true;
  });
  return isRequest ? id : undefined;
}

/** A string, a number or a literal alone: JSON, and no message. */
function isOtherJson(bytes: Buffer, start: number): boolean {
  const end = bytes[start] === 0x7b ? -1 : skipValue(bytes, start);
  return end !== -1 && skipSpace(bytes, end) === bytes.length;
}

const PLAIN_ID = /^(?:0|-?[1-9]\d{0,14}|"[ !#-[\]-~]*")$/;

function canonicalId(bytes: Buffer, span: Span | undefined): string | undefined {
  if (span === undefined || span.end - span.start > 10_000) return undefined;
  const text = bytes.toString('latin1', span.start, span.end);
  if (PLAIN_ID.test(text)) return text;
  const value = valueAt(bytes, span);
  // A number that is too large for every reader is none that could be answered.
  return typeof value === 'string' || Number.isFinite(value) ? JSON.stringify(value) : undefined;
}
