import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/**
 * Takes the access of others from a file of ours. On a read-only file system or with a file of another owner this is not
 * possible; reading goes on.
 */
export async function mendFileMode(file: FileHandle, { mode }: Stats): Promise<void> {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  await file.chmod(0o600).catch(() => undefined);
}
