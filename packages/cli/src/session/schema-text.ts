import { isJsonObject, type JsonObject, plain } from '@mcpass/auth';
import { textOf, textsOf } from '../json-value.js';

/** The arguments of a tool, one line each: name (`*` where required), type, default, what it says about itself. */
export function argumentLines(schema: unknown): string[] {
  if (!isJsonObject(schema) || !isJsonObject(schema['properties'])) return [];
  const required = textsOf(schema['required']);
  const rows = Object.entries(schema['properties']).map(([name, property]) => ({
    word: `${plain(name, Infinity)}${required.includes(name) ? '*' : ''}`,
    type: typeText(property, 0, Infinity),
    says: isJsonObject(property) ? propertyText(property) : '',
  }));
  const widest = (texts: string[]) =>
    texts.reduce((most, { length }) => Math.min(32, Math.max(most, length)), 0);
  const words = widest(rows.map(({ word }) => word));
  const types = widest(rows.map(({ type }) => type));
  return rows.map(({ word, type, says }) =>
    `${word.padEnd(words)}  ${type.padEnd(types)}  ${says}`.trimEnd(),
  );
}

function propertyText(property: JsonObject): string {
  const preset = property['default'];
  const parts = [
    ...(preset === undefined ? [] : [`(default: ${JSON.stringify(preset)})`]),
    textOf(property['description']) ?? textOf(property['title']) ?? '',
  ];
  return plain(parts.join(' '), Infinity);
}

/** Lists within lists that are told; a schema may refer to itself, or be made to exhaust the stack. */
const DEEPEST = 4;

/** `string`, `integer|null`, `string[]`, `"a"|"b"`, `address` of a definition. */
export function typeText(schema: unknown, depth: number = 0, limit: number = 80): string {
  if (depth >= DEEPEST && isJsonObject(schema) && schema['type'] === 'array') return '…';
  if (!isJsonObject(schema)) return 'any';
  const choices = choicesOf(schema);
  if (choices.length > 0) return plain(choices.map((choice) => JSON.stringify(choice)).join('|'), limit);
  const type = schema['type'];
  if (Array.isArray(type)) return plain(type.join('|'), limit);
  if (type === 'array') return `${typeText(schema['items'], depth + 1, limit)}[]`;
  const named = textOf(schema['$ref'])?.split(/[#/]/).at(-1);
  return plain(textOf(type) ?? named ?? alternatives(schema) ?? 'any', limit);
}

/** The values of an enumeration, also where each has a title of its own. */
function choicesOf(schema: JsonObject): readonly unknown[] {
  if (Array.isArray(schema['enum'])) return schema['enum'];
  if (schema['const'] !== undefined) return [schema['const']];
  const list = alternativesOf(schema);
  const values = list.map((item) => (isJsonObject(item) ? item['const'] : undefined));
  return values.includes(undefined) ? [] : values;
}

function alternativesOf(schema: JsonObject): readonly unknown[] {
  const list = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(list) ? list : [];
}

function alternatives(schema: JsonObject): string | undefined {
  const list = alternativesOf(schema);
  // One level is enough for a line; a schema may refer to itself.
  const types = list.map((item) => (isJsonObject(item) ? (textOf(item['type']) ?? 'any') : 'any'));
  return list.length === 0 ? undefined : [...new Set(types)].join('|');
}

/** A value that fits a schema as far as is easily seen: its own default or example, else the least that it asks for. */
export function exampleValue(schema: unknown, name: string, root: unknown, depth: number = 0): unknown {
  if (!isJsonObject(schema) || depth > DEEPEST) return name.toUpperCase();
  const [given] = [
    ...(schema['default'] === undefined ? [] : [schema['default']]),
    ...(Array.isArray(schema['examples']) ? schema['examples'] : []),
    ...choicesOf(schema),
  ];
  if (given !== undefined) return given;
  const inner = definitionOf(schema, root) ?? alternativesOf(schema)[0];
  if (inner !== undefined) return exampleValue(inner, name, root, depth + 1);
  const [type] = [schema['type']].flat();
  switch (type) {
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return [exampleValue(schema['items'], name, root, depth + 1)];
    case 'object':
      return exampleObject(schema, root, depth + 1);
    default:
      return isJsonObject(schema['properties']) ? exampleObject(schema, root, depth + 1) : name.toUpperCase();
  }
}

/** An object with what it must have. */
export function exampleObject(schema: unknown, root: unknown = schema, depth: number = 0): JsonObject {
  if (!isJsonObject(schema)) return {};
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  return Object.fromEntries(
    textsOf(schema['required']).map((name) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, exampleValue(property, name, root, depth + 1)];
    }),
  );
}

/** What a reference within the same schema stands for. */
function definitionOf(schema: JsonObject, root: unknown): unknown {
  const [place, ...steps] = textOf(schema['$ref'])?.split('/') ?? [];
  if (place !== '#' || steps.length === 0) return undefined;
  return steps.reduce<unknown>((value, step) => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, root);
}
