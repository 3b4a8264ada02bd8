import { join } from 'node:path';
import { McpassError } from '@mcpass/auth';
import { createFileStore, type FileStore } from './file-store.js';
import type { KeyHolders } from './seal/key-file.js';
import { createFileLock } from './lock/lock-file.js';
import type { Hold, Lock } from './lock/lock.js';
import { plainSeal } from './seal/plain-seal.js';
import { makePrivateDirectory, mendParent } from './files/private-directory.js';
import { readRecordFile } from './record-file.js';
import type { RecordFile, Seal } from './seal/seal.js';
import type { LocalStoreChoice } from './store-choice.js';
import { isKeyLost, unreadable } from './store-error.js';
import { memoPath, readStoreMemo, sameStore, type StoreMemo } from './store-memo.js';
import { exists, isEmpty, lockDirectory, lockNames, recordDirectory, recordNames } from './store-places.js';

/** The stores of one data directory: one of them is the current one, and all share their locks. */
export interface FileStores {
  readonly data: string;
  /** The current store; undefined when nothing was decided and nothing is there. Creates nothing. */
  current(): Promise<StoreMemo | undefined>;
  /** The current store, which is made as `choice` says when there is none. */
  settle(choice: LocalStoreChoice): Promise<StoreMemo>;
  /** The records of a store. What writes there throws `Moved` while the current store changes or is another one. */
  open(memo: StoreMemo): Promise<FileStore>;
  /** A record as it is, of the store that the memo names. Only under its lock. */
  look(memo: StoreMemo, name: string): Promise<RecordFile>;
  /** Alone with what is kept under a name in all stores. Throws `Moved` while the current store changes. */
  alone<T>(name: string, work: (hold: Hold) => Promise<T>): Promise<T>;
  /** Alone in this data directory, among all that change which store is current. */
  exclusive<T>(work: (hold: Hold) => Promise<T>): Promise<T>;
  /** Waits for those who were writing when `exclusive` began. Who comes later sees that, and waits. */
  drain(): Promise<void>;
  /** Gives a sealed store whose key is lost a new one. False when it is not empty: the key may come back. */
  renew(memo: StoreMemo): Promise<boolean>;
}

/** What is thrown inside, where a writer must look again which store is the current one. */
export class Moved extends Error {}

/** How often a writer follows a store that moves away under it. */
export const MOVES = 20;

/** Does what throws `Moved` again, once whoever moves is done. */
export async function followMoves<T>(stores: FileStores, work: () => Promise<T>): Promise<T> {
  for (let move = 0; ; move += 1) {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof Moved) || move === MOVES) throw thrown;
      await stores.exclusive(() => Promise.resolve());
    }
  }
}

const EXCLUSIVE = 'store';

