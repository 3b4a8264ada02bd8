import { closeSync, constants, lstatSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { McpassError, plain, type AuthEvent } from '@mcpass/auth';
import { printableJson } from './printable-json.js';
import { VERSION } from '../version.js';

export interface Trace {
  write(event: AuthEvent): void;
  close(): void;
}

/**
 * Every event as a line of JSON, for bug reports. Written at once, so that a crash loses nothing; readable only by its
 * owner, because addresses and client ids are nobody else's business.
 */
export function createTrace(file: string): Trace {
  const descriptor = open(file);
  const write = (value: object) => writeSync(descriptor, `${printableJson(value)}\n`);
  write({ schema: 1, at: new Date().toISOString(), type: 'start', mcpass: VERSION, node: process.version });
  return {
    write: (event) => void write({ at: new Date().toISOString(), ...event }),
    close: () => closeSync(descriptor),
  };
}

/** A new file in any case: through a link, or in a file that others hold open, they would choose who reads it. */
function open(file: string): number {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
  try {
    removeOld(file);
    return openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
    // A path that cannot be a trace is the command line's mistake; a disk that is full is not.
    throw new McpassError(
      code in REASONS ? 'usage' : 'internal',
      plain(`--trace: ${file} cannot be written (${REASONS[code] ?? code}).`, 1_000),
      { step: 'config', fault: 'yours', cause: thrown },
    );
  }
}

/** The trace of before. What is no file (a link, a pipe, a device) stays, and is refused. */
function removeOld(file: string): void {
  const old = lstatSync(file, { throwIfNoEntry: false });
  if (old?.isDirectory() === true) throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
  if (old?.isFile() === true) unlinkSync(file);
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it is a link, or another thing that is no file',
  ELOOP: 'it is a link',
  ENOENT: 'there is no such directory',
  ENOTDIR: 'there is no such directory',
  EISDIR: 'it is a directory',
  EACCES: 'that is not allowed',
  EPERM: 'that is not allowed',
  EROFS: 'that is not allowed',
  ENAMETOOLONG: 'its name is too long',
};
