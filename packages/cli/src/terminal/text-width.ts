import { stripVTControlCharacters } from 'node:util';
import { isPrintableAscii } from '@mcpass/auth';

/* Which characters take two columns is a question of the Unicode tables that the engine of JavaScript has (UAX #11). */

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u3000-\u303e\u30fc\uff01-\uff60\uffe0-\uffe6]/u;
/** Half as wide as their scripts: the forms for old terminals. */
const HALF = /[\uff61-\uffdc]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}]/u;

/** Whether a character takes two columns. */
export function isWide(character: string): boolean {
  return WIDE.test(character) && !HALF.test(character);
}

/** Columns that a line takes on a terminal, its colours not counted. */
export function textWidth(line: string): number {
  if (isPrintableAscii(line)) return line.length;
  let width = 0;
  for (const character of stripVTControlCharacters(line)) {
    width += NO_WIDTH.test(character) ? 0 : isWide(character) ? 2 : 1;
  }
  return width;
}

/** A line without colours, cut to so many columns; where something is missing it ends with an ellipsis. */
export function cutToWidth(line: string, columns: number): string {
  if (textWidth(line) <= columns) return line;
  let cut = '';
  let width = 0;
  for (const character of line) {
    width += textWidth(character);
    if (width >= columns) break;
    cut += character;
  }
  return `${cut}…`;
}
