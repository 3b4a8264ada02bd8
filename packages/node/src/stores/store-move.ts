import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeRecord, McpassError } from '@mcpass/auth';
import { syncDirectory } from './files/draft.js';
import type { Paths } from '../paths.js';
import { createFileStores } from './file-stores.js';
import { sweepData } from './litter.js';
import type { KeyHolders } from './seal/key-file.js';
import { createKeySeal } from './seal/key-seal.js';
import type { Hold } from './lock/lock.js';
import type { OpenStoreOptions } from './open-store.js';
import { plainSeal } from './seal/plain-seal.js';
import { makePrivateDirectory } from './files/private-directory.js';
import { readRecordFile } from './record-file.js';
import type { RecordFile, Seal } from './seal/seal.js';
import type { FileStoreKind } from './store-choice.js';
import { unwritable } from './store-error.js';
import { deleteStore, leaveStore, prepareSealed, setUpStore } from './store-setup.js';
import { readStoreMemo, sameStore, type StoreMemo, writeStoreMemo } from './store-memo.js';
import { asideFiles, recordDirectory, recordNames } from './store-places.js';
import { createStoreSeal } from './seal/store-seal.js';
import { SET_ASIDE } from './unreadable-record.js';

export type MoveStoreOptions = Omit<OpenStoreOptions, 'choice'>;

/** What a move did. */
export interface StoreMoved {
  /** Absent where there was no store yet. */
  readonly from?: FileStoreKind;
  readonly to: FileStoreKind;
  /** How many credentials were moved; 0 when the store was the wanted one already. */
  readonly moved: number;
  /** Where they are now. */
  readonly location: string;
}

/** Records that are written at the same time: the disk syncs several as fast as one. */
const LANES = 8;

/**
 * Moves every record into another store, or none. The new files are written beside the old ones and read back; then one
 * rename makes the new store the current one; then the old files are deleted. A process that is killed anywhere leaves
 * one whole store, and what it did not delete goes at the next write.
 */
export async function moveStore(to: FileStoreKind, options: MoveStoreOptions): Promise<StoreMoved> {
  const { paths, env = process.env, askPassphrase: ask } = options;
  const holders: KeyHolders = { env, ask };
  const stores = createFileStores(paths.data, holders);
  return stores.exclusive(async (hold) => {
    await stores.drain();
    const { data } = stores;
    // A draft in the store that is left would keep its directory.
    await sweepData(data);
    const found = await stores.current();
    const location = recordDirectory(data, to);
    if (found === undefined) {
      await setUpStore({ data, choice: to, holders, hold, found });
      return { to, moved: 0, location };
    }
    // Says which store it is, should there be no memo yet, and finishes a move that was cut short.
    const memo = await setUpStore({ data, choice: found.kind, holders, hold, found });
    if (memo.kind === to) return { from: to, to, moved: 0, location };
    const moved = await copyAll({ data, memo, to, holders, hold });
    return { from: memo.kind, to, moved, location };
  });
}

/** The current store of a data directory; undefined when nothing was decided yet. */
export function findStore(paths: Pick<Paths, 'data'>): Promise<StoreMemo | undefined> {
  return createFileStores(paths.data, { env: {} }).current();
}

interface Copying {
  readonly data: string;
  readonly memo: StoreMemo;
  readonly to: FileStoreKind;
  readonly holders: KeyHolders;
  readonly hold: Hold;
}

async function copyAll({ data, memo, to, holders, hold }: Copying): Promise<number> {
  const { env } = holders;
  const from = { directory: recordDirectory(data, memo.kind), seal: sealOf(data, memo, holders) };
  const names = await recordNames(from.directory);
  const [aside] = await asideFiles(from.directory);
  // Nobody can seal it anew, and left behind it would be what the move is to end: a copy in the store that is left.
  if (aside !== undefined) throw unmovable(aside, SET_ASIDE);
  const directory = recordDirectory(data, to);
  const since = new Date().toISOString();
  let next: StoreMemo = { kind: to, since, leaving: memo.kind };
  const announced: StoreMemo = { ...memo, leaving: to };
  try {
    // First of all: whoever comes after a killed move must know that there are copies.
    await writeStoreMemo(data, announced, () => hold.check());
    await deleteStore(data, to, env);
    await makePrivateDirectory(directory);
    let seal = plainSeal;
    if (to !== 'plain') {
      const key = await prepareSealed(data, to, holders);
      next = { ...next, keyId: key.id };
      seal = createKeySeal(() => Promise.resolve(key));
    }
    const queue = [...names];
    const lane = async () => {
      for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
        await hold.check();
        await copy(name, from, { directory, seal });
      }
    };
    // All of them, so that none still writes when a failure is cleaned up after.
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
    for (const end of lanes) if (end.status === 'rejected') throw end.reason;
    await syncDirectory(directory);
    // Fetched as the next process will; a passphrase need not be typed a third time.
    if (to === 'keyring') await createStoreSeal(to, { directory, keyId: next.keyId, holders }).ready();
    await writeStoreMemo(data, next, () => hold.check());
  } catch (thrown) {
    // Not where the switch was made and only what follows it failed.
    const switched = sameStore(await readStoreMemo(data), next);
    if (!switched) await leaveStore(data, announced, env, hold).catch(() => undefined);
    throw thrown;
  }
  await leaveStore(data, next, env, hold);
  return names.length;
}

function sealOf(data: string, { kind, keyId }: StoreMemo, holders: KeyHolders): Seal {
  if (kind === 'plain') return plainSeal;
  return createStoreSeal(kind, { directory: recordDirectory(data, kind), keyId, holders });
}

interface Place {
  readonly directory: string;
  readonly seal: Seal;
}

async function copy(name: string, from: Place, to: Place): Promise<void> {
  const source = join(from.directory, `${name}.json`);
  const target = join(to.directory, `${name}.json`);
  const found = await readRecordFile(source, name, from.seal);
  if (found.kind === 'missing') throw unmovable(source, 'it does not exist');
  if (found.kind !== 'record') throw unmovable(source, found.reason);
  await writeNew(target, await to.seal.close(found.record, name, found.frame));
  const written = await readRecordFile(target, name, to.seal);
  const same = written.kind === 'record' && textOf(written.record) === textOf(found.record);
  if (!same) throw unwritable(target, new Error('what was written is not what is read'));
}

function textOf(record: Extract<RecordFile, { kind: 'record' }>['record']): string {
  return JSON.stringify(encodeRecord(record));
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
    const file = await open(path, flags, 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw unwritable(path, thrown);
  }
}

function unmovable(path: string, reason: string): McpassError {
  return new McpassError(
    'record_unreadable',
    `Nothing was moved, because one credential cannot be read: ${reason} (${path}).`,
    {
      step: 'store',
      fault: 'yours',
      remedy: { do: 'say', text: `delete ${path} or move it away, then run the command again` },
      facts: { file: path },
    },
  );
}
