import { type FileHandle, lstat, open, readFile, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { isMcpassError } from '@mcpass/auth';
import { errnoOf } from '../files/errno.js';
import { type LockOwner, parseOwner } from './lock-owner.js';
import { unwritable } from '../store-error.js';

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

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Creates the file for an owner and returns its text; undefined when the file is there already. Where the disk is full,
 * the text is the owner's id alone: what somebody wants to delete there must not wait for room. A link that short needs
 * none (ext4 keeps 59 bytes of it beside its name, tmpfs 127). To others its owner is unknown: only its time counts.
 */
export async function claimEntry(path: string, owner: LockOwner): Promise<string | undefined> {
  const text = JSON.stringify(owner);
  try {
    return (await createEntry(path, text)) ? text : undefined;
  } catch (thrown) {
    if (!isMcpassError(thrown) || !NO_ROOM.has(errnoOf(thrown.cause) ?? '')) throw thrown;
    const short = JSON.stringify({ id: owner.id });
    return (await createEntry(path, short)) ? short : undefined;
  }
}

/**
 * False when the file is there already. It is a symbolic link to nowhere whose target is the text: that is made whole
 * or not at all, where a file that is created and then written can be left empty by a process that is killed between.
 */
async function createEntry(path: string, text: string): Promise<boolean> {
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
  let file: FileHandle;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false;
    // Windows: the file is being deleted at this moment.
    if (process.platform === 'win32' && errnoOf(thrown) === 'EPERM') return false;
    throw unwritable(path, thrown);
  }
  try {
    await file.writeFile(text);
    await file.close();
    return true;
  } catch (thrown) {
    // Left there empty, it would be waited for: by ourselves too, with the shorter text.
    await file.close().catch(() => undefined);
    await unlink(path).catch(() => undefined);
    throw unwritable(path, thrown);
  }
}

/**
 * Puts another text of the owner in the file's place, by way of a file with that suffix, and returns it. Undefined when it
 * could not be done.
 */
export async function replaceEntry(
  path: string,
  owner: LockOwner,
  suffix: string,
): Promise<string | undefined> {
  const next = `${path}.${suffix}`;
  try {
    const text = await claimEntry(next, owner);
    if (text !== undefined) await rename(next, path);
    return text;
  } catch {
    await unlink(next).catch(() => undefined);
    return undefined;
  }
}
