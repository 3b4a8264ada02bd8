import { findKey, type KeyHolders, keyFilePath, lostKeyFile } from './key-file.js';
import { createKeySeal } from './key-seal.js';
import type { Seal } from './seal.js';
import type { SealKey } from './seal-key.js';
import type { SealedKind } from '../store-choice.js';

export interface StoreSealOptions {
  readonly directory: string;
  /** The key that the store is known to have. */
  readonly keyId: string | undefined;
  readonly holders: KeyHolders;
}

/** The seal of a store. Its key is fetched when the first record has to be opened, and once. */
export function createStoreSeal(kind: SealedKind, { directory, keyId, holders }: StoreSealOptions): Seal {
  let fetched: Promise<SealKey> | undefined;
  const fetchKey = async () => {
    const key = await findKey(kind, directory, holders);
    if (key.id !== keyId) throw lostKeyFile(keyFilePath(directory), 'it is that of another store');
    return key;
  };
  return createKeySeal(() => {
    fetched ??= fetchKey().catch((thrown: unknown) => {
      // A keyring that is unlocked, or a passphrase that is typed right, may help the next time.
      fetched = undefined;
      throw thrown;
    });
    return fetched;
  });
}
