import { isJsonObject, type JsonObject, plain } from '@mcpass/auth';
import { textOf, textsOf } from '../json-value.js';

/** The arguments of a tool, one line each: name (`*` where required), type, what it says about itself. */
export function argumentLines(schema: unknown): string[] {
  if (!isJsonObject(schema) || !isJsonObject(schema['properties'])) return [];
  const required = textsOf(schema['required']);
  const rows = Object.entries(schema['properties']).map(([name, property]) => ({
    word: `${plain(name, 80)}${required.includes(name) ? '*' : ''}`,
    type: typeText(property),
    says: isJsonObject(property) ? plain(textOf(property['description']) ?? '', 120) : '',
  }));
  const widest = (texts: string[]) => Math.min(32, Math.max(0, ...texts.map((text) => text.length)));
  const words = widest(rows.map(({ word }) => word));
  const types = widest(rows.map(({ type }) => type));
  return rows.map(({ word, type, says }) =>
    `${word.padEnd(words)}  ${type.padEnd(types)}  ${says}`.trimEnd(),
  );
}

/** Lists within lists that are told; a schema may refer to itself, or be made to exhaust the stack. */
const DEEPEST = 4;

/** `string`, `integer|null`, `string[]`, `"a"|"b"`. */
export function typeText(schema: unknown, depth: number = 0): string {
  if (depth >= DEEPEST && isJsonObject(schema) && schema['type'] === 'array') return '…';
  if (!isJsonObject(schema)) return 'any';
  const choices = Array.isArray(schema['enum']) ? schema['enum'] : undefined;
  if (choices !== undefined) return plain(choices.map((choice) => JSON.stringify(choice)).join('|'), 80);
  const type = schema['type'];
  if (Array.isArray(type)) return plain(type.join('|'), 80);
  if (type === 'array') return `${typeText(schema['items'], depth + 1)}[]`;
  return plain(textOf(type) ?? alternatives(schema) ?? 'any', 80);
}

function alternatives(schema: JsonObject): string | undefined {
  const list = schema['anyOf'] ?? schema['oneOf'];
  // One level is enough for a line; a schema may refer to itself.
  return Array.isArray(list)
    ? [...new Set(list.map((item) => (isJsonObject(item) ? (textOf(item['type']) ?? 'any') : 'any')))].join(
        '|',
      )
    : undefined;
}
