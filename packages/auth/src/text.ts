/* Text from another party is never printed as it came: it could move the cursor, hide a line or pose as ours. */

// C0 and C1 controls, line and paragraph separators, and the characters that reorder or hide text (bidi, zero width).
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\uffff]|\p{Cs}|[\u{e0000}-\u{e0fff}]/gu;

/** What nearly every text is: nothing in it is to be replaced, which shows in a quarter of the time. */
export function isPrintableAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

/** The same of many lines. */
export function arePrintableAsciiLines(text: string): boolean {
  return /^[\n -~]*$/.test(text);
}

/** Text with each character replaced that may not be shown as it is: a terminal or a reader would take it for another thing. */
export function replaceUnsafe(text: string, replacement: (character: string) => string): string {
  return isPrintableAscii(text) ? text : text.replace(UNSAFE, replacement);
}

/** Longest foreign text shown, in characters. */
const QUOTE_LIMIT = 300;

/** Foreign text made harmless for a terminal or a page: one line, no control characters, bounded length. */
export function plain(text: string, limit: number = QUOTE_LIMIT): string {
  // What nearly every text is. The length first, so that a hostile megabyte costs nothing.
  if (text.length <= limit && /^[!-~]+(?: [!-~]+)*$/.test(text)) return text;
  // Cut before replacing, for the same reason.
  const cut = replaceUnsafe(text.slice(0, limit * 4), () => ' ')
    .replace(/\s+/g, ' ')
    .trim();
  // No text has more characters than units.
  if (cut.length <= limit && text.length <= limit * 4) return cut;
  const characters = [...cut];
  return characters.length > limit || text.length > limit * 4
    ? `${characters.slice(0, limit).join('')}…`
    : cut;
}

/**
 * {@link quote} for a text beside another that it should equal: blanks at its ends and what cannot be seen are written
 * as their codes (`\u{20}`), because they may be the whole difference.
 */
export function quoteExactly(text: string, limit: number = QUOTE_LIMIT): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  const code = (character: string) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  const shown = replaceUnsafe(cut, code).replace(/^ +| +$| {2,}/g, (blanks) =>
    code(' ').repeat(blanks.length),
  );
  return `"${shown.replaceAll('"', "'")}"`;
}

/** {@link plain} inside quotation marks, to show that the words are somebody else's. */
export function quote(text: string, limit: number = QUOTE_LIMIT): string {
  return `"${plain(text, limit).replaceAll('"', "'")}"`;
}
