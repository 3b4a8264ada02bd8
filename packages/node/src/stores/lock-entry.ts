import { lstat, readFile, readlink, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { errnoOf } from '../errno.js';
import { type LockOwner, parseOwner } from './lock-owner.js';
import { unwritable } from './store-error.js';

/** A lock's file as it was found. */
export interface LockEntry {
  readonly text: string;
  /** Absent when the text is not whole: its writer has only just created the file, or died over it. */
  readonly owner: LockOwner | undefined;
  /** Tells two files apart that have the same text. */
  readonly node: string;
  readonly ageMs: number;
}

export function sameEntry(one: LockEntry, other: LockEntry): boolean {
  return one.text === other.text && one.node === other.node;
}

/** Undefined where there is none. Throws `store_unwritable`. */
export async function readEntry(path: string): Promise<LockEntry | undefined> {
  try {
    const stats = await lstat(path);
    const text = stats.isSymbolicLink() ? await readlink(path) : await readFile(path, 'utf8');
    return {
      text,
      owner: parseOwner(text),
      node: `${stats.ino} ${stats.mtimeMs}`,
      ageMs: Date.now() - stats.mtimeMs,
    };
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw unwritable(path, thrown);
  }
}

/** What file systems say that have no symbolic links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL']);

/**
 * False when the file is there already. It is a symbolic link to nowhere whose target is the text: that is made whole
 * or not at all, where a file that is created and then written can be left empty by a process that is killed between.
 */
export async function createEntry(path: string, text: string): Promise<boolean> {
  if (process.platform === 'win32') return createFile(path, text);
  try {
    await symlink(text, path);
    return true;
  } catch (thrown) {
    const code = errnoOf(thrown) ?? '';
    if (code === 'EEXIST') return false;
    if (NO_LINKS.has(code)) return createFile(path, text);
    throw unwritable(path, thrown);
  }
}

async function createFile(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false;
    // Windows: the file is being deleted at this moment.
    if (process.platform === 'win32' && errnoOf(thrown) === 'EPERM') return false;
    throw unwritable(path, thrown);
  }
}

/** Puts another text in the file's place, by way of a file with that suffix. False when it could not be done. */
export async function replaceEntry(path: string, text: string, suffix: string): Promise<boolean> {
  const next = `${path}.${suffix}`;
  try {
    if (!(await createEntry(next, text))) return false;
    await rename(next, path);
    return true;
  } catch {
    await unlink(next).catch(() => undefined);
    return false;
  }
}
