/** Control characters of both sets, line separators, and what turns the direction of text. */
// oxlint-disable-next-line no-control-regex -- it is them that must not get through
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text from elsewhere, made safe for a terminal: nothing in it can move a cursor, and it ends. */
export function quote(text: string, limit = 200): string {
  const safe = text.replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return safe.length > limit ? `${safe.slice(0, limit)}…` : safe;
}
