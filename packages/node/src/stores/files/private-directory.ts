import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { errnoOf, errnoWords } from './errno.js';
import { unreadable, unwritable } from '../store-error.js';

const PRIVATE = 0o700;

/** Creates the directory (0700) when it is missing and checks it. Throws `store_unwritable`, `store_unreadable`. */
export async function makePrivateDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: PRIVATE });
  } catch (thrown) {
    throw unwritable(directory, thrown);
  }
  await checkPrivateDirectory(directory);
}

/**
 * True when the directory is there and fit for secrets: a real directory, ours, closed to others (mended when not).
 * False when it does not exist. Throws `store_unreadable` when it is anything else.
 */
export async function checkPrivateDirectory(directory: string): Promise<boolean> {
  let stats: Stats;
  try {
    stats = await lstat(directory);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw unreadable(directory, errnoWords(thrown), { cause: thrown });
  }
  if (stats.isSymbolicLink()) throw unreadable(directory, 'it is a symbolic link');
  if (!stats.isDirectory()) throw unreadable(directory, 'it is not a directory');
  const uid = process.getuid?.();
  if (uid === undefined) return true;
  // Root may look after the files of others (a container with a mounted volume); nobody else may.
  if (uid !== 0 && stats.uid !== uid) throw unreadable(directory, 'it belongs to another user');
  if ((stats.mode & 0o077) !== 0) await mend(directory, PRIVATE);
  return true;
}

/**
 * Takes away the access of others to the directory that the private ones are in: who may write there could put others in
 * their place. As far as it is ours and can be changed.
 */
export async function mendParent(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const stats = await stat(directory).catch(() => undefined);
  if (stats === undefined || (stats.mode & 0o077) === 0) return;
  await chmod(directory, PRIVATE).catch(() => undefined);
}

/** Takes away the access of others. On a read-only file system that is not possible, and reading goes on. */
async function mend(path: string, mode: number): Promise<void> {
  try {
    await chmod(path, mode);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EROFS')
      throw unreadable(path, 'others can read it, and that cannot be changed', { cause: thrown });
  }
}
