/** Environment variables: `process.env`, or a test's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value; an empty one counts as not set, as the XDG and NO_COLOR conventions have it. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

/**
 * What a program started by us gets to see: everything but our own variables, which may hold secrets, and those that
 * the caller knows to hold some. Windows does not tell upper from lower case in their names, so neither does this.
 */
export function childEnvironment(
  env: Environment,
  secretVariables: readonly string[] = [],
): Record<string, string> {
  const hidden = new Set(secretVariables.map((name) => name.toUpperCase()));
  const child: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const upper = name.toUpperCase();
    if (value !== undefined && !upper.startsWith('MCPASS_') && !hidden.has(upper)) child[name] = value;
  }
  return child;
}
