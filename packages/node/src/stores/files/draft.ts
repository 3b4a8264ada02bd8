import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from './errno.js';
import { markedLives, OWNER_MARK, ownerMark } from '../lock/lock-owner.js';
import { randomHex } from '../../random.js';

/** A new version of a file, beside it, which takes its place whole or not at all. */
export interface Draft {
  /** Writes through to the disk and takes the file's place; `last` runs just before that and may still refuse. */
  commit(text: string, last?: () => Promise<void>): Promise<void>;
  /** Removes the draft; does nothing after a commit. */
  discard(): Promise<void>;
}

export interface DraftOptions {
  /** Permission bits of the new file, whatever the umask. */
  readonly mode: number;
  /** Bytes to claim now, so that a full disk shows before the text exists. */
  readonly reserve?: number;
}

/** How the name of a draft begins, after the name of its file. */
export const DRAFT_MARK = '.draft-';

/** The end of the name of a draft, as a regular expression; its one group is the mark of its owner. */
export const DRAFT_ENDING: string = String.raw`${DRAFT_MARK.replace('.', String.raw`\.`)}(${OWNER_MARK.source})-[0-9a-f]{12}`;

const DRAFT = new RegExp(`${DRAFT_ENDING}$`);
/** Milliseconds after which a draft is nobody's work any more, where it cannot be told whether its writer lives. */
const LITTER_AGE_MS = 3_600_000;

/** Where a draft for `path` may stand. Says whose it is. */
export function draftPath(path: string): string {
  return `${path}${DRAFT_MARK}${ownerMark()}-${randomHex(6)}`;
}

/** Removes the drafts in a directory whose writers were killed: they may hold secrets. Best effort. */
export async function sweepDrafts(directory: string): Promise<void> {
  if (!(await isDirectory(directory))) return;
  for (const name of await readdir(directory).catch(() => [])) {
    const mark = DRAFT.exec(name)?.[1];
    if (mark === undefined) continue;
    const path = join(directory, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isFile() !== true) continue;
    if (!(markedLives(mark) ?? Date.now() - stats.mtimeMs < LITTER_AGE_MS)) await remove(path);
  }
}

/** Not a link to one. */
async function isDirectory(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch(() => undefined);
}

/** Opens a draft for `path` in the same directory. Throws the system's errors. */
export async function openDraft(path: string, options: DraftOptions): Promise<Draft> {
  const draft = draftPath(path);
  // O_EXCL and O_NOFOLLOW: never through a link that somebody laid under this name.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  const file = await open(draft, flags, options.mode);
  let gone = false;

  const discard = async () => {
    if (gone) return;
    gone = true;
    await file.close().catch(() => undefined);
    await remove(draft);
  };

  try {
    if (process.platform !== 'win32') await file.chmod(options.mode);
    if (options.reserve !== undefined) await writeAll(file, Buffer.alloc(options.reserve));
  } catch (thrown) {
    await discard();
    throw thrown;
  }

  return {
    async commit(text, last) {
      try {
        await overwrite(file, text);
        await last?.();
        await file.close();
        await replace(draft, path);
        gone = true;
      } finally {
        await discard();
      }
      await syncDirectory(dirname(path));
    },
    discard,
  };
}

async function overwrite(file: FileHandle, text: string): Promise<void> {
  const bytes = Buffer.from(text, 'utf8');
  await writeAll(file, bytes);
  await file.truncate(bytes.length);
  await file.sync();
}

/** A disk that is nearly full takes a part and says nothing; only the next write fails. */
async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, written);
    written += bytesWritten;
  }
}

/** On Windows a virus scanner or a reader may hold the target for a moment. */
async function replace(from: string, to: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await rename(from, to);
      return;
    } catch (thrown) {
      const busy = ['EPERM', 'EACCES', 'EBUSY'].includes(errnoOf(thrown) ?? '');
      if (process.platform !== 'win32' || !busy || attempt === 9) throw thrown;
      await delay(10 * 2 ** Math.min(attempt, 5));
    }
  }
}

/** Makes a rename or removal in a directory survive a power cut, where the system knows how. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch {
    // Some network and FUSE file systems cannot; the file itself is written.
  } finally {
    await handle.close();
  }
}
