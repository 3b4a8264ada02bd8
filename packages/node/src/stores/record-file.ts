import { FileRefused, readBounded } from './files/bounded-file.js';
import type { RecordFile, Seal } from './seal/seal.js';
import { unreadable } from './store-error.js';

/** Far above any record: tokens of a few kilobytes and what belongs to them. */
const SIZE_LIMIT = 1024 * 1024;

/**
 * Reads one record (at once, unless its key has to be fetched), mends its mode, follows no link. Throws `store_unreadable` when the disk or the lack of a key does
 * not let it.
 */
export function readRecordFile(path: string, name: string, seal: Seal): RecordFile | Promise<RecordFile> {
  const read = readText(path);
  return typeof read === 'string' ? seal.open(read, name) : read;
}

/** At once: it is a few kilobytes, and four turns of the event loop for each of thousands take longer than they do. */
function readText(path: string): string | RecordFile {
  try {
    const bytes = readBounded(path, { limit: SIZE_LIMIT, isOurs: true });
    return bytes === undefined ? { kind: 'missing' } : bytes.toString('utf8');
  } catch (thrown) {
    if (!(thrown instanceof FileRefused)) throw thrown;
    if (thrown.reason === 'kind') return { kind: 'kept', reason: thrown.message };
    if (thrown.reason === 'size') return { kind: 'broken', reason: 'it is larger than any record' };
    throw unreadable(path, thrown.message, { cause: thrown.cause });
  }
}
