import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { McpassError } from '@mcpass/auth';
import { errnoOf } from '../errno.js';
import { describeOwner, type LockOwner, ownerIsGone, ownerWords, parseOwner } from './lock-owner.js';
import { createQueueLock, type Hold, type Lock } from './lock.js';
import { unwritable } from './store-error.js';

export interface LockFileOptions {
  /** Has one file for each name that is held, NAME.lock; created (0700) when missing. */
  readonly directory: string;
  /** Milliseconds after which a holder may be taken for dead; at most and by default 45,000. */
  readonly holdMs?: number;
  /** Milliseconds to wait for a turn; 60,000 when absent. */
  readonly waitMs?: number;
  /** Holders put their deadline off as long as they live: for work that takes a person's time. */
  readonly renewed?: boolean;
  /** Told once in a wait of `tellAfterMs` who is being waited for: "process 4711". */
  readonly onWait?: ((holder: string) => void) | undefined;
  /** Milliseconds; 1,000 when absent. */
  readonly tellAfterMs?: number;
}

const HOLD_MS = 45_000;
const WAIT_MS = 60_000;
const TELL_AFTER_MS = 1_000;
/** How many times in one hold a holder puts its deadline off. */
const BEATS = 3;
/** Milliseconds after which a process that was removing a dead holder's file counts as dead itself. */
const REMOVE_MS = 10_000;
/** Milliseconds before the deadline from which a holder no longer trusts it. */
const MARGIN_MS = 1_000;
/** Dead removers of dead removers are followed this far in one go. */
const DEPTH = 3;

/**
 * Exclusive among all processes that use the same directory, and among the callers in this one. A holder that died is
 * noticed at once on the same machine, and at its deadline otherwise.
 */
export function createFileLock(options: LockFileOptions): Lock {
  const { directory, renewed = false, tellAfterMs = TELL_AFTER_MS } = options;
  const holdMs = Math.min(options.holdMs ?? HOLD_MS, HOLD_MS);
  const queue = createQueueLock();

  return {
    run: (name, work, { waitMs = options.waitMs ?? WAIT_MS, signal, onWait = options.onWait } = {}) =>
      // One of us polls at a time; the others stand in the queue.
      queue.run(
        name,
        async () => {
          await makeDirectory(directory);
          const path = join(directory, `${name}.lock`);
          const held = await acquire(path, { holdMs, waitMs, signal, onWait, tellAfterMs });
          const stopBeating = renewed ? beat(path, held, holdMs) : undefined;
          try {
            return await work(holdOf(path, held));
          } finally {
            await stopBeating?.();
            await release(path, held);
          }
        },
        { signal },
      ),
  };
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw unwritable(directory, thrown);
  }
}

/** What stands in our lock file. */
interface Held {
  owner: LockOwner;
  text: string;
}

interface Waiting {
  readonly holdMs: number;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onWait: LockFileOptions['onWait'];
  readonly tellAfterMs: number;
}

async function acquire(
  path: string,
  { holdMs, waitMs, signal, onWait, tellAfterMs }: Waiting,
): Promise<Held> {
  const began = performance.now();
  let told = false;
  let watched: { readonly text: string; readonly sinceMs: number } | undefined;
  let broken = false;
  for (let round = 0; ; round += 1) {
    const owner = describeOwner(Date.now() + holdMs);
    const text = JSON.stringify(owner);
    if (await create(path, text)) {
      if (broken) await sweepMarkers(path);
      return { owner, text };
    }

    const other = await look(path);
    if (other === undefined) continue;
    const nowMs = performance.now();
    if (watched?.text !== other.text) watched = { text: other.text, sinceMs: nowMs };
    // Watched for as long as anybody may hold: over, whatever the two clocks say.
    const outlived = other.owner !== undefined && nowMs - watched.sinceMs > holdMs;
    if (outlived || isOver(other, holdMs)) {
      await removeDead(path, other);
      broken = true;
      continue;
    }
    if (nowMs - began > waitMs) throw neverFree(path, other.owner, waitMs);
    if (!told && nowMs - began >= tellAfterMs) {
      told = true;
      onWait?.(ownerWords(other.owner));
    }
    await delay(5 + Math.random() * Math.min(10 * (round + 1), 100));
    signal?.throwIfAborted();
  }
}

/** A lock file as it was found. */
interface Found {
  readonly text: string;
  /** Absent when the text is not whole: its writer has only just created the file, or died over it. */
  readonly owner: LockOwner | undefined;
  readonly ageMs: number;
}

async function look(path: string): Promise<Found | undefined> {
  try {
    const stats = await lstat(path);
    const text = stats.isSymbolicLink() ? await readlink(path) : await readFile(path, 'utf8');
    return { text, owner: parseOwner(text), ageMs: Date.now() - stats.mtimeMs };
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw unwritable(path, thrown);
  }
}

