import { join } from 'node:path';
import { McpassError } from '@mcpass/auth';
import { createFileStore, type FileStore } from './file-store.js';
import type { KeyHolders } from './key-file.js';
import { createFileLock } from './lock-file.js';
import type { Hold, Lock } from './lock.js';
import { plainSeal } from './plain-seal.js';
import { makePrivateDirectory } from './private-directory.js';
import type { Seal } from './seal.js';
import type { SealedKind, StoreChoice } from './store-choice.js';
import { unreadable } from './store-error.js';
import { memoPath, readStoreMemo, sameStore, type StoreMemo } from './store-memo.js';
import { exists, lockDirectory, recordDirectory, recordNames } from './store-places.js';

/** The stores of one data directory: one of them is the current one, and all share their locks. */
export interface FileStores {
  readonly data: string;
  /** The current store; undefined when nothing was decided and nothing is there. Creates nothing. */
  current(): Promise<StoreMemo | undefined>;
  /** The current store, which is made as `choice` says when there is none. */
  settle(choice: StoreChoice): Promise<StoreMemo>;
  /** The records of a store. What writes there throws `Moved` while the current store changes or is another one. */
  open(memo: StoreMemo): Promise<FileStore>;
  /** Alone in this data directory, among all that change which store is current. */
  exclusive<T>(work: (hold: Hold) => Promise<T>): Promise<T>;
  readonly lock: Lock;
}

/** What is thrown inside, where a writer must look again which store is the current one. */
export class Moved extends Error {}

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

  const current = async () => (await readStoreMemo(data)) ?? discover(data);

  /**
   * A writer locks its record and then looks whether somebody moves; who moves announces that and then waits for the
   * records' locks: whichever came second sees the other.
   */
  const guarded = (memo: StoreMemo): Lock => ({
    run: (name, work) =>
      lock.run(name, async (hold) => {
        if (await exists(join(locks, `${EXCLUSIVE}.lock`))) throw new Moved();
        if (!sameStore(await current(), memo)) throw new Moved();
        return work(hold);
      }),
  });

  const sealOf = async (kind: SealedKind, keyId: string | undefined): Promise<Seal> => {
    const known = seals.get(`${kind} ${keyId}`);
    if (known !== undefined) return known;
    const { createStoreSeal } = await import('./store-seal.js');
    const seal = createStoreSeal(kind, { directory: recordDirectory(data, kind), keyId, holders });
    seals.set(`${kind} ${keyId}`, seal);
    return seal;
  };

  return {
    data,
    lock,
    exclusive,
    current,

    async settle(choice) {
      const memo = await current();
      if (memo !== undefined && (await isSettled(data, memo, choice))) return memo;
      return exclusive(async (hold) => {
        const { settleStore } = await import('./store-founding.js');
        return settleStore({ data, choice, holders, hold, found: await current() });
      });
    },

    async open(memo) {
      const { kind, keyId } = memo;
      const directory = recordDirectory(data, kind);
      const seal = kind === 'plain' ? plainSeal : await sealOf(kind, keyId);
      return createFileStore({ kind, directory, seal, lock: guarded(memo) });
    },
  };
}

/** True when this is the store to write to and nothing is left to do about it. Throws where the choice contradicts the records. */
async function isSettled(data: string, memo: StoreMemo, choice: StoreChoice): Promise<boolean> {
  await checkChoice(data, memo, choice);
  if (choice !== 'auto' && memo.kind !== choice) return false;
  return memo.leaving === undefined && (await exists(memoPath(data)));
}

/** Credentials in one store and a configuration that names another: never a second store beside the first. */
export async function checkChoice(data: string, { kind }: StoreMemo, choice: StoreChoice): Promise<void> {
  if (choice === 'auto' || choice === kind) return;
  const directory = recordDirectory(data, kind);
  if ((await recordNames(directory)).length === 0) return;
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
    const { readKeyId } = await import('./key-file.js');
    const keyId = await readKeyId(directory);
    if (keyId !== undefined) found.push({ kind, since: new Date().toISOString(), keyId });
  }
  const plain = recordDirectory(data, 'plain');
  // Only where something sealed is found is the directory listed: not on the way to a plain record.
  if (found.length === 0 ? await exists(plain) : (await recordNames(plain)).length > 0) {
    found.push({ kind: 'plain', since: new Date().toISOString() });
  }
  if (found.length > 1) {
    const kinds = found.map(({ kind }) => recordDirectory(data, kind)).join(' and ');
    throw unreadable(memoPath(data), `it is missing, and there are credentials in ${kinds}`);
  }
  return found[0];
}
