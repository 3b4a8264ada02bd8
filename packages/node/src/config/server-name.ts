import { McpassError, quote } from '@mcpass/auth';

/** What a name must look like, so that it can stand in a command, a table header and a file name. */
export const SERVER_NAME: RegExp = /^[A-Za-z0-9_.-]+$/;

/** What is said of a name that looks otherwise, after the name. */
export const NO_SERVER_NAME: string =
  'cannot be a name: it takes 1 to 64 letters, digits, dots, hyphens and underscores, and begins with neither a dot nor a hyphen';

/** Names that read like something else on a command line or in a table. */
const RESERVED: ReadonlySet<string> = new Set([
  '__proto__',
  'all',
  'constructor',
  'default',
  'none',
  'prototype',
]);

/** Throws `usage` for a name that a new server cannot have. */
export function judgeServerName(name: string): void {
  const fits = SERVER_NAME.test(name) && name.length <= 64 && !/^[-.]/.test(name);
  if (fits && !RESERVED.has(name)) return;
  const problem = fits ? 'cannot be a name: it has a meaning of its own' : NO_SERVER_NAME;
  throw new McpassError('usage', `${quote(name)} ${problem}.`, { step: 'config', fault: 'yours' });
}
