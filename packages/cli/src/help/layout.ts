import { wrap } from '../terminal/wrap.js';

/** Columns of the terminal that the text is laid out for; absent for a program, whose lines are not broken. */
export type Columns = number | undefined;

const NAMES = 26;
/** What a sentence needs: with less the explanations go below their names. */
const SENTENCE = 30;

/** Text broken into lines between words. */
export function paragraph(text: string, columns: Columns): string[] {
  return wrap(text, columns, 0);
}

/** `name  explanation` pairs in two columns, the explanation broken in its own; below each other where there is no room. */
export function entries(
  pairs: readonly (readonly [name: string, says: string])[],
  columns: Columns,
): string[] {
  const wished = Math.min(NAMES, Math.max(...pairs.map(([name]) => name.length)));
  const isNarrow = columns !== undefined && columns - wished - 4 < SENTENCE;
  const width = isNarrow ? 2 : wished;
  const indent = width + 4;
  return pairs.flatMap(([name, says]) => {
    if (name.length <= width) return wrap(`  ${name.padEnd(width)}  ${says}`, columns, indent);
    return [...wrap(`  ${name}`, columns, 4), ...wrap(`${' '.repeat(indent)}${says}`, columns, indent)];
  });
}

/** A command line, broken as a shell takes it: between words, each line but the last with a backslash. */
export function commandLines(line: string, columns: Columns): string[] {
  // What stands between single quotes is one word.
  const words = line.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
  const lines: string[] = [];
  let current = ' ';
  for (const word of words) {
    const isFull = columns !== undefined && `${current} ${word} \\`.length > columns;
    if (isFull && current.trim() !== '') {
      lines.push(`${current} \\`);
      current = '   ';
    }
    current += ` ${word}`;
  }
  return [...lines, current];
}
