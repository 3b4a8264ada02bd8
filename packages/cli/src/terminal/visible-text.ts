import { replaceUnsafe } from '@mcpass/auth';

/**
 * Foreign text of many lines made safe for a terminal: what could move the cursor, change colours or reorder the line
 * is shown as its code (`\u{1b}`) instead.
 */
export function visibleText(text: string): string {
  return replaceUnsafe(text.replaceAll('\r\n', '\n'), (character) =>
    character === '\n' || character === '\t'
      ? character
      : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
