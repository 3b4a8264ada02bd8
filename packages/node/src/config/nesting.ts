/** Levels of tables and lists in a configuration file, ours or a host's: what goes through them does so level by level. */
export const NESTING_LIMIT = 200;

/** What is said of a file that has more. */
export const TOO_DEEP: string = `nested more than ${NESTING_LIMIT} levels deep`;

/** The keys down to what lies too deep in a table; undefined where nothing does. Pure. */
export function tooDeep(table: object): readonly string[] | undefined {
  // A list of what is to be looked at, and not a call for each level: this is what finds out whether that is possible.
  const open: { readonly value: object; readonly path: readonly string[] }[] = [{ value: table, path: [] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next;
    if (path.length > NESTING_LIMIT) return path;
    for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
      if (typeof inner === 'object' && inner !== null) open.push({ value: inner, path: [...path, key] });
    }
  }
  return undefined;
}
