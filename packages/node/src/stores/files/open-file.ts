import { statSync } from 'node:fs';

/** Whether group or others may read a file. Of a pipe, as a shell makes it, only whoever has it open knows. */
export function isOpen(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return process.platform !== 'win32' && stats?.isFile() === true && (stats.mode & 0o077) !== 0;
}
