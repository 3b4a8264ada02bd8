import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CodecError, type CredentialRecord, decodeRecord, encodeRecord, RECORD_VERSION } from '@mcpass/auth';
import { errnoOf, errnoWords } from '../errno.js';
import { unreadable } from './store-error.js';

/** Far above any record: tokens of a few kilobytes and what belongs to them. */
const SIZE_LIMIT = 1024 * 1024;

/** What a record's file turned out to be. */
export type RecordFile =
  | { readonly kind: 'missing' }
  | { readonly kind: 'record'; readonly record: CredentialRecord }
  /** Nobody can read it any more. */
  | { readonly kind: 'broken'; readonly reason: string }
  /** Somebody can read it, or it is not ours to move. */
  | { readonly kind: 'kept'; readonly reason: string };

/** Reads one record, mends its mode, follows no link. Throws `store_unreadable` when the disk does not let it. */
export async function readRecordFile(path: string): Promise<RecordFile> {
  let file: FileHandle;
  try {
    // O_NONBLOCK: a pipe under this name must not hold us up.
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === 'ENOENT') return { kind: 'missing' };
    // FreeBSD says EMLINK where others say ELOOP.
    if (code === 'ELOOP' || code === 'EMLINK') return { kind: 'kept', reason: 'it is a symbolic link' };
    throw unreadable(path, errnoWords(thrown), thrown);
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return { kind: 'kept', reason: 'it is not a file' };
    if (stats.size > SIZE_LIMIT) return { kind: 'broken', reason: 'it is larger than any record' };
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) await mendMode(file);
    return parseRecord(await file.readFile('utf8'));
  } catch (thrown) {
    throw unreadable(path, errnoWords(thrown), thrown);
  } finally {
    await file.close();
  }
}

/** On a read-only file system or a file of another owner this is not possible; reading goes on. */
async function mendMode(file: FileHandle): Promise<void> {
  await file.chmod(0o600).catch(() => undefined);
}

/** Judges the text of a record's file. Pure. */
export function parseRecord(text: string): RecordFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'broken', reason: text.trim() === '' ? 'it is empty' : 'it is not JSON' };
  }
  const version = versionOf(json);
  if (version !== undefined && version > RECORD_VERSION) {
    return { kind: 'kept', reason: 'a newer mcpass wrote it' };
  }
  try {
    return { kind: 'record', record: decodeRecord(json) };
  } catch (thrown) {
    if (thrown instanceof CodecError) return { kind: 'broken', reason: thrown.message };
    throw thrown;
  }
}

function versionOf(json: unknown): number | undefined {
  if (typeof json !== 'object' || json === null || !('version' in json)) return undefined;
  return typeof json.version === 'number' ? json.version : undefined;
}

/** The text of a record's file, secrets in the clear. */
export function recordText(record: CredentialRecord): string {
  return `${JSON.stringify(encodeRecord(record), undefined, 2)}\n`;
}
