/** A word as it would be typed in a shell, quoted only where it has to be. */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export function shellLine(...words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
