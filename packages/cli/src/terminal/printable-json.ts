// What `plain` of @mcpass/auth removes, as far as JSON.stringify leaves it: C0 controls and lone surrogates it escapes.
const UNSAFE =
  /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\uffff]|\p{Cs}|[\u{e0000}-\u{e0fff}]/gu;

/**
 * JSON that may be read on a terminal: foreign characters that could move the cursor or reorder the line are written as
 * their escapes (`\u202e`), which mean the same to every parser.
 */
export function printableJson(value: object, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(UNSAFE, escapeUnits);
}

function escapeUnits(character: string): string {
  let escapes = '';
  for (let at = 0; at < character.length; at += 1) {
    escapes += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return escapes;
}
