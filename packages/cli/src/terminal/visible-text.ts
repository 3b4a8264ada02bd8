// What `plain` of @mcpass/auth removes, except that line ends and tabs stay: for text of more than one line.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\uffff]|\p{Cs}|[\u{e0000}-\u{e0fff}]/gu;

/**
 * Foreign text of many lines made safe for a terminal: what could move the cursor, change colours or reorder the line
 * is shown as its code (`\u{1b}`) instead.
 */
export function visibleText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
