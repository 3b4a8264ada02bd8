import type { WriteStream } from 'node:tty';
import { isWide, textWidth } from './text-width.js';

const WHEN_UNKNOWN = 80;
/** Stands for a blank at which no line ends. In a foreign text it is shown as a blank, which harms nobody. */
export const KEPT_BLANK = '\u0001';

/**
 * Columns of a stream; absent where it is not shown but read by a program, whose lines are its own business. `COLUMNS` is
 * exported by those who mean it.
 */
export function columnsOf(
  stream: Partial<Pick<WriteStream, 'isTTY' | 'columns'>>,
  env: NodeJS.ProcessEnv,
): number | undefined {
  if (stream.isTTY !== true) return undefined;
  const wished = /^\d{1,5}$/.test(env['COLUMNS'] ?? '') ? Number(env['COLUMNS']) : 0;
  // A terminal that does not know its width says 0.
  return [wished, stream.columns ?? 0].find((columns) => columns > 0) ?? WHEN_UNKNOWN;
}

/** Words that are there to be copied, a command mostly: a line does not end between them. */
export function whole(words: string): string {
  return words.replaceAll(' ', KEPT_BLANK);
}

/** A line as it is shown, when it has been broken where it may be. */
export function withBlanks(line: string): string {
  return line.replaceAll(KEPT_BLANK, ' ');
}

/**
 * A line broken between words into lines of at most so many columns; the further ones stand under the beginning of the
 * text, behind a label. A word that is longer than a line (an address) stays whole on a line of its own.
 */
export function wrap(
  line: string,
  columns: number | undefined,
  indent: number = hangingIndent(line),
): string[] {
  if (columns === undefined || textWidth(line) <= columns) return [line];
  // Where the labels leave no room for text, it goes under them.
  const room = indent * 2 > columns ? Math.min(leadingBlanks(line) + 2, columns >> 1) : indent;
  const lines: string[] = [];
  let current = '';
  let width = 0;
  let gap = '';
  for (const piece of pieces(line, columns - room)) {
    if (/^ +$/.test(piece) && current !== '') {
      gap = piece;
      continue;
    }
    const more = textWidth(piece);
    if (current.trim() !== '' && width + gap.length + more > columns) {
      lines.push(current);
      current = ' '.repeat(room);
      width = room;
      gap = '';
    }
    current += gap + piece;
    width += gap.length + more;
    gap = '';
  }
  return [...lines, current];
}

/** Where the text of `  label  text` begins, and of `error: text`: under it the text goes on. */
function hangingIndent(line: string): number {
  const label = /^ *(?:\S+(?: \S+){0,5}? {2,})?/.exec(line)?.[0] ?? '';
  return textWidth(label);
}

function leadingBlanks(line: string): number {
  return line.length - line.trimStart().length;
}

/** Words and the blanks between them. Scripts that know no blanks (Chinese, Japanese) may break between two characters. */
function pieces(line: string, room: number): string[] {
  return line
    .split(/( +)/)
    .filter((piece) => piece !== '')
    .flatMap((piece) => (textWidth(piece) <= room ? [piece] : cutWide(piece)));
}

function cutWide(word: string): string[] {
  const cut: string[] = [];
  let isAfterWide = false;
  for (const character of word) {
    const wide = isWide(character);
    // A mark that closes stays with what it closes.
    const joins = /[\p{Mn}\p{Me}\p{Pe}\p{Pf}\p{Po}]/u.test(character);
    if ((wide || isAfterWide) && !joins) cut.push(character);
    else cut.push((cut.pop() ?? '') + character);
    isAfterWide = wide || (joins && isAfterWide);
  }
  return cut;
}
