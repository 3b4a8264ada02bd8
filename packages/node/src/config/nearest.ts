/** How many characters must be typed differently to make one word of the other (Levenshtein distance). */
export function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_unused, index) => index);
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= to.length; column += 1) {
      const change = from[line - 1] === to[column - 1] ? 0 : 1;
      next[column] = Math.min(
        (row[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (row[column - 1] ?? 0) + change,
      );
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** The candidate that was probably meant, or undefined when none is close: at most every third character may differ. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  // Longer than any name: not worth comparing.
  if (word.length > 100) return undefined;
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const far = distance(word.toLowerCase(), candidate.toLowerCase());
    const limit = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    if (far <= limit && (best === undefined || far < best.distance)) best = { candidate, distance: far };
  }
  return best?.candidate;
}

/** ` Did you mean "scopes"?`, or nothing. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates);
  return found === undefined ? '' : ` Did you mean ${found}?`;
}
