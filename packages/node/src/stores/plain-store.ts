import { createFileStore, type FileStore } from './file-store.js';
import { createFileLock } from './lock/lock-file.js';
import type { Lock } from './lock/lock.js';
import { plainSeal } from './seal/plain-seal.js';

export interface PlainStoreOptions {
  readonly directory: string;
  /** Shuts out who else may write. Absent: all other programs that open a store on this directory. */
  readonly lock?: Lock;
}

/** Records as JSON in files that only their owner can read. */
export function createPlainStore({ directory, lock }: PlainStoreOptions): FileStore {
  return createFileStore({
    kind: 'plain',
    directory,
    seal: plainSeal,
    lock: lock ?? createFileLock({ directory }),
  });
}
