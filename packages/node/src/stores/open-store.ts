import { join } from 'node:path';
import { createMemoryStore, McpassError, type Store } from '@mcpass/auth';
import type { Paths } from '../paths.js';
import { createFileLock } from './lock-file.js';
import { createPlainStore, type UnreadableRecord } from './plain-store.js';
import type { StoreChoice } from './store-choice.js';

export interface OpenStoreOptions {
  readonly choice: StoreChoice;
  readonly paths: Pick<Paths, 'data'>;
}

/** A store, and what people are told about it. */
export interface OpenedStore extends Store {
  /** For `login` and `status`: "plain file, readable only by you, in /home/ada/.local/share/mcpass/credentials". */
  readonly description: string;
  /** Tries a write. Throws `store_unwritable`; call it before a sign-in, so that no code is spent in vain. */
  probe(): Promise<void>;
  /** Record files that cannot be read. */
  unreadable(): Promise<readonly UnreadableRecord[]>;
}

/** Opens the store that was chosen. Touches no file. Throws `config_invalid` for a choice that this version lacks. */
export function openStore(options: OpenStoreOptions): OpenedStore {
  const { choice, paths } = options;
  if (choice === 'memory') {
    return {
      ...createMemoryStore(),
      description: 'the memory of this process, gone when it ends',
      probe: () => Promise.resolve(),
      unreadable: () => Promise.resolve([]),
    };
  }
  if (choice === 'auto' || choice === 'plain') return openPlainStore(join(paths.data, 'credentials'));
  throw new McpassError(
    'config_invalid',
    `This version of mcpass has no ${choice} store, only plain and memory.`,
    {
      step: 'store',
      fault: 'yours',
      remedy: { do: 'configure', key: 'credentials_store', value: '"plain"' },
    },
  );
}

function openPlainStore(directory: string): OpenedStore {
  // The locks live beside the records, not in the state directory: whoever shares the records must share the locks.
  const lock = createFileLock({ directory });
  const who = process.platform === 'win32' ? '' : ', readable only by you';
  return { ...createPlainStore({ directory, lock }), description: `plain file${who}, in ${directory}` };
}
