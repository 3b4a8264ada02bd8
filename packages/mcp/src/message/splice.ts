import { skipSpace, type Span } from './json-scan.js';

/** Bytes to be replaced by a text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Bytes with some places replaced; the rest is as it was. The edits must not overlap. */
export function splice(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const { start, end, text } of edits.toSorted((one, other) => one.start - other.start)) {
    parts.push(bytes.subarray(from, start), Buffer.from(text));
    from = end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
}

/** The edit that puts members (`"a":1,"b":2`) first into the object that begins at `start`. */
export function insertMembers(bytes: Buffer, start: number, members: string): Edit {
  const isEmpty = bytes[skipSpace(bytes, start + 1)] === 0x7d;
  return { start: start + 1, end: start + 1, text: isEmpty ? members : `${members},` };
}

/** The edit that replaces a value. */
export function replaceValue({ start, end }: Span, text: string): Edit {
  return { start, end, text };
}
