/** Names in lower case. */
export type HeaderFields = Readonly<Record<string, string>>;

/**
 * Both; the second wins. Not `{...one, ...other}`: V8 gives each such object a shape of its own as soon as they have more
 * members than the literal had room for, and shapes are garbage that only a full collection finds.
 */
export function joinHeaders(one: HeaderFields, other: HeaderFields): HeaderFields {
  return Object.assign({}, one, other);
}
