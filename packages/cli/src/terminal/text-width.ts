import { stripVTControlCharacters } from 'node:util';
import { isPrintableAscii } from '@mcpass/auth';

/* Which characters take two columns is a question of the Unicode tables that the engine of JavaScript has (UAX #11). */

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u3000-\u303e\u30fc\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u;
/** Half as wide as their scripts: the forms for old terminals. */
const HALF = /[\uff61-\uffdc]/u;
const WITHOUT_WIDTH = /^[\p{M}\u200d]+$/u;

let segmenter: Intl.Segmenter | undefined;

/** What is shown as one: a letter with its accents, a picture of several. */
function charactersOf(text: string): string[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Whether a character takes two columns. */
export function isWide(character: string): boolean {
  return WIDE.test(character) && !HALF.test(character);
}

function widthOfCharacter(character: string): number {
  return WITHOUT_WIDTH.test(character) ? 0 : isWide(character) ? 2 : 1;
}

/** Columns that a line takes on a terminal, its colours not counted. */
export function textWidth(line: string): number {
  if (isPrintableAscii(line)) return line.length;
  return charactersOf(stripVTControlCharacters(line)).reduce((sum, one) => sum + widthOfCharacter(one), 0);
}

/** A line without colours in at most so many columns; where something is missing it ends with an ellipsis. */
export function cutToWidth(line: string, columns: number): string {
  if (line.length <= columns && isPrintableAscii(line)) return line;
  let width = 0;
  let kept = '';
  // More than so many units for each column need not be looked at.
  const looked = line.slice(0, columns * 16);
  for (const character of charactersOf(looked)) {
    width += widthOfCharacter(character);
    if (width > columns) return columns < 1 ? '' : `${kept}…`;
    if (width <= columns - 1) kept += character;
  }
  return looked.length === line.length ? line : `${kept}…`;
}
