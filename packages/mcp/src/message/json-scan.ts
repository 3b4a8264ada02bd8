/* JSON read no further than it must be: where a member's value begins and ends, without making objects of it. What lies
   inside a value that is passed over is not judged; whoever the message is for does that. */

/** A value's place in the bytes: `end` is the first byte behind it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Bytes of a string looked at one by one; a longer one is searched natively. */
const SHORT_STRING = 48;
/** Longest number or literal; a longer one is none that anybody means. */
const LONGEST_SCALAR = 400;
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

/** Text without the byte order mark that it may begin with (RFC 8259 section 8.1: a reader may pass over it). */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** The first byte from `at` on that is not white space (RFC 8259 section 2). */
export function skipSpace(bytes: Buffer, at: number): number {
  let next = at;
  for (;;) {
    const byte = bytes[next];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return next;
    next += 1;
  }
}

/** The byte behind the value that begins at `at`; -1 when there is none, or it does not end. */
export function skipValue(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === QUOTE) return skipString(bytes, at);
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return skipNested(bytes, at);
  return skipScalar(bytes, at);
}

function skipString(bytes: Buffer, at: number): number {
  const near = Math.min(at + SHORT_STRING, bytes.length);
  let next = at + 1;
  for (; next < near; next += 1) {
    const byte = bytes[next];
    if (byte === QUOTE) return next + 1;
    if (byte === BACKSLASH) next += 1;
  }
  for (;;) {
    next = bytes.indexOf(QUOTE, next);
    if (next === -1) return -1;
    let before = next - 1;
    while (bytes[before] === BACKSLASH) before -= 1;
    // An even number of backslashes are pairs of their own: the quote ends the string.
    if ((next - before) % 2 === 1) return next + 1;
    next += 1;
  }
}

function skipNested(bytes: Buffer, at: number): number {
  let depth = 0;
  for (let next = at; next < bytes.length; next += 1) {
    const byte = bytes[next];
    if (byte === QUOTE) {
      next = skipString(bytes, next) - 1;
      if (next < 0) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      // Its partner is two code points away, for braces and brackets alike.
      if (depth === 0) return byte === (bytes[at] ?? 0) + 2 ? next + 1 : -1;
    }
  }
  return -1;
}

function skipScalar(bytes: Buffer, at: number): number {
  let next = at;
  for (; next - at < LONGEST_SCALAR; next += 1) {
    const byte = bytes[next];
    if (byte === undefined || byte <= 0x20 || byte === COMMA) break;
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte === COLON) break;
  }
  return SCALAR.test(bytes.toString('latin1', at, next)) ? next : -1;
}

/**
 * Calls `visit` with each member of the object that begins at `at`, in order.
 *
 * @returns the byte behind the object; -1 when it is none
 */
export function visitMembers(
  bytes: Buffer,
  at: number,
  visit: (key: string, start: number, end: number) => void,
): number {
  if (bytes[at] !== OPEN_BRACE) return -1;
  let next = skipSpace(bytes, at + 1);
  if (bytes[next] === CLOSE_BRACE) return next + 1;
  for (;;) {
    if (bytes[next] !== QUOTE) return -1;
    const keyEnd = skipString(bytes, next);
    if (keyEnd === -1) return -1;
    const key = stringAt(bytes, { start: next, end: keyEnd });
    if (key === undefined) return -1;
    next = skipSpace(bytes, keyEnd);
    if (bytes[next] !== COLON) return -1;
    const start = skipSpace(bytes, next + 1);
    const end = skipValue(bytes, start);
    if (end === -1) return -1;
    visit(key, start, end);
    next = skipSpace(bytes, end);
    if (bytes[next] === CLOSE_BRACE) return next + 1;
    if (bytes[next] !== COMMA) return -1;
    next = skipSpace(bytes, next + 1);
  }
}

/** Elements of an array that are told apart: each is an object here, and two bytes there. */
const MOST_ELEMENTS = 10_000;

/**
 * The places of the elements of the array that begins at `at`, and the byte behind it; undefined when it is none, or has
 * more than anybody means. What lies inside an element is not judged.
 */
export function elementsAt(
  bytes: Buffer,
  at: number,
): { readonly elements: readonly Span[]; readonly end: number } | undefined {
  if (bytes[at] !== OPEN_BRACKET) return undefined;
  const elements: Span[] = [];
  let next = skipSpace(bytes, at + 1);
  if (bytes[next] === CLOSE_BRACKET) return { elements, end: next + 1 };
  for (;;) {
    const end = skipValue(bytes, next);
    if (end === -1) return undefined;
    elements.push({ start: next, end });
    if (elements.length > MOST_ELEMENTS) return undefined;
    next = skipSpace(bytes, end);
    if (bytes[next] === CLOSE_BRACKET) return { elements, end: next + 1 };
    if (bytes[next] !== COMMA) return undefined;
    next = skipSpace(bytes, next + 1);
  }
}

/** The value of a member of the object in `span`; of a repeated name the last counts, as in `JSON.parse`. */
export function findMember(bytes: Buffer, span: Span | undefined, name: string): Span | undefined {
  if (span === undefined) return undefined;
  let found: Span | undefined;
  visitMembers(bytes, span.start, (key, start, end) => {
    if (key === name) found = { start, end };
  });
  return found;
}

/** The value of a JSON string; undefined where there is none, or none that can be read. */
export function stringAt(bytes: Buffer, span: Span | undefined): string | undefined {
  if (span === undefined || bytes[span.start] !== QUOTE) return undefined;
  const inner = bytes.toString('utf8', span.start + 1, span.end - 1);
  if (!inner.includes('\\')) return inner;
  try {
    return JSON.parse(bytes.toString('utf8', span.start, span.end)) as string;
  } catch {
    return undefined;
  }
}

/** A value parsed; undefined where there is none, or it is no JSON. */
export function valueAt(bytes: Buffer, span: Span | undefined): unknown {
  if (span === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8', span.start, span.end));
  } catch {
    return undefined;
  }
}

/** True for the place of an object. */
export function isObjectAt(bytes: Buffer, span: Span | undefined): span is Span {
  return span !== undefined && bytes[span.start] === OPEN_BRACE;
}
