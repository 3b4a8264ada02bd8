import { createMemoryStore, type CredentialRecord, type RecordKey, type Store } from '@mcpass/auth';
import type { Environment } from '../environment.js';
import type { Paths } from '../paths.js';
import type { FileStore, Survey } from './file-store.js';
import { checkChoice, createFileStores, type FileStores, followMoves, Moved, MOVES } from './file-stores.js';
import type { AgreeToPlain, AskPassphrase } from './seal/passphrase.js';
import type { FileStoreKind, LocalStoreChoice } from './store-choice.js';
import { isKeyLost } from './store-error.js';
import { sameStore, type StoreMemo } from './store-memo.js';
import { type KeptFile, keptFiles, recordDirectory } from './store-places.js';
import { discardRecord, deleteRecord, type DeletedRecord } from './record-deletion.js';
import { SET_ASIDE, unreadableFile, type UnreadableRecord, UNUSED } from './unreadable-record.js';

export interface OpenStoreOptions {
  readonly choice: LocalStoreChoice;
  readonly paths: Pick<Paths, 'data'>;
  /** Says where the keyring is (the session bus) and may hold the passphrase; the process's own when absent. */
  readonly env?: Environment;
  /** Who types the passphrase of a passphrase store. Absent where nobody can be asked. */
  readonly askPassphrase?: AskPassphrase | undefined;
  /** Asked once, where `auto` finds nothing better than plain files; they are taken where it is absent. */
  readonly agreeToPlain?: AgreeToPlain | undefined;
  /** Told, when a write has waited for a second, who is being waited for: "process 4711". */
  readonly onWait?: ((holder: string) => void) | undefined;
}

/** A store, and what people are told about it. */
export interface OpenedStore extends Store {
  /**
   * For `login` and `status`: "plain file, readable only by you, in /home/ada/.local/share/mcpass/credentials". With
   * `auto`, it is known (as are kind and location) after the first look at the store.
   */
  readonly description: string;
  /** Tries a write. Throws `store_unwritable`; call it before a sign-in, so that no code is spent in vain. */
  probe(): Promise<void>;
  /**
   * Deletes a credential in every store, whether or not anybody can read it, and hands it back where it could be. `change`
   * sees it under its lock before that; where it returns the same one, nothing is deleted.
   */
  take(key: RecordKey, change: Parameters<Store['update']>[1]): Promise<DeletedRecord>;
  /** Deletes what is kept under the name of a key (`recordName`), without a look at it. False when there was nothing. */
  discard(name: string): Promise<boolean>;
  /** Every file with a credential in any store of this machine. Needs no key. */
  kept(): Promise<readonly KeptFile[]>;
  /** The records, and the files in any store that cannot be read; each file is opened once. */
  survey(): Promise<Survey>;
  /** Those files alone. */
  unreadable(): Promise<readonly UnreadableRecord[]>;
  /** Those of them that were set aside. Needs no key. */
  asides(): Promise<readonly UnreadableRecord[]>;
}

/** Opens the store that was chosen. Touches no file until it is used. */
export function openStore(options: OpenStoreOptions): OpenedStore {
  const { choice, paths, env = process.env, askPassphrase, agreeToPlain, onWait } = options;
  if (choice === 'memory') {
    return openedStore(createMemoryStore(), 'the memory of this process, gone when it ends');
  }
  return createCurrentStore(
    createFileStores(paths.data, { env, ask: askPassphrase, agreeToPlain }, onWait),
    choice,
  );
}

/** A store that has no files, with what people are told about it. */
export function openedStore(
  store: Store,
  description: string,
  probe: OpenedStore['probe'] = () => Promise.resolve(),
): OpenedStore {
  return {
    ...store,
    description,
    probe,
    async take(key, change) {
      let record: CredentialRecord | undefined;
      const left = await store.update(key, async (current) => {
        record = current;
        return (await change(current)) === current ? current : undefined;
      });
      return { deleted: record !== left, ...(record && { record }) };
    },
    discard: () => Promise.resolve(false),
    kept: () => Promise.resolve([]),
    survey: async () => ({ records: await store.list(), unreadable: [] }),
    unreadable: () => Promise.resolve([]),
    asides: () => Promise.resolve([]),
  };
}

