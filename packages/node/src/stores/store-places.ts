import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DRAFT_MARK } from '../draft.js';
import { errnoOf, errnoWords } from '../errno.js';
import type { FileStoreKind } from './store-choice.js';
import { unreadable, unwritable } from './store-error.js';

/** The name of a record's file, without the ending. */
const RECORD_FILE = /^([0-9a-f]{64})\.json$/;
const DRAFT_FILE = new RegExp(`^[0-9a-f]{64}\\.json${DRAFT_MARK.replace('.', '\\.')}`);

/** Where the records of a store are, below the data directory. */
export function recordDirectory(data: string, kind: FileStoreKind): string {
  return join(data, kind === 'plain' ? 'credentials' : `credentials-${kind}`);
}

/**
 * Where the locks of all stores are: one place, whatever store is current, because a move must shut out those who write.
 * Below the data directory, because whoever shares the records must share the locks.
 */
export function lockDirectory(data: string): string {
  return join(data, 'credentials');
}

/** Where the turns to sign in are: apart from the records' locks, which a move waits for. */
export function turnDirectory(data: string): string {
  return join(data, 'sign-ins');
}

/** The names of the records in a directory; none when there is no such directory. */
export async function recordNames(directory: string): Promise<readonly string[]> {
  return (await names(directory)).flatMap((name) => RECORD_FILE.exec(name)?.[1] ?? []);
}

/** The names of the locks that are held, or were when their holder died. */
export async function lockNames(directory: string): Promise<readonly string[]> {
  return (await names(directory)).flatMap((name) => /^(.+)\.lock$/.exec(name)?.[1] ?? []);
}

async function names(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw unreadable(directory, errnoWords(thrown), thrown);
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw unreadable(path, errnoWords(thrown), thrown);
  }
}

/** Deletes the records and drafts in a directory, and the directory when nothing else is in it. */
export async function deleteRecords(directory: string): Promise<void> {
  for (const name of await names(directory)) {
    if (RECORD_FILE.test(name) || DRAFT_FILE.test(name)) await deleteFile(join(directory, name));
  }
  await rmdir(directory).catch(() => undefined);
}

export async function deleteFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw unwritable(path, thrown);
  }
}
