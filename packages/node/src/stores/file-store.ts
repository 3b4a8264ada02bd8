import { hash } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import {
  type CredentialRecord,
  isMcpassError,
  type RecordKey,
  keyText,
  recordName,
  type Store,
} from '@mcpass/auth';
import { type Draft, openDraft, sweepDrafts } from './files/draft.js';
import type { Lock } from './lock/lock.js';
import { checkPrivateDirectory, makePrivateDirectory } from './files/private-directory.js';
import { commitRecord } from './record-commit.js';
import { readRecordFile } from './record-file.js';
import type { Frame, RecordFile, Seal } from './seal/seal.js';
import { unwritable } from './store-error.js';
import { ASIDE_MARK, filesIn } from './store-places.js';
import {
  MISPLACED,
  SET_ASIDE,
  unreadableFile,
  type UnreadableRecord,
  unreadableRecord,
} from './unreadable-record.js';
import { randomHex } from '../random.js';

/** A store whose records are files. */
export interface FileStore extends Store {
  /** Writes and deletes a file as a record would be. Throws `store_unwritable` before anything is spent. */
  probe(): Promise<void>;
  /** Everything that is kept, in one pass: each file is opened once. */
  survey(): Promise<Survey>;
}

export interface Survey {
  /** As `list` has them. */
  readonly records: readonly CredentialRecord[];
  /** The files that `list` leaves out, those set aside earlier included. */
  readonly unreadable: readonly UnreadableRecord[];
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

/** One record, one file, which only its owner can read (0600 in a 0700 directory); the seal says what is in it. */
export function createFileStore(options: FileStoreOptions): FileStore {
  const { kind, directory, seal, lock } = options;
  /** Names that this process is changing: `change` may read, and must not wait for itself. */
  const changing = new Set<string>();

  const survey = async (): Promise<Survey> => {
    const records: CredentialRecord[] = [];
    const unread: UnreadableRecord[] = [];
    if (!(await checkPrivateDirectory(directory))) return { records, unreadable: unread };
    const { names, asides } = await filesIn(directory);
    for (const file of asides) unread.push(unreadableFile(file, SET_ASIDE));
    for (const name of names) {
      const file = recordPath(directory, name);
      const read = readRecordFile(file, name, seal);
      // Thousands of turns of the event loop take as long as what is done in them.
      const found = read instanceof Promise ? await read : read;
      if (found.kind === 'record') {
        if (nameAtOnce(found.record) === name) records.push(found.record);
        else unread.push(unreadableFile(file, MISPLACED));
      } else if (found.kind !== 'missing') unread.push(unreadableFile(file, found.reason));
    }
    return { records, unreadable: unread };
  };

  return {
    kind,
    location: directory,

    async read(key) {
      if (!(await checkPrivateDirectory(directory))) return undefined;
      const name = await recordName(key);
      const path = recordPath(directory, name);
      const found = await readRecordFile(path, name, seal);
      if (found.kind !== 'broken') return judgeRecord(found, key, path);
      if (changing.has(name)) throw unreadableRecord(key, path, found.reason);
      // Whoever moves a file aside must know that nobody is just replacing it: under the lock, after another look.
      return lock
        .run(name, async () => (await currentRecord(path, key, seal)).record)
        .catch((thrown: unknown) => {
          // Where no lock can be made, nothing can be set aside either, and that is not what is wrong.
          if (isMcpassError(thrown) && thrown.code === 'store_unwritable')
            throw unreadableRecord(key, path, found.reason);
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
        await sweepDrafts(directory);
        const draft = await reserve(path);
        changing.add(name);
        try {
          const next = await change(current);
          return next === current
            ? current
            : await commitRecord({ draft, hold, current, next, path, name, seal, frame });
        } finally {
          changing.delete(name);
          await draft.discard();
        }
      });
    },

    list: async () => (await survey()).records,
    survey,

    async probe() {
      await makePrivateDirectory(directory);
      await seal.ready();
      await sweepDrafts(directory);
      await lock.run('probe', async () => {
        const draft = await reserve(join(directory, 'probe'));
        await draft.discard();
      });
    },
  };
}

/** Of a directory that `join` made: of thousands of files it would look through each path again. */
function recordPath(directory: string, name: string): string {
  return `${directory}${sep}${name}.json`;
}

/** `recordName` without a turn of the event loop, for those who look at thousands. */
function nameAtOnce(key: RecordKey): string {
  return hash('sha256', keyText(key), 'hex');
}

/** The name of a record's key, from the name of its file. */
function nameOf(file: string): string {
  return basename(file, '.json');
}

interface Current {
  readonly record: CredentialRecord | undefined;
  readonly frame: Frame | undefined;
}

/** The record of a key; a broken one is set aside. Only under the key's lock. */
async function currentRecord(path: string, key: RecordKey, seal: Seal): Promise<Current> {
  const found = await readRecordFile(path, nameOf(path), seal);
  if (found.kind === 'broken') throw unreadableRecord(key, path, found.reason, await setAside(path));
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
  if (found.kind === 'kept') throw unreadableRecord(key, path, found.reason);
  if (keyText(found.record) !== keyText(key)) throw unreadableRecord(key, path, MISPLACED);
  return found.record;
}

/** Where the file went, or undefined where it could not be moved. */
async function setAside(path: string): Promise<string | undefined> {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const aside = `${path}${ASIDE_MARK}${time}-${randomHex(2)}`;
  try {
    await rename(path, aside);
    return aside;
  } catch {
    return undefined;
  }
}

async function reserve(path: string): Promise<Draft> {
  try {
    return await openDraft(path, { mode: FILE_MODE, reserve: RESERVE_BYTES });
  } catch (thrown) {
    throw unwritable(path, thrown);
  }
}
