import { closeSync, fchmodSync, openSync, writeSync } from 'node:fs';
import type { AuthEvent } from '@mcpass/auth';
import { VERSION } from './version.js';

export interface Trace {
  write(event: AuthEvent): void;
  close(): void;
}

/**
 * Every event as a line of JSON, for bug reports. Written at once, so that a crash loses nothing; readable only by its
 * owner, because addresses and client ids are nobody else's business.
 */
export function createTrace(file: string): Trace {
  const descriptor = openSync(file, 'w', 0o600);
  // The mode above is for a new file only.
  if (process.platform !== 'win32') fchmodSync(descriptor, 0o600);
  const write = (value: object) => writeSync(descriptor, `${JSON.stringify(value)}\n`);
  write({ schema: 1, at: new Date().toISOString(), type: 'start', mcpass: VERSION, node: process.version });
  return {
    write: (event) => void write({ at: new Date().toISOString(), ...event }),
    close: () => closeSync(descriptor),
  };
}
