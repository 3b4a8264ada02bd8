import { closeSync, fchmodSync, openSync, writeSync } from 'node:fs';
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
  // The mode above is for a new file only.
  if (process.platform !== 'win32') fchmodSync(descriptor, 0o600);
  const write = (value: object) => writeSync(descriptor, `${printableJson(value)}\n`);
  write({ schema: 1, at: new Date().toISOString(), type: 'start', mcpass: VERSION, node: process.version });
  return {
    write: (event) => void write({ at: new Date().toISOString(), ...event }),
    close: () => closeSync(descriptor),
  };
}

function open(file: string): number {
  try {
    return openSync(file, 'w', 0o600);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
    throw new McpassError(
      'internal',
      plain(`--trace: ${file} cannot be written (${REASONS[code] ?? code}).`, 1_000),
      { step: 'config', fault: 'yours', cause: thrown },
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'there is no such directory',
  EISDIR: 'it is a directory',
  EACCES: 'that is not allowed',
};
