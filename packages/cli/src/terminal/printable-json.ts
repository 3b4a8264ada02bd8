import { arePrintableAsciiLines, replaceUnsafe } from '@mcpass/auth';

/**
 * JSON that may be read on a terminal: foreign characters that could move the cursor or reorder the line are written as
 * their escapes (`\u202e`), which mean the same to every parser.
 */
export function printableJson(value: object, indent?: number): string {
  const json = JSON.stringify(value, undefined, indent);
  if (arePrintableAsciiLines(json)) return json;
  // Line ends stand only between its tokens: JSON.stringify escapes those inside a text.
  return replaceUnsafe(json, (character) => (character === '\n' ? character : escapeUnits(character)));
}

function escapeUnits(character: string): string {
  let escapes = '';
  for (let at = 0; at < character.length; at += 1) {
    escapes += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return escapes;
}
