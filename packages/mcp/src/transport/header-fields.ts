/** Names in lower case. */
export type HeaderFields = Readonly<Record<string, string>>;

/**
 * Both; the second wins. Not `{...one, ...other}`: V8 gives each such object a shape of its own as soon as they have more
 * members than the literal had room for, and shapes are garbage that only a full collection finds.
 */
export function joinHeaders(one: HeaderFields, other: HeaderFields): HeaderFields {
  return Object.assign({}, one, other);
}

/**
 * A text as the value of a header, where each character is a byte: its UTF-8 form. Undefined for one that no header can
 * carry (RFC 9110 section 5.5).
 */
export function headerBytes(text: string): string | undefined {
  const bytes = Buffer.from(text).toString('latin1');
  // oxlint-disable-next-line no-control-regex
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(bytes) ? bytes : undefined;
}
