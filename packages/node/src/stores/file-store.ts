import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type CredentialRecord,
  isMcpassError,
  McpassError,
  type RecordKey,
  recordName,
  type Store,
} from '@mcpass/auth';
import { type Draft, DRAFT_MARK, openDraft, syncDirectory } from '../draft.js';
import { errnoWords } from '../errno.js';
import type { Hold, Lock } from './lock.js';
import { checkPrivateDirectory, makePrivateDirectory } from './private-directory.js';
import { readRecordFile } from './record-file.js';
import type { Frame, RecordFile, Seal } from './seal.js';
import { NEWER, unreadable, unwritable } from './store-error.js';
import { ASIDE_MARK, asideFiles, recordNames } from './store-places.js';

/** A record file that could not be read, for `status` and `doctor`. */
export interface UnreadableRecord {
  readonly file: string;
  /** Safe to print; reads on after "because". */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** A store whose records are files. */
export interface FileStore extends Store {
  /** Writes and deletes a file as a record would be. Throws `store_unwritable` before anything is spent. */
  probe(): Promise<void>;
  /** The files that `list` leaves out, those set aside earlier included. */
  unreadable(): Promise<readonly UnreadableRecord[]>;
}

export interface FileStoreOptions {
  /** What the store calls itself. */
  readonly kind: string;
  readonly directory: string;
  readonly seal: Seal;
  /** Shuts out who else may write. */
  readonly lock: Lock;
}

const FILE_MODE = 0o600;
/** A record with long tokens; claimed on the disk before a refresh token is spent. */
const RESERVE_BYTES = 16 * 1024;
/** Milliseconds after which a draft is nobody's work any more: its writer was killed. */
const DRAFT_AGE_MS = 10 * 60 * 1000;

/** One record, one file, which only its owner can read (0600 in a 0700 directory); the seal says what is in it. */
export function createFileStore(options: FileStoreOptions): FileStore {
  const { kind, directory, seal, lock } = options;
  /** Names that this process is changing: `change` may read, and must not wait for itself. */
  const changing = new Set<string>();

  return {
    kind,
    location: directory,

    async read(key) {
      if (!(await checkPrivateDirectory(directory))) return undefined;
      const name = await recordName(key);
      const path = recordPath(directory, name);
      const found = await readRecordFile(path, name, seal);
      if (found.kind !== 'broken') return judgeRecord(found, key, path);
      if (changing.has(name)) throw unreadableRecord(key, path, found);
      // Whoever moves a file aside must know that nobody is just replacing it: under the lock, after another look.
      return lock
        .run(name, async () => (await currentRecord(path, key, seal)).record)
        .catch((thrown: unknown) => {
          // Where no lock can be made, nothing can be set aside either, and that is not what is wrong.
          if (isMcpassError(thrown) && thrown.code === 'store_unwritable')
            throw unreadableRecord(key, path, found);
          throw thrown;
        });
    },

    async update(key, change) {
      await makePrivateDirectory(directory);
      const name = await recordName(key);
      return lock.run(name, async (hold) => {
        const path = recordPath(directory, name);
        const { record: current, frame } = await currentRecord(path, key, seal);
        // Before anything is spent for what could not be written then.
        await seal.ready();
        // Under the lock every other draft of this key is a dead one's.
        await sweepDrafts(directory, { of: basename(path), olderMs: -Infinity });
        const draft = await reserve(path);
        changing.add(name);
        try {
          const next = await change(current);
          return next === current
            ? current
            : await commit({ draft, hold, current, next, path, name, seal, frame });
        } finally {
          changing.delete(name);
          await draft.discard();
        }
      });
    },

    async list() {
      const records: CredentialRecord[] = [];
      for (const name of await recordsIn(directory)) {
        const found = await readRecordFile(recordPath(directory, name), name, seal);
        if (found.kind === 'record' && (await recordName(found.record)) === name) records.push(found.record);
      }
      return records;
    },

    async probe() {
      await makePrivateDirectory(directory);
      await seal.ready();
      await sweepDrafts(directory, { of: '', olderMs: DRAFT_AGE_MS });
      await lock.run('probe', async () => {
        const draft = await reserve(join(directory, 'probe'));
        await draft.discard();
      });
    },

    async unreadable() {
      const found: UnreadableRecord[] = [];
      for (const file of await asideFiles(directory)) found.push(unreadableFile(file, SET_ASIDE));
      for (const name of await recordsIn(directory)) {
        const file = recordPath(directory, name);
        const read = await readRecordFile(file, name, seal);
        if (read.kind === 'broken' || read.kind === 'kept') found.push(unreadableFile(file, read.reason));
        if (read.kind === 'record' && (await recordName(read.record)) !== name)
          found.push(unreadableFile(file, MISPLACED));
      }
      return found;
    },
  };
}

/** What is said of a file that was set aside; reads on after "because". */
export const SET_ASIDE = 'it was set aside because it could not be read';
/** What is said of a record in a directory that is not the current store's. */
export const UNUSED = 'it is of a store that is not in use';
/** What is said of a file in the place of another one. */
export const MISPLACED = 'it holds the credential of another server';

/** With what is to be done about it. Nothing of it is ever deleted unasked. */
export function unreadableFile(file: string, reason: string): UnreadableRecord {
  const remedy =
    reason === NEWER
      ? 'update mcpass'
      : 'it may hold tokens: delete it, or mcpass logout does when you log out of its server';
  return { file, reason, remedy };
}

function recordPath(directory: string, name: string): string {
  return join(directory, `${name}.json`);
}

/** The name of a record's key, from the name of its file. */
function nameOf(file: string): string {
  return basename(file, '.json');
}

async function entries(directory: string): Promise<readonly string[]> {
  if (!(await checkPrivateDirectory(directory))) return [];
  try {
    return (await readdir(directory)).toSorted();
  } catch (thrown) {
    throw unreadable(directory, errnoWords(thrown), { cause: thrown });
  }
}

/** The names of the records, in a fixed order. */
async function recordsIn(directory: string): Promise<readonly string[]> {
  return (await checkPrivateDirectory(directory)) ? (await recordNames(directory)).toSorted() : [];
}

interface Current {
  readonly record: CredentialRecord | undefined;
  readonly frame: Frame | undefined;
}

/** The record of a key; a broken one is set aside. Only under the key's lock. */
async function currentRecord(path: string, key: RecordKey, seal: Seal): Promise<Current> {
  const found = await readRecordFile(path, nameOf(path), seal);
  if (found.kind === 'broken') throw unreadableRecord(key, path, found, await setAside(path));
  return {
    record: judgeRecord(found, key, path),
    frame: found.kind === 'record' ? found.frame : undefined,
  };
}

/** What cannot be read is never taken for nothing. */
function judgeRecord(
  found: Exclude<RecordFile, { kind: 'broken' }>,
  key: RecordKey,
  path: string,
): CredentialRecord | undefined {
  if (found.kind === 'missing') return undefined;
  if (found.kind === 'kept') throw unreadableRecord(key, path, found);
  if (found.record.server !== key.server || found.record.account !== key.account) {
    throw unreadableRecord(key, path, { reason: MISPLACED });
  }
  return found.record;
}

/** Where the file went, or undefined where it could not be moved. */
async function setAside(path: string): Promise<string | undefined> {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const aside = `${path}${ASIDE_MARK}${time}-${randomBytes(2).toString('hex')}`;
  try {
    await rename(path, aside);
    return aside;
  } catch {
    return undefined;
  }
}

interface Unreadable {
  /** Reads on after "because". */
  readonly reason: string;
}

function unreadableRecord(key: RecordKey, path: string, { reason }: Unreadable, aside?: string): McpassError {
  const place = aside === undefined ? `(${path})` : `(moved to ${aside})`;
  const message = `The stored credential of ${key.server} cannot be read: ${reason} ${place}.`;
  return new McpassError('record_unreadable', message, {
    step: 'credential',
    fault: 'yours',
    remedy: aside === undefined ? { do: 'say', text: adviceOn(path, reason) } : { do: 'sign_in' },
    facts: { server: key.server, file: aside ?? path, setAside: aside !== undefined },
  });
}

function adviceOn(path: string, reason: string): string {
  if (reason === NEWER) return `update mcpass: a newer one wrote ${path}`;
  return `move ${path} away, then sign in again`;
}

async function reserve(path: string): Promise<Draft> {
  try {
    return await openDraft(path, { mode: FILE_MODE, reserve: RESERVE_BYTES });
  } catch (thrown) {
    throw unwritable(path, thrown);
  }
}

interface Commit {
  readonly draft: Draft;
  readonly hold: Hold;
  readonly current: CredentialRecord | undefined;
  readonly next: CredentialRecord | undefined;
  readonly path: string;
  readonly name: string;
  readonly seal: Seal;
  readonly frame: Frame | undefined;
}

async function commit(work: Commit): Promise<CredentialRecord | undefined> {
  const { draft, current, next, path, name, seal, frame } = work;
  try {
    if (next === undefined) {
      await checkStill(work);
      await draft.discard();
      await unlink(path);
      await syncDirectory(dirname(path));
      return undefined;
    }
    const written = { ...next, generation: (current?.generation ?? 0) + 1 };
    const text = await seal.close(written, name, frame);
    await draft.commit(text, () => checkStill(work));
    await checkWritten(path, text);
    return written;
  } catch (thrown) {
    throw isMcpassError(thrown) ? thrown : unwritable(path, thrown);
  }
}

/** A disk, or what stands for one, may take a file and not keep it: better said now than at the next start. */
async function checkWritten(path: string, text: string): Promise<void> {
  if (Buffer.from(text, 'utf8').equals(await readFile(path))) return;
  throw new McpassError('store_unwritable', `${path} does not hold what was just written to it.`, {
    step: 'store',
    fault: 'yours',
    remedy: { do: 'say', text: `look after the disk under ${path}, then run the command again` },
    facts: { file: path },
  });
}

/**
 * The last look before a write: the lock is ours, and the record is the one that the change was made of. Where locks do
 * not work (some network file systems) the second half is what keeps an older answer from replacing a newer one.
 */
async function checkStill({ hold, current, path, name, seal }: Commit): Promise<void> {
  await hold.check();
  const found = await readRecordFile(path, name, seal);
  const generation = found.kind === 'record' ? found.record.generation : undefined;
  if ((found.kind === 'missing' || found.kind === 'record') && generation === current?.generation) return;
  throw new McpassError('store_unwritable', `Another process changed ${path} at the same time.`, {
    step: 'store',
    fault: 'ours',
    remedy: { do: 'retry_later' },
    facts: { file: path },
  });
}

/** Removes what killed writers left behind: it holds secrets. */
async function sweepDrafts(directory: string, which: { of: string; olderMs: number }): Promise<void> {
  for (const name of await entries(directory)) {
    if (!name.startsWith(which.of) || !name.includes(DRAFT_MARK)) continue;
    const path = join(directory, name);
    const draft = await stat(path).catch(() => undefined);
    const oldEnough = draft !== undefined && Date.now() - draft.mtimeMs >= which.olderMs;
    if (oldEnough) await unlink(path).catch(() => undefined);
  }
}
