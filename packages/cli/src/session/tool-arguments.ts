import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject, plain } from '@mcpass/auth';
import { usageError } from '../failure.js';
import { typeText } from './schema-text.js';
import { readNamedFile } from '../terminal/named-file.js';

/**
 * The arguments of a call: `--args` first, then `k=v` (always a string: what looks like a number may be a postcode)
 * and `k:=json` over it.
 */
export async function readArguments(
  words: readonly string[],
  whole: string | undefined,
  readInput: () => Promise<string>,
): Promise<JsonObject> {
  const base = whole === undefined ? {} : parseWhole(whole, await wholeText(whole, readInput));
  const pairs = words.map(parsePair);
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw usageError(`The argument "${twice}" is given twice.`);
  // Not a spread of a literal: a key named __proto__ is a key like any other.
  return Object.fromEntries([...Object.entries(base), ...pairs]);
}

/** `k=v` pairs whose values can only be strings. */
export function readTextArguments(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.map((word) => {
      const [name, value] = parsePair(word);
      if (typeof value !== 'string')
        throw usageError(`"${word}": the arguments of a prompt are texts, key=value.`);
      return [name, value] as const;
    }),
  );
}

function parsePair(word: string): readonly [string, unknown] {
  const match = /^([^=]+?)(:?)=(.*)$/s.exec(word);
  const [, name, colon, text = ''] = match ?? [];
  if (name === undefined) {
    throw usageError(`"${word}" is no argument; it looks like key=value, or key:=json.`);
  }
  if (colon !== ':') return [name, text];
  try {
    return [name, JSON.parse(text)];
  } catch {
    throw usageError(`The value of "${name}" is not JSON: ${text}`, {
      do: 'say',
      text: `${name}=${text} sends it as text`,
    });
  }
}

async function wholeText(source: string, readInput: () => Promise<string>): Promise<string> {
  if (source === '-') return readInput();
  return source.startsWith('@') ? readNamedFile(source.slice(1), '--args: ') : source;
}

function parseWhole(source: string, text: string): JsonObject {
  const where = source === '-' ? 'standard input' : source.startsWith('@') ? source.slice(1) : 'its value';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw usageError(`--args: ${where} is not JSON (${why}).`);
  }
  if (!isJsonObject(value)) throw usageError(`--args: ${where} is JSON, but not an object: {"name": value}.`);
  return value;
}

/** Pure: the first thing that a tool's schema has against the arguments, in words; only what is easily seen. */
export function judgeArguments(schema: unknown, given: JsonObject): string | undefined {
  if (!isJsonObject(schema)) return undefined;
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const missing = required.find((name) => typeof name === 'string' && !Object.hasOwn(given, name));
  if (missing !== undefined) return `${plain(String(missing), 100)} is missing`;
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  for (const [name, value] of Object.entries(given)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!isJsonObject(property)) continue;
    const wrong = judgeValue(plain(name, 100), value, property);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function judgeValue(name: string, value: unknown, property: JsonObject): string | undefined {
  const { type, enum: choices } = property;
  if (typeof type === 'string' && Object.hasOwn(EXAMPLES, type) && !isOf(type, value)) {
    const example = type === 'string' ? stringExample(name, value) : `${name}:=${EXAMPLES[type] ?? 'JSON'}`;
    return `${name} takes ${plain(type, 40)}, so write ${example}`;
  }
  if (Array.isArray(choices) && !choices.some((choice) => isDeepStrictEqual(choice, value)))
    return `${name} takes one of ${typeText(property)}`;
  return undefined;
}

/** By JSON Schema: 1.0 is an integer. */
function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}

function stringExample(name: string, value: unknown): string {
  const isShort = typeof value === 'number' || typeof value === 'boolean';
  return `${name}=${isShort ? String(value) : 'TEXT'}`;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  string: 'TEXT',
  number: '1',
  integer: '1',
  boolean: 'true',
  null: 'null',
  array: '\'["a"]\'',
  object: '\'{"a": 1}\'',
};
