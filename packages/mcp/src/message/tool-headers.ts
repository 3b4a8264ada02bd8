import { isJsonObject, type JsonObject } from '@mcpass/auth';

/*
 * Arguments that a tool wants mirrored into HTTP headers: MCP 2026-07-28, Streamable HTTP, "Custom Headers from Tool
 * Parameters".
 */

/** One marked parameter: where its value is in the arguments, and which header carries it. */
export interface HeaderMark {
  readonly path: readonly string[];
  /** As declared, without the prefix `Mcp-Param-`. */
  readonly name: string;
}

export type HeaderVerdict =
  | { readonly valid: true; readonly marks: readonly HeaderMark[] }
  | { readonly valid: false; readonly reason: string };

const MARK = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/; // RFC 9110 section 5.6.2
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);

/** Keywords that hold schemas which no chain of `properties` leads to: a mark in one of them makes the tool invalid. */
const UNREACHABLE: readonly string[] = [
  'additionalItems',
  'additionalProperties',
  'allOf',
  'anyOf',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'oneOf',
  'prefixItems',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
];
/** The same, but the value maps names to schemas. */
const UNREACHABLE_BY_NAME: readonly string[] = [
  '$defs',
  'definitions',
  'dependentSchemas',
  'patternProperties',
];
/** Deeper schemas are refused, so that a hostile one cannot exhaust the stack. */
const DEEPEST = 100;

/** Reads the marks of a tool's `inputSchema`, or says why the tool must be left out ("Schema Extension"). */
export function judgeHeaderMarks(inputSchema: unknown): HeaderVerdict {
  const marks: HeaderMark[] = [];
  const taken = new Set<string>();

  const judgeMark = (schema: JsonObject, path: readonly string[], reachable: boolean): string | undefined => {
    const name = schema[MARK];
    const where = path.join('.') || 'the schema itself';
    if (!reachable || path.length === 0) return `${where}: ${MARK} is not reachable through properties alone`;
    if (typeof name !== 'string' || name === '') return `${where}: ${MARK} is not a non-empty string`;
    if (!TOKEN.test(name)) return `${where}: ${MARK} is not a header name`;
    if (!TYPES.has(schema['type'])) return `${where}: ${MARK} is only for string, integer and boolean`;
    if (taken.has(name.toLowerCase())) return `${where}: ${MARK} names the same header twice`;
    taken.add(name.toLowerCase());
    marks.push({ path, name });
    return undefined;
  };

  const visitAll = (schemas: unknown, path: readonly string[], reachable: boolean, depth: number) => {
    if (!isJsonObject(schemas)) return undefined;
    for (const [key, schema] of Object.entries(schemas)) {
      const fault = visit(schema, [...path, key], reachable, depth);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

  const visit = (
    node: unknown,
    path: readonly string[],
    reachable: boolean,
    depth: number,
  ): string | undefined => {
    if (depth > DEEPEST) return 'the schema is nested too deeply';
    if (Array.isArray(node)) {
      return node.map((item) => visit(item, path, false, depth + 1)).find((fault) => fault !== undefined);
    }
    if (!isJsonObject(node)) return undefined;
    const fault = Object.hasOwn(node, MARK) ? judgeMark(node, path, reachable) : undefined;
    if (fault !== undefined) return fault;
    const children = [
      () => visitAll(node['properties'], path, reachable, depth + 1),
      ...UNREACHABLE.map((keyword) => () => visit(node[keyword], [...path, keyword], false, depth + 1)),
      ...UNREACHABLE_BY_NAME.map(
        (keyword) => () => visitAll(node[keyword], [...path, keyword], false, depth + 1),
      ),
    ];
    for (const child of children) {
      const inner = child();
      if (inner !== undefined) return inner;
    }
    return undefined;
  };

  const fault = visit(inputSchema, [], true, 0);
  return fault === undefined ? { valid: true, marks } : { valid: false, reason: fault };
}

/** The headers for one call. Absent and `null` values have none ("Server Behavior for Custom Headers"). */
export function headersForArguments(
  marks: readonly HeaderMark[],
  args: JsonObject | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { path, name } of marks) {
    let value: unknown = args;
    for (const key of path) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    const text = headerText(value);
    if (text !== undefined) headers[`Mcp-Param-${name}`] = encodeHeaderValue(text);
  }
  return headers;
}

function headerText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  // Beyond the safe range a header could not say what the body says.
  if (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (Number.isSafeInteger(value) || !Number.isInteger(value))
  ) {
    return String(value);
  }
  return undefined;
}

/** "Value Encoding": plain where header syntax allows it, else base64 of the UTF-8 form between markers. */
export function encodeHeaderValue(text: string): string {
  const plain =
    /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text);
  if (plain) return text;
  const bytes = new TextEncoder().encode(text);
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `=?base64?${btoa(binary)}?=`;
}
