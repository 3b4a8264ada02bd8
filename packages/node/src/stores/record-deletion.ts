import {
  type CredentialRecord,
  isMcpassError,
  keyText,
  type RecordKey,
  recordName,
  type Store,
} from '@mcpass/auth';
import { type FileStores, followMoves } from './file-stores.js';
import { deleteKept, keptFiles, refuseLinks } from './store-places.js';
import { MISPLACED, SET_ASIDE, UNUSED } from './unreadable-record.js';

/** What was deleted for good. */
export interface DeletedRecord {
  /** Whether there was anything. */
  readonly deleted: boolean;
  /** What it was, where it could be read: its tokens can be revoked. */
  readonly record?: CredentialRecord;
  /** Why it could not be read; a sentence. */
  readonly trouble?: string;
}

/**
 * Deletes a credential in every store, with what was set aside of it, whether or not anybody can read it. Claims no room
 * on the disk: it must work where nothing else does. `change` sees it under its lock before that; where it returns the same
 * one, nothing is deleted. Throws `store_unwritable`.
 */
export async function deleteRecord(
  stores: FileStores,
  key: RecordKey,
  change: Parameters<Store['update']>[1],
): Promise<DeletedRecord> {
  const name = await recordName(key);
  const kept = await keptFiles(stores.data);
  // Where there is nothing, nothing is made either: no directory, no lock.
  if (!kept.some((file) => file.name === name)) {
    await refuseLinks(stores.data);
    await change(undefined);
    return { deleted: false };
  }
  return followMoves(stores, () =>
    stores.alone(name, async (hold) => {
      const seen = await lookAt(stores, key, name);
      const next = await change(seen.record);
      if (next !== undefined && next === seen.record) return { ...seen, deleted: false };
      await hold.check();
      return { ...seen, deleted: await deleteKept(stores.data, name) };
    }),
  );
}

/** Deletes what is kept under a name in every store, without a look at it. False when there was nothing. */
export function discardRecord(stores: FileStores, name: string): Promise<boolean> {
  return followMoves(stores, () =>
    stores.alone(name, async (hold) => {
      await hold.check();
      return deleteKept(stores.data, name);
    }),
  );
}

type Seen = Omit<DeletedRecord, 'deleted'>;

async function lookAt(stores: FileStores, key: RecordKey, name: string): Promise<Seen> {
  try {
    const memo = await stores.current();
    const found = memo && (await stores.look(memo, name));
    if (found === undefined || found.kind === 'missing') {
      const others = (await keptFiles(stores.data)).filter((file) => file.name === name);
      return unread(others.every(({ aside }) => aside) ? SET_ASIDE : UNUSED);
    }
    if (found.kind !== 'record') return unread(found.reason);
    return keyText(found.record) === keyText(key) ? { record: found.record } : unread(MISPLACED);
  } catch (thrown) {
    if (isMcpassError(thrown) && thrown.code === 'store_unreadable') return { trouble: thrown.message };
    throw thrown;
  }
}

function unread(reason: string): Seen {
  return { trouble: `The credential cannot be read: ${reason}.` };
}
