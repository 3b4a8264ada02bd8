import { McpassError, quote } from '@mcpass/auth';

/** What a name must look like, so that it can stand in a command, a table header and a file name. */
export const SERVER_NAME: RegExp = /^[A-Za-z0-9_.-]+$/;

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
  if (SERVER_NAME.test(name) && !/^[-.]/.test(name) && !RESERVED.has(name)) return;
  throw new McpassError(
    'usage',
    `${quote(name)} cannot be a server's name: letters, digits, dots, underscores and hyphens, and no word with a ` +
      `meaning of its own.`,
    { step: 'config', fault: 'yours' },
  );
}
