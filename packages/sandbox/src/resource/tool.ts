import type { CallContext } from './call-context.js';
import { isJson, type Json } from './json-rpc.js';

/** A tool: how it is listed and what it does. */
export interface Tool {
  /** The `Tool` object of the schema, as `tools/list` sends it. */
  readonly definition: Json & { readonly name: string; readonly inputSchema: Json };
  /** Whether it says something before it is done, so that only a stream can carry its answer. */
  readonly streams?: boolean;
  run(args: Json, context: CallContext): Json | Promise<Json>;
}

/** A result with one text. */
export function textResult(text: string): Json {
  return { content: [{ type: 'text', text }] };
}

/** A result that says the tool failed. */
export function failedResult(text: string): Json {
  return { ...textResult(text), isError: true };
}

/** What is wrong with the arguments, judged by `required` and the plain types of the input schema. */
export function judgeArguments(args: Json, inputSchema: Json): string | undefined {
  const required = Array.isArray(inputSchema['required']) ? inputSchema['required'].map(String) : [];
  const missing = required.find((name) => args[name] === undefined);
  if (missing !== undefined) return `missing argument: ${missing}`;
  const properties = isJson(inputSchema['properties']) ? inputSchema['properties'] : {};
  for (const [name, schema] of Object.entries(properties)) {
    const type = isJson(schema) ? schema['type'] : undefined;
    if (args[name] !== undefined && typeof type === 'string' && !isOfType(args[name], type)) {
      return `argument ${name} is not of type ${type}`;
    }
  }
  return undefined;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJson(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}
