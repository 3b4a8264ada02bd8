/** The packages that are for programs, and have an API reference. The others are the command's. */
export const PACKAGES = ['auth', 'node', 'mcp'];
