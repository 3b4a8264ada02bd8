import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf, errnoWords } from './files/errno.js';
import { mendFileMode } from './files/file-mode.js';
import type { RecordFile, Seal } from './seal/seal.js';
import { unreadable } from './store-error.js';

/** Far above any record: tokens of a few kilobytes and what belongs to them. */
const SIZE_LIMIT = 1024 * 1024;

/**
 * Reads one record, mends its mode, follows no link. Throws `store_unreadable` when the disk or the lack of a key does
 * not let it.
 */
export async function readRecordFile(path: string, name: string, seal: Seal): Promise<RecordFile> {
  const read = await readText(path);
  return typeof read === 'string' ? seal.open(read, name) : read;
}

async function readText(path: string): Promise<string | RecordFile> {
  let file: FileHandle;
  try {
    // O_NONBLOCK: a pipe under this name must not hold us up.
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === 'ENOENT') return { kind: 'missing' };
    // FreeBSD says EMLINK where others say ELOOP.
    if (code === 'ELOOP' || code === 'EMLINK') return { kind: 'kept', reason: 'it is a symbolic link' };
    throw unreadable(path, errnoWords(thrown), { cause: thrown });
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return { kind: 'kept', reason: 'it is not a file' };
    if (stats.size > SIZE_LIMIT) return { kind: 'broken', reason: 'it is larger than any record' };
    await mendFileMode(file, stats);
    return await file.readFile('utf8');
  } catch (thrown) {
    throw unreadable(path, errnoWords(thrown), { cause: thrown });
  } finally {
    await file.close();
  }
}
