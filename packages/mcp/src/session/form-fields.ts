import { isJsonObject, type JsonObject, objectIn } from '@mcpass/auth';
import type { AnswerContent } from './question.js';

/* The fields of a form (MCP "elicitation", requested schema). */

type Value = AnswerContent[string];

/** Fields that are filled in: a form is for people. */
const MOST_FIELDS = 200;

/**
 * Accepts a form without a person: defaults as given; a required field without one gets the smallest value that its schema
 * allows; other fields stay out.
 */
export function acceptableContent(schema: JsonObject): AnswerContent {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const content: Record<string, Value> = {};
  for (const [name, field] of Object.entries(properties).slice(0, MOST_FIELDS)) {
    if (!isJsonObject(field)) continue;
    const value = presetOf(field) ?? (required.includes(name) ? smallestValue(field) : undefined);
    if (value !== undefined) content[name] = value;
  }
  return content;
}

/** What a field has unless somebody says otherwise. */
export function presetOf({ default: preset }: JsonObject): Value | undefined {
  return isValue(preset) ? preset : undefined;
}

function isValue(value: unknown): value is Value {
  return (
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    (Array.isArray(value) && value.every((item) => typeof item === 'string'))
  );
}

function smallestValue(field: JsonObject): Value {
  switch (field['type']) {
    case 'boolean':
      return false;
    case 'integer':
      return Math.ceil(smallestNumber(field));
    case 'number':
      return smallestNumber(field);
    case 'array':
      return choicesOf(field).slice(0, numberOr(field['minItems'], 0));
    default:
      return choicesOf(field)[0] ?? smallestText(field);
  }
}

function smallestNumber(field: JsonObject): number {
  const least = numberOr(field['minimum'], Number.NEGATIVE_INFINITY);
  const most = numberOr(field['maximum'], Number.POSITIVE_INFINITY);
  return Math.min(Math.max(0, least), most);
}

/** What a field, or each item of a list, may be: `enum`, or the titled forms `oneOf` and `anyOf` with `const`. */
export function choicesOf(field: JsonObject): readonly string[] {
  const one = field['type'] === 'array' ? objectIn(field['items']) : field;
  const listed = [one['enum'], one['oneOf'], one['anyOf']].find(Array.isArray) ?? [];
  return listed
    .map((choice) => (isJsonObject(choice) ? choice['const'] : choice))
    .filter((choice) => typeof choice === 'string');
}

/** A valid example of each format that the specification lists; else as many letters as the schema asks for. */
function smallestText(field: JsonObject): string {
  switch (field['format']) {
    case 'email':
      return 'nobody@example.com';
    case 'uri':
      return 'https://example.com/';
    case 'date':
      return '1970-01-01';
    case 'date-time':
      return '1970-01-01T00:00:00Z';
    default:
      // Bounded: the length is the server's wish.
      return 'x'.repeat(Math.min(numberOr(field['minLength'], 0), 1_000));
  }
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