/** The store that is current in a data directory, whichever that is at the time of a call. */
function createCurrentStore(stores: FileStores, choice: Exclude<LocalStoreChoice, 'memory'>): OpenedStore {
  let known: StoreMemo | undefined;
  const kind = () => known?.kind ?? choice;

  const reading = async <T>(work: (store: FileStore) => Promise<T>, none: T): Promise<T> => {
    for (let move = 0; ; move += 1) {
      const memo = await stores.current();
      if (memo === undefined) return none;
      await checkChoice(stores.data, memo, choice);
      if (choice !== 'auto' && memo.kind !== choice) return none;
      known = memo;
      try {
        const result = await work(await stores.open(memo));
        // What is not there may have moved away while we looked.
        if (result !== undefined || move === MOVES || sameStore(await stores.current(), memo)) return result;
      } catch (thrown) {
        if (sameStore(await stores.current(), memo) && !(thrown instanceof Moved)) throw thrown;
        if (move === MOVES) throw thrown;
      }
    }
  };

  let swept: Promise<void> | undefined;
  /** Before the first write of a process, which takes its time anyway. */
  const sweep = async () => {
    const { sweepData } = await import('./litter.js');
    await (swept ??= sweepData(stores.data));
  };

  const writing = <T>(work: (store: FileStore) => Promise<T>): Promise<T> =>
    followMoves(stores, async () => {
      await sweep();
      const memo = await stores.settle(choice);
      known = memo;
      try {
        return await work(await stores.open(memo));
      } catch (thrown) {
        // An empty store need not wait for a key that may never come back.
        if (isKeyLost(thrown) && (await stores.renew(memo))) throw new Moved();
        throw thrown;
      }
    });

  return {
    get kind() {
      return kind();
    },
    get location() {
      return locationOf(stores.data, kind());
    },
    get description() {
      return describeStore(stores.data, kind(), choice === 'auto' ? known : undefined);
    },
    read: (key) => reading((store) => store.read(key), undefined),
    update: (key, change) => writing((store) => store.update(key, change)),
    list: async () => (await listing()).records,
    survey,
    probe: () => writing((store) => store.probe()),
    async take(key, change) {
      await sweep();
      return deleteRecord(stores, key, change);
    },
    discard: (name) => discardRecord(stores, name),
    kept: () => keptFiles(stores.data),
    unreadable: async () => (await survey()).unreadable,
    asides: async () =>
      (await keptFiles(stores.data))
        .filter(({ aside }) => aside)
        .map(({ file }) => unreadableFile(file, SET_ASIDE)),
  };

  /** What is in the directories of other stores than the current one. */
  async function leftBehind(): Promise<readonly UnreadableRecord[]> {
    const memo = await stores.current();
    return (await keptFiles(stores.data, [memo?.kind, memo?.leaving])).map(({ file, aside }) =>
      unreadableFile(file, aside ? SET_ASIDE : UNUSED),
    );
  }

  async function survey(): Promise<Survey> {
    const { records, unreadable } = await listing();
    return { records, unreadable: [...unreadable, ...(await leftBehind())] };
  }

  /** A list may be of a directory that was just being emptied: it counts only when the store stayed. */
  async function listing(): Promise<Survey> {
    const nothing: Survey = { records: [], unreadable: [] };
    const found = await reading<Survey | undefined>(async (store) => {
      const before = known;
      const result = await store.survey();
      return sameStore(await stores.current(), before) ? result : undefined;
    }, nothing);
    return found ?? nothing;
  }
}

function locationOf(data: string, kind: FileStoreKind | 'auto'): string {
  return kind === 'auto' ? data : recordDirectory(data, kind);
}

/** A store for people: what is in its files, where the key is, where the files are. */
export function describeStore(data: string, kind: FileStoreKind | 'auto', memo?: StoreMemo): string {
  const because = memo?.because === undefined ? '' : ` (because ${memo.because})`;
  return `${FORMS[kind]}, in ${locationOf(data, kind)}${because}`;
}

const FORMS: Readonly<Record<FileStoreKind | 'auto', string>> = {
  keyring: 'sealed file, with its key in the keyring of this system',
  passphrase: 'sealed file, with a key made of your passphrase',
  plain: process.platform === 'win32' ? 'plain file' : 'plain file, readable only by you',
  auto: 'the best store that this machine has, decided at the first sign-in',
};
