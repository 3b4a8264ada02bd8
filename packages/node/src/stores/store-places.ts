import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DRAFT_MARK, syncDirectory } from './files/draft.js';
import { errnoOf, errnoWords } from './files/errno.js';
import { FILE_STORE_KINDS, type FileStoreKind } from './store-choice.js';
import { unreadable, unwritable } from './store-error.js';

/** How the name of a file ends that could not be read and was moved out of the way, up to the time of that. */
export const ASIDE_MARK = '.set-aside-';

/** What may be in the directory of a store: a record, one that was set aside, one that is being written. */
const FILES = {
  record: /^([0-9a-f]{64})\.json$/,
  aside: /^([0-9a-f]{64})\.json\.set-aside-/,
  draft: new RegExp(`^([0-9a-f]{64})\\.json${DRAFT_MARK.replace('.', '\\.')}`),
} as const;

/** A file with a credential, whether or not anybody can read it. */
export interface KeptFile {
  /** That of the record's key (`recordName`). */
  readonly name: string;
  readonly file: string;
  readonly store: FileStoreKind;
  /** Moved out of the way by an earlier mcpass run, because it could not be read. */
  readonly aside: boolean;
}

/** Where the records of a store are, below the data directory. */
export function recordDirectory(data: string, kind: FileStoreKind): string {
  return join(data, kind === 'plain' ? 'credentials' : `credentials-${kind}`);
}

/**
 * Where the locks of all stores are: one place, whatever store is current, because a move must shut out those who write.
 * Below the data directory, because whoever shares the records must share the locks.
 */
export function lockDirectory(data: string): string {
  return join(data, 'credentials');
}

/** Where the turns to sign in are: apart from the records' locks, which a move waits for. */
export function turnDirectory(data: string): string {
  return join(data, 'sign-ins');
}

/** Where the offers of a sign-in are: apart from the turns, so that who signs in at the terminal waits for none. */
export function offerDirectory(data: string): string {
  return join(data, 'sign-in-offers');
}

/** The file in it with the address of an offer, by the name of the key. */
export function offerFile(name: string): string {
  return `${name}.url`;
}

/** Which authorization server each client belongs to that somebody brought. */
export function bindingDirectory(data: string): string {
  return join(data, 'clients');
}

/** The client secrets that were given on standard input. */
export function clientSecretDirectory(data: string): string {
  return join(data, 'client-secrets');
}

/** What servers listed, for completion: nothing that could not be fetched again. */
export function listingDirectory(cache: string): string {
  return join(cache, 'listings');
}

/** The names of the records in a directory; none when there is no such directory. */
export async function recordNames(directory: string): Promise<readonly string[]> {
  return (await names(directory)).flatMap((name) => FILES.record.exec(name)?.[1] ?? []);
}

/** Both of a directory, in a fixed order: the names of its records and the files that were set aside. */
export async function filesIn(
  directory: string,
): Promise<{ readonly names: readonly string[]; readonly asides: readonly string[] }> {
  const records: string[] = [];
  const asides: string[] = [];
  for (const entry of (await names(directory)).toSorted()) {
    const name = FILES.record.exec(entry)?.[1];
    if (name !== undefined) records.push(name);
    else if (FILES.aside.test(entry)) asides.push(join(directory, entry));
  }
  return { names: records, asides };
}

/** The files that were set aside in a directory. */
export async function asideFiles(directory: string): Promise<readonly string[]> {
  return (await names(directory))
    .filter((name) => FILES.aside.test(name))
    .map((name) => join(directory, name));
}

/** True when no credential is in a directory, not even one that nobody can read. */
export async function isEmpty(directory: string): Promise<boolean> {
  return !(await names(directory)).some((name) => FILES.record.test(name) || FILES.aside.test(name));
}

/** Where records may be, and whether that is a link: no store is there then, and what it leads to is not ours to delete. */
async function recordPlaces(data: string) {
  const places = FILE_STORE_KINDS.map(async (store) => {
    const directory = recordDirectory(data, store);
    const stats = await lstat(directory).catch(() => undefined);
    return { store, directory, isLink: stats?.isSymbolicLink() === true };
  });
  return Promise.all(places);
}

/** Throws `store_unreadable` where the directory of a store is a link. */
export async function refuseLinks(data: string): Promise<void> {
  const link = (await recordPlaces(data)).find(({ isLink }) => isLink);
  if (link !== undefined) throw unreadable(link.directory, 'it is a symbolic link');
}

/** Every file with a credential in any store, the current one or not, but for those that somebody has looked at. */
export async function keptFiles(
  data: string,
  but: readonly (FileStoreKind | undefined)[] = [],
): Promise<readonly KeptFile[]> {
  const kept: KeptFile[] = [];
  for (const { store, directory, isLink } of await recordPlaces(data)) {
    if (isLink || but.includes(store)) continue;
    for (const entry of (await names(directory)).toSorted()) {
      for (const form of ['record', 'aside'] as const) {
        const name = FILES[form].exec(entry)?.[1];
        if (name !== undefined)
          kept.push({ name, file: join(directory, entry), store, aside: form === 'aside' });
      }
    }
  }
  return kept;
}

/** Deletes what is kept under one name in every store. False when there was nothing. */
export async function deleteKept(data: string, name: string): Promise<boolean> {
  let deleted = false;
  for (const { directory, isLink } of await recordPlaces(data)) {
    if (isLink) continue;
    const own = (await names(directory)).filter((entry) =>
      Object.values(FILES).some((form) => form.exec(entry)?.[1] === name),
    );
    for (const entry of own) {
      await deleteFile(join(directory, entry));
      deleted ||= !FILES.draft.test(entry);
    }
    if (own.length > 0) await syncDirectory(directory);
  }
  return deleted;
}

/** The names of the locks that are held, or were when their holder died. */
export async function lockNames(directory: string): Promise<readonly string[]> {
  return (await names(directory)).flatMap((name) => /^(.+)\.lock$/.exec(name)?.[1] ?? []);
}

async function names(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw unreadable(directory, errnoWords(thrown), { cause: thrown });
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw unreadable(path, errnoWords(thrown), { cause: thrown });
  }
}

/** Deletes the records and drafts in a directory, and the directory when nothing else is in it. */
export async function deleteRecords(directory: string): Promise<void> {
  for (const name of await names(directory)) {
    if (FILES.record.test(name) || FILES.draft.test(name)) await deleteFile(join(directory, name));
  }
  await rmdir(directory).catch(() => undefined);
}

export async function deleteFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw unwritable(path, thrown);
  }
}