export function createFileStores(
  data: string,
  holders: KeyHolders,
  onWait?: (holder: string) => void,
): FileStores {
  const locks = lockDirectory(data);
  const lock = createFileLock({ directory: locks, onWait });
  const seals = new Map<string, Seal>();

  const exclusive = async <T>(work: (hold: Hold) => Promise<T>): Promise<T> => {
    await makePrivateDirectory(locks);
    return lock.run(EXCLUSIVE, work);
  };

  let mended: Promise<void> | undefined;
  const current = async () => {
    await (mended ??= mendParent(data));
    return (await readStoreMemo(data)) ?? discover(data);
  };

  /**
   * A writer locks its record and then looks whether somebody moves; who moves announces that and then waits for the
   * records' locks: whichever came second sees the other.
   */
  const alone = <T>(name: string, work: (hold: Hold) => Promise<T>): Promise<T> =>
    lock.run(name, async (hold) => {
      if (await exists(join(locks, `${EXCLUSIVE}.lock`))) throw new Moved();
      return work(hold);
    });

  const guarded = (memo: StoreMemo): Lock => ({
    run: (name, work) =>
      alone(name, async (hold) => {
        if (!sameStore(await current(), memo)) throw new Moved();
        return work(hold);
      }),
  });

  const drain = async () => {
    for (const name of await lockNames(locks)) {
      if (name !== EXCLUSIVE) await lock.run(name, () => Promise.resolve());
    }
  };

  const sealOf = async ({ kind, keyId }: StoreMemo): Promise<Seal> => {
    if (kind === 'plain') return plainSeal;
    const known = seals.get(`${kind} ${keyId}`);
    if (known !== undefined) return known;
    const { createStoreSeal } = await import('./seal/store-seal.js');
    const seal = createStoreSeal(kind, { directory: recordDirectory(data, kind), keyId, holders });
    seals.set(`${kind} ${keyId}`, seal);
    return seal;
  };

  return {
    data,
    alone,
    exclusive,
    drain,
    current,

    async settle(choice) {
      const memo = await current();
      if (memo !== undefined && (await isSettled(data, memo, choice))) return memo;
      return exclusive(async (hold) => {
        const { setUpStore } = await import('./store-setup.js');
        return setUpStore({ data, choice, holders, hold, found: await current() });
      });
    },

    async open(memo) {
      const { kind } = memo;
      const directory = recordDirectory(data, kind);
      return createFileStore({ kind, directory, seal: await sealOf(memo), lock: guarded(memo) });
    },

    async look(memo, name) {
      return readRecordFile(join(recordDirectory(data, memo.kind), `${name}.json`), name, await sealOf(memo));
    },

    async renew(memo) {
      if (memo.kind === 'plain' || !(await isEmpty(recordDirectory(data, memo.kind)))) return false;
      return exclusive(async (hold) => {
        await drain();
        // Somebody was quicker.
        if (!sameStore(await current(), memo)) return true;
        const { renewStore } = await import('./store-setup.js');
        return renewStore({ data, holders, hold, memo });
      });
    },
  };
}

/**
 * True when this is the store to write to and nothing is left to do about it. Throws `config_invalid` where the choice
 * contradicts the records.
 */
async function isSettled(data: string, memo: StoreMemo, choice: LocalStoreChoice): Promise<boolean> {
  await checkChoice(data, memo, choice);
  if (choice !== 'auto' && memo.kind !== choice) return false;
  return memo.leaving === undefined && (await exists(memoPath(data)));
}

/** Credentials in one store and a configuration that names another: never a second store beside the first. */
export async function checkChoice(
  data: string,
  { kind }: StoreMemo,
  choice: LocalStoreChoice,
): Promise<void> {
  if (choice === 'auto' || choice === kind) return;
  const directory = recordDirectory(data, kind);
  if (await isEmpty(directory)) return;
  throw new McpassError(
    'config_invalid',
    `credentials_store is ${choice}, but the credentials are in the ${kind} store (${directory}).`,
    {
      step: 'store',
      fault: 'yours',
      remedy: { do: 'say', text: `mcpass config store ${choice} moves them` },
      facts: { configured: choice, current: kind },
    },
  );
}

/** What is there where no memo is: the stores of a version without one, or a memo that got lost. */
async function discover(data: string): Promise<StoreMemo | undefined> {
  const found: StoreMemo[] = [];
  for (const kind of ['keyring', 'passphrase'] as const) {
    const directory = recordDirectory(data, kind);
    if (!(await exists(directory))) continue;
    const { keyFilePath, lostKeyFile, readKeyId } = await import('./seal/key-file.js');
    const hasRecords = (await recordNames(directory)).length > 0;
    const keyId = await readKeyId(directory).catch((thrown: unknown) => {
      // Nothing was sealed with it that is still there.
      if (isKeyLost(thrown) && !hasRecords) return undefined;
      throw thrown;
    });
    if (keyId === undefined && hasRecords) throw lostKeyFile(keyFilePath(directory), 'it does not exist');
    if (keyId !== undefined) found.push({ kind, since: new Date().toISOString(), keyId });
  }
  const plain = recordDirectory(data, 'plain');
  // Only where something sealed is found is the directory listed: not on the way to a plain record.
  if (found.length === 0 ? await exists(plain) : (await recordNames(plain)).length > 0) {
    found.push({ kind: 'plain', since: new Date().toISOString() });
  }
  if (found.length > 1) {
    const kinds = found.map(({ kind }) => recordDirectory(data, kind)).join(' and ');
    throw unreadable(memoPath(data), `it is missing, and there are credentials in ${kinds}`, {
      remedy: 'move away the one of these directories that is not in use, then run the command again',
    });
  }
  return found[0];
}
