import { lstat, mkdir, readlink, realpath, stat, unlink } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isMcpassError, McpassError } from '@mcpass/auth';
import { openDraft, sweepDrafts } from '../stores/files/draft.js';
import { errnoOf, errnoWords } from '../stores/files/errno.js';
import { createFileLock, sweepLocks } from '../stores/lock/lock-file.js';
import { readText } from './document.js';

export interface TextChange {
  /** The new text; undefined removes the file. */
  readonly text: string | undefined;
  /** A copy of the old text, with the old file's mode, is laid here first. */
  readonly backup?: string;
}

export interface ChangeOptions {
  /** Where the lock lies; beside the file when absent. */
  readonly lockDirectory?: string;
  /** The new text for the old one; an undefined old text means that there is no file, an undefined change that nothing is to do. */
  readonly change: (text: string | undefined) => TextChange | undefined;
}

/** How often a change begins again because another program saved the file meanwhile. */
const ATTEMPTS = 5;
/** Milliseconds to wait for another mcpass that changes the same file. */
const LOCK_WAIT_MS = 10_000;

/**
 * Changes a text file that belongs to a person or to another program: whole or not at all, mode kept, through a symbolic
 * link to the file behind it, one mcpass at a time. Throws `config_invalid`, and what `change` throws.
 */
export async function changeText(file: string, options: ChangeOptions): Promise<void> {
  const target = await realFile(file);
  const directory = options.lockDirectory ?? dirname(target);
  const lock = createFileLock({ directory, waitMs: LOCK_WAIT_MS });
  const isBeside = options.lockDirectory === undefined;
  const name = (isBeside ? basename(target) : target.replaceAll(/[^\w.-]/g, '_')).slice(-200);
  try {
    // What a killed one left: beside the file that of its own name alone, for other programs have locks there too.
    await sweepLocks(directory, isBeside ? { of: (other) => other === name } : {});
    await sweepDrafts(dirname(target));
    await lock.run(name, () => replaceText(target, options.change));
  } catch (thrown) {
    if (isMcpassError(thrown) && thrown.code !== 'store_unwritable') throw thrown;
    throw unwritable(file, thrown);
  }
}

/** Other programs know nothing of our lock: when one saved meanwhile, the change begins again. */
async function replaceText(target: string, change: ChangeOptions['change']): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const before = readText(target);
    const after = change(before);
    if (after === undefined) return;
    if (before !== undefined) await refuseReadOnly(target);
    const refuseStale = async () => {
      if (readText(target) !== before) throw new FileChanged();
    };
    try {
      const mode = before === undefined ? 0o600 : (await stat(target)).mode & 0o777;
      if (after.backup !== undefined && before !== undefined) {
        await (await openDraft(after.backup, { mode })).commit(before, refuseStale);
      }
      if (after.text === undefined) {
        await refuseStale();
        await unlink(target);
      } else {
        await mkdir(dirname(target), { recursive: true });
        await (await openDraft(target, { mode })).commit(after.text, refuseStale);
      }
      return;
    } catch (thrown) {
      if (!(thrown instanceof FileChanged) || attempt === ATTEMPTS) throw thrown;
    }
  }
}

/**
 * A rename asks the directory, not the file; so this does: a file that nobody may write is so because somebody wants
 * it that way, or because another program makes it. Throws `config_invalid`.
 */
async function refuseReadOnly(target: string): Promise<void> {
  if (((await stat(target)).mode & 0o222) !== 0) return;
  const command = process.platform === 'win32' ? `attrib -r "${target}"` : `chmod u+w '${target}'`;
  throw new McpassError('config_invalid', `${target} is read-only; nothing was changed.`, {
    step: 'config',
    fault: 'yours',
    remedy: { do: 'say', text: `if it may be changed: ${command}` },
    facts: { place: target },
  });
}

/** Somebody wrote the file between our reading and our writing. */
class FileChanged extends Error {}

/** Where a symbolic link leads: the link stays one. The target may not exist yet. */
async function realFile(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw unwritable(file, thrown);
    const link = await lstat(file).catch(() => undefined);
    return link?.isSymbolicLink() === true ? resolve(dirname(file), await readlink(file)) : file;
  }
}

function unwritable(file: string, cause: unknown): McpassError {
  return new McpassError('config_invalid', `${file} cannot be written: ${whyUnwritable(cause)}.`, {
    step: 'config',
    fault: 'yours',
    cause,
    facts: { place: file },
  });
}

function whyUnwritable(cause: unknown): string {
  if (cause instanceof FileChanged) return 'another program keeps changing it';
  if (!isMcpassError(cause)) return errnoWords(cause);
  return cause.cause === undefined ? cause.message.replace(/\.$/, '') : errnoWords(cause.cause);
}
