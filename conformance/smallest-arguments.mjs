/**
 * The smallest arguments that a tool's schema allows: what is required, each as small as can be.
 *
 * @param {any} schema
 * @param {readonly any[]} tools all that were listed: an argument called `schema` is the schema of another one
 * @returns {Record<string, unknown>}
 */
export function smallestArguments(schema, tools) {
  const required = schema?.required ?? [];
  return Object.fromEntries(
    required.map((name) => {
      const property = schema.properties?.[name] ?? {};
      const other = tools.find((tool) => tool.inputSchema !== schema);
      const isSchema = name === 'schema' && property.type === 'object' && other !== undefined;
      return [name, isSchema ? other.inputSchema : smallestValue(property, tools)];
    }),
  );
}

function smallestValue(schema, tools) {
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  switch (schema.type) {
    case 'string':
      return 'x'.repeat(schema.minLength ?? 1);
    case 'number':
    case 'integer':
      return schema.minimum ?? 0;
    case 'boolean':
      return false;
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => smallestValue(schema.items ?? {}, tools));
    case 'object':
      return smallestArguments(schema, tools);
    default:
      return null;
  }
}
