import { McpassError } from '@mcpass/auth';
import type { Environment } from '../environment.js';
import { createKey, forgetKey, type KeyHolders, keyFilePath, noKeyring, readKeyId } from './seal/key-file.js';
import { KeyringError } from './seal/keyring.js';
import type { Hold } from './lock/lock.js';
import { givenPassphrase } from './seal/passphrase.js';
import { makePrivateDirectory } from './files/private-directory.js';
import type { SealKey } from './seal/seal-key.js';
import type { FileStoreKind, SealedKind, LocalStoreChoice } from './store-choice.js';
import { memoPath, type StoreMemo, writeStoreMemo } from './store-memo.js';
import { deleteFile, deleteRecords, exists, isEmpty, recordDirectory } from './store-places.js';

export interface StoreSetupParts {
  readonly data: string;
  readonly choice: LocalStoreChoice;
  readonly holders: KeyHolders;
  readonly hold: Hold;
  /** What is the current store, as far as anybody knows. */
  readonly found: StoreMemo | undefined;
}

/**
 * The store to write to from now on, and the memo that says so: the one that is there, cleaned of what a move left
 * behind; else a new one. Only while nobody else changes which store is current.
 */
export async function setUpStore({
  data,
  choice,
  holders,
  hold,
  found,
}: StoreSetupParts): Promise<StoreMemo> {
  const write = async (memo: StoreMemo) => {
    await writeStoreMemo(data, memo, () => hold.check());
    return memo;
  };
  const known = await exists(memoPath(data));
  const empty = found === undefined || (await isEmpty(recordDirectory(data, found.kind)));
  const wanted = found !== undefined && (choice === 'auto' || found.kind === choice);
  // An empty directory for plain records was no decision.
  if (wanted && (known || found.kind !== 'plain' || !empty)) {
    if (found.leaving !== undefined) return leaveStore(data, found, holders.env, hold);
    return known ? found : write(found);
  }
  // Somebody was quicker and signed in: the caller looks again, and is told about the contradiction.
  if (found !== undefined && !wanted && !empty) return found;
  const { because, ...store } = await makeStore(data, choice, holders);
  const memo = await write({ ...store, since: new Date().toISOString(), ...(because && { because }) });
  if (found !== undefined && found.kind !== memo.kind) await deleteStore(data, found.kind, holders.env);
  return memo;
}

interface MadeStore {
  readonly kind: FileStoreKind;
  readonly keyId?: string;
  readonly because?: string;
}

async function makeStore(data: string, choice: LocalStoreChoice, holders: KeyHolders): Promise<MadeStore> {
  if (choice === 'keyring' || choice === 'passphrase') {
    return { kind: choice, keyId: (await prepareSealed(data, choice, holders)).id };
  }
  if (choice !== 'auto') return { kind: 'plain' };
  let because: string;
  try {
    return { kind: 'keyring', keyId: (await makeSealed(data, 'keyring', holders)).id };
  } catch (thrown) {
    if (!(thrown instanceof KeyringError)) throw thrown;
    because = thrown.message;
  }
  if (givenPassphrase(holders.env) === undefined) {
    if ((await holders.agreeToPlain?.(because)) === false) throw notPlain(because);
    return { kind: 'plain', because };
  }
  return { kind: 'passphrase', keyId: (await makeSealed(data, 'passphrase', holders)).id, because };
}

function notPlain(because: string): McpassError {
  return new McpassError(
    'store_unwritable',
    `Nothing is kept in plain files, and nothing better is here: ${because}.`,
    {
      step: 'store',
      fault: 'yours',
      remedy: {
        do: 'say',
        text: 'mcpass config store passphrase seals credentials with a passphrase (or set MCPASS_PASSPHRASE); a keyring is used where the session has one',
      },
    },
  );
}

export interface Renewing extends Pick<StoreSetupParts, 'data' | 'holders' | 'hold'> {
  readonly memo: StoreMemo;
}

/**
 * A new key for a sealed store that has lost its own, and nothing else: with records in it, whoever finds the key again
 * must be able to open them. Only while nobody else writes. False when it is not empty.
 */
export async function renewStore({ data, holders, hold, memo }: Renewing): Promise<boolean> {
  const { kind } = memo;
  if (kind === 'plain' || !(await isEmpty(recordDirectory(data, kind)))) return false;
  const { id: keyId } = await prepareSealed(data, kind, holders);
  await writeStoreMemo(data, { ...memo, keyId, since: new Date().toISOString() }, () => hold.check());
  return true;
}

/** An empty sealed store with a new key. Throws `store_…`. */
export async function prepareSealed(data: string, kind: SealedKind, holders: KeyHolders): Promise<SealKey> {
  try {
    return await makeSealed(data, kind, holders);
  } catch (thrown) {
    throw thrown instanceof KeyringError ? noKeyring(thrown) : thrown;
  }
}

async function makeSealed(data: string, kind: SealedKind, holders: KeyHolders): Promise<SealKey> {
  const directory = recordDirectory(data, kind);
  await deleteStore(data, kind, holders.env);
  await makePrivateDirectory(directory);
  try {
    return await createKey(kind, directory, holders);
  } catch (thrown) {
    await deleteStore(data, kind, holders.env).catch(() => undefined);
    throw thrown;
  }
}

/** Deletes what is left of the other store. */
export async function leaveStore(
  data: string,
  memo: StoreMemo,
  env: Environment,
  hold: Hold,
): Promise<StoreMemo> {
  const { leaving, ...left } = memo;
  if (leaving !== undefined) await deleteStore(data, leaving, env);
  await writeStoreMemo(data, left, () => hold.check());
  return left;
}

/** Deletes the records of a store, its key file and its key. Never of the current one. */
export async function deleteStore(data: string, kind: FileStoreKind, env: Environment): Promise<void> {
  const directory = recordDirectory(data, kind);
  const keyId = kind === 'keyring' ? await readKeyId(directory).catch(() => undefined) : undefined;
  await deleteRecords(directory);
  if (kind === 'plain') return;
  await deleteFile(keyFilePath(directory));
  if (keyId !== undefined) await forgetKey(keyId, env);
  await deleteRecords(directory);
}
