import { isJsonObject } from '@mcpass/auth';
import { isDeepStrictEqual } from 'node:util';
import type { Values } from './host.js';

/** The table at a path; empty where there is none. */
export function tableAt(content: Values, path: readonly string[]): Values {
  let table: unknown = content;
  for (const key of path) table = isJsonObject(table) && Object.hasOwn(table, key) ? table[key] : undefined;
  return isJsonObject(table) ? table : {};
}

/** The content without the table at a path, and without the tables above it that would be empty. */
export function without(content: Values, [key = '', ...more]: readonly string[]): Values {
  const { [key]: inner, ...rest } = content;
  if (more.length === 0 || !isJsonObject(inner)) return rest;
  const left = without(inner, more);
  return Object.keys(left).length === 0 ? rest : { ...rest, [key]: left };
}

/** Whether two values say the same: the order of keys and the prototypes of tables say nothing. */
export function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(plainCopy(one), plainCopy(other));
}

function plainCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainCopy);
  if (value instanceof Date) return value.toISOString();
  return isJsonObject(value)
    ? new Map(Object.entries(value).map(([key, inner]) => [key, plainCopy(inner)]))
    : value;
}
