import { createFileStore, type FileStore } from './file-store.js';
import type { Lock } from './lock.js';
import { plainSeal } from './plain-seal.js';

export interface PlainStoreOptions {
  readonly directory: string;
  /** Who else may write: only this process when absent. */
  readonly lock?: Lock;
}

/** Records as JSON in files that only their owner can read. */
export function createPlainStore(options: PlainStoreOptions): FileStore {
  return createFileStore({ ...options, kind: 'plain', seal: plainSeal });
}
