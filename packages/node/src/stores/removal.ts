import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isMcpassError, McpassError } from '@mcpass/auth';
import type { Environment } from '../environment.js';
import type { Paths } from '../paths.js';
import { DRAFT_ENDING } from './files/draft.js';
import { errnoOf } from './files/errno.js';
import { keyFilePath, keyName, readKeyId, removeKey } from './seal/key-file.js';
import { FILE_STORE_KINDS } from './store-choice.js';
import { unwritable } from './store-error.js';
import { memoPath, readStoreMemo } from './store-memo.js';
import {
  bindingDirectory,
  listingDirectory,
  lockDirectory,
  offerDirectory,
  recordDirectory,
  clientSecretDirectory,
  turnDirectory,
} from './store-places.js';

export interface RemovalOptions {
  readonly paths: Paths;
  /** Says where the keyring is. */
  readonly env: Environment;
  /** Files in the directory of client secrets that the configuration names: by their own names they could be anybody's. */
  readonly secretFiles: readonly string[];
  /** Tells what would be removed, and removes nothing. */
  readonly dry: boolean;
}

/** What is gone from this machine, or would be. */
export interface Removal {
  /** Entries of the keyring. */
  readonly keys: readonly string[];
  /** Files and directories. */
  readonly removed: readonly string[];
  /** What is in our directories and not ours, and links. */
  readonly left: readonly string[];
  /** What could not be removed. */
  readonly failures: readonly McpassError[];
}

/** What is ours by its name, by directory; the innermost first. */
type Rooms = ReadonlyMap<string, readonly RegExp[]>;

const HASH = '[0-9a-f]{64}';
const DRAFT = `(?:${DRAFT_ENDING})?`;
/** With a new text for it, or a marker of one who removes it. Where there are links each is one, to nowhere. */
const LOCK = String.raw`\.lock(?:\.[\w-]+)?`;

function roomsOf({ config, data, state, cache }: Paths): Rooms {
  const rooms = new Map<string, RegExp[]>();
  const room = (directory: string, ...names: readonly string[]) => {
    const patterns = names.map((name) => new RegExp(`^${name}$`));
    rooms.set(directory, [...(rooms.get(directory) ?? []), ...patterns]);
  };
  for (const kind of FILE_STORE_KINDS) {
    room(
      recordDirectory(data, kind),
      String.raw`${HASH}\.json${DRAFT}`,
      String.raw`${HASH}\.json\.set-aside-.+`,
      String.raw`key\.json${DRAFT}`,
      `probe${DRAFT}`,
    );
  }
  room(lockDirectory(data), `(?:${HASH}|store|probe)${LOCK}`);
  room(bindingDirectory(data), String.raw`${HASH}\.json${DRAFT}`, `${HASH}${LOCK}`);
  room(clientSecretDirectory(data), `.+${DRAFT_ENDING}`);
  room(turnDirectory(data), `${HASH}${LOCK}`);
  room(offerDirectory(data), String.raw`${HASH}\.url${DRAFT}`, `${HASH}${LOCK}`);
  room(join(state, 'locks'), `.+${LOCK}`);
  room(listingDirectory(cache), String.raw`${HASH}\.json${DRAFT}`);
  room(cache);
  room(state);
  room(data, String.raw`store\.json${DRAFT}`);
  room(config, String.raw`config\.toml${DRAFT}`, String.raw`config\.toml${LOCK}`);
  return rooms;
}

/**
 * Removes what mcpass keeps on this machine: the key in the keyring, what is ours in our directories, and these where
 * nothing else is in them. Follows no link. What fails stops nothing else.
 */
export async function removeOwnFiles({ paths, env, secretFiles, dry }: RemovalOptions): Promise<Removal> {
  const failures: McpassError[] = [];
  const keys: string[] = [];
  /** What says how a key is called stays as long as the key does: the next attempt asks there. */
  const needed = new Set<string>();
  const keyDirectory = recordDirectory(paths.data, 'keyring');
  for (const id of await keyIds(paths.data, keyDirectory)) {
    try {
      if (!dry) await removeKey(id, env);
      keys.push(keyName(id));
    } catch (thrown) {
      if (!isMcpassError(thrown)) throw thrown;
      failures.push(thrown);
      needed.add(keyFilePath(keyDirectory)).add(memoPath(paths.data));
    }
  }

  const gone = new Set<string>();
  const left = new Set<string>();
  const remove = async (path: string, work: () => Promise<void>) => {
    try {
      if (!dry) await work();
      gone.add(path);
    } catch (thrown) {
      failures.push(unwritable(path, thrown));
    }
  };
  const rooms = roomsOf(paths);
  const links = await linksAmong([paths.data, paths.state, paths.cache]);
  for (const [directory, ours] of rooms) {
    if (links.some((link) => directory.startsWith(link + sep))) continue;
    const entries = await entriesOf(directory);
    if (entries instanceof McpassError) failures.push(entries);
    if (entries === 'no directory') left.add(directory);
    if (!Array.isArray(entries)) continue;
    for (const { name, isFile, isLink } of entries) {
      const path = join(directory, name);
      if (gone.has(path) || left.has(path) || needed.has(path) || rooms.has(path)) continue;
      const isOurs =
        (isFile || (isLink && IS_LOCK.test(name))) &&
        (ours.some((pattern) => pattern.test(name)) || secretFiles.includes(path));
      if (isOurs) await remove(path, () => unlink(path));
      else left.add(path);
    }
    if (entries.every(({ name }) => gone.has(join(directory, name))))
      await remove(directory, () => rmdir(directory));
  }
  return { keys, removed: [...gone], left: [...left], failures };
}

const IS_LOCK = new RegExp(`${LOCK}$`);

/** Of the store that is current, and of one that is being left or made. */
async function keyIds(data: string, directory: string): Promise<ReadonlySet<string>> {
  const memo = await readStoreMemo(data).catch(() => undefined);
  const beside = await readKeyId(directory).catch(() => undefined);
  const ids = [memo?.kind === 'keyring' ? memo.keyId : undefined, beside];
  return new Set(ids.filter((id) => id !== undefined));
}

async function linksAmong(directories: readonly string[]): Promise<readonly string[]> {
  const looks = directories.map(async (directory) => {
    const stats = await lstat(directory).catch(() => undefined);
    return stats?.isSymbolicLink() === true ? [directory] : [];
  });
  return (await Promise.all(looks)).flat();
}

interface Entry {
  readonly name: string;
  readonly isFile: boolean;
  readonly isLink: boolean;
}

async function entriesOf(
  directory: string,
): Promise<readonly Entry[] | 'no directory' | 'nothing' | McpassError> {
  try {
    if (!(await lstat(directory)).isDirectory()) return 'no directory';
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.map((entry) => ({
      name: entry.name,
      isFile: entry.isFile(),
      isLink: entry.isSymbolicLink(),
    }));
  } catch (thrown) {
    return errnoOf(thrown) === 'ENOENT' ? 'nothing' : unwritable(directory, thrown);
  }
}