function isOver({ owner, ageMs }: Found, holdMs: number): boolean {
  return owner === undefined ? ageMs > holdMs : owner.deadlineMs < Date.now() || ownerIsGone(owner);
}

/**
 * Removes the file of a dead holder. Several processes may have found it dead, and by the time that one of them comes
 * to remove it, a living holder's file may stand in its place. So whoever removes takes a marker first that is named
 * after the dead holder (no two holds have the same name), and looks again. A marker is itself such a file: that of a
 * process which died over the removal is removed in the same way.
 */
async function removeDead(path: string, dead: Found, depth: number = 0): Promise<void> {
  const marker = `${path}.${dead.owner?.id ?? 'torn'}`;
  if (!(await create(marker, JSON.stringify(describeOwner(Date.now() + REMOVE_MS))))) {
    const other = await look(marker);
    if (other !== undefined && isOver(other, REMOVE_MS) && depth < DEPTH) {
      await removeDead(marker, other, depth + 1);
    } else {
      await delay(5);
    }
    return;
  }
  try {
    const now = await look(path);
    const same = now?.text === dead.text && (dead.owner !== undefined || now.ageMs >= dead.ageMs);
    if (same) await unlink(path);
  } finally {
    await unlink(marker).catch(() => undefined);
  }
}

/**
 * Removes the markers of processes that died between a dead holder's file and their own. Only by the holder: then the
 * files that they stood for are gone for good.
 */
async function sweepMarkers(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => []);
  for (const name of names.filter((entry) => entry.startsWith(`${basename(path)}.`))) {
    const marker = join(dirname(path), name);
    const found = await look(marker).catch(() => undefined);
    if (found !== undefined && isOver(found, REMOVE_MS)) await unlink(marker).catch(() => undefined);
  }
}

/** What file systems say that have no symbolic links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL']);

/**
 * False when the file is there already. It is a symbolic link to nowhere whose target is the text: that is made whole
 * or not at all, where a file that is created and then written can be left empty by a process that is killed between.
 */
async function create(path: string, text: string): Promise<boolean> {
  if (process.platform === 'win32') return createFile(path, text);
  try {
    await symlink(text, path);
    return true;
  } catch (thrown) {
    const code = errnoOf(thrown) ?? '';
    if (code === 'EEXIST') return false;
    if (NO_LINKS.has(code)) return createFile(path, text);
    throw unwritable(path, thrown);
  }
}

async function createFile(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false;
    // Windows: the file is being deleted at this moment.
    if (process.platform === 'win32' && errnoOf(thrown) === 'EPERM') return false;
    throw unwritable(path, thrown);
  }
}

/** Puts the deadline of a hold off until told to stop. Never past it: then the file may be somebody else's. */
function beat(path: string, held: Held, holdMs: number): () => Promise<void> {
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    beating = beating.then(async () => {
      if (Date.now() >= held.owner.deadlineMs - MARGIN_MS) return;
      const owner = { ...held.owner, deadlineMs: Date.now() + holdMs };
      const text = JSON.stringify(owner);
      if (await replace(path, text, owner.id)) Object.assign(held, { owner, text });
    });
  }, holdMs / BEATS);
  timer.unref();
  return () => {
    clearInterval(timer);
    return beating;
  };
}

/** False when it could not be done: then the earlier deadline counts. */
async function replace(path: string, text: string, id: string): Promise<boolean> {
  const next = `${path}.next-${id}`;
  try {
    if (!(await create(next, text))) return false;
    await rename(next, path);
    return true;
  } catch {
    await unlink(next).catch(() => undefined);
    return false;
  }
}

async function release(path: string, held: Held): Promise<void> {
  if (Date.now() < held.owner.deadlineMs - MARGIN_MS) {
    await unlink(path).catch(() => undefined);
    return;
  }
  // Past the deadline the file may be somebody else's by now.
  const found = await look(path).catch(() => undefined);
  if (found?.text === held.text) await removeDead(path, found).catch(() => undefined);
}

function holdOf(path: string, held: Held): Hold {
  return {
    async check() {
      if (Date.now() < held.owner.deadlineMs - MARGIN_MS) return;
      if ((await look(path))?.text === held.text) return;
      throw new McpassError(
        'store_unwritable',
        'This process slept, and another one went on with the credential.',
        {
          step: 'store',
          fault: 'ours',
          remedy: { do: 'retry_later' },
          facts: { file: path },
        },
      );
    },
  };
}

function neverFree(path: string, owner: LockOwner | undefined, waitMs: number): McpassError {
  return new McpassError(
    'store_unwritable',
    `${ownerWords(owner).replace(/^./, (first) => first.toUpperCase())} has held ${path} for ${Math.round(waitMs / 1000)} seconds.`,
    {
      step: 'store',
      fault: 'yours',
      remedy: { do: 'say', text: `Try again; if no other mcpass is running, delete ${path}.` },
      facts: { file: path, waitedMs: waitMs, ...(owner === undefined ? {} : { pid: owner.pid }) },
    },
  );
}
