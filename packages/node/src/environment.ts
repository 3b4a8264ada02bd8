/** Environment variables: `process.env`, or a test's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value; an empty one counts as not set, as the XDG and NO_COLOR conventions have it. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

/** What a program started by us gets to see: everything but our own variables, which may hold secrets. */
export function childEnvironment(env: Environment): Record<string, string> {
  const child: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !name.toUpperCase().startsWith('MCPASS_')) child[name] = value;
  }
  return child;
}
