import { mkdir, readdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { McpassError } from '@mcpass/auth';
import { claimEntry, type LockEntry, readEntry, replaceEntry, sameEntry } from './lock-entry.js';
import {
  deadlinePassed,
  describeOwner,
  type LockOwner,
  nowMs,
  ownerIsGone,
  ownerWords,
} from './lock-owner.js';
import { createQueueLock, type Hold, type Lock } from './lock.js';
import { unwritable } from '../store-error.js';

export interface LockFileOptions {
  /** Has one file for each name that is held, NAME.lock; created (0700) when missing. */
  readonly directory: string;
  /**
   * Milliseconds without a sign of life after which a holder is taken for dead, 45,000 when absent. The same for all who
   * use the directory.
   */
  readonly holdMs?: number;
  /** Milliseconds to wait for a turn; 90,000 when absent: longer than a holder that died far away is waited for. */
  readonly waitMs?: number;
  /** Told after `tellAfterMs` of waiting who is being waited for, "process 4711", and again when that changes. */
  readonly onWait?: ((holder: string) => void) | undefined;
  /** Milliseconds; 1,000 when absent. */
  readonly tellAfterMs?: number;
}

const HOLD_MS = 45_000;
const WAIT_MS = 90_000;
const TELL_AFTER_MS = 1_000;
/** How many times in `holdMs` a holder gives a sign of life. */
const BEATS = 3;
/** Milliseconds after which a process that was removing a dead holder's file counts as dead itself. */
const REMOVE_MS = 10_000;
/** Milliseconds after which a marker of another machine is nobody's, whatever the clocks. */
const LITTER_AGE_MS = 3_600_000;
/** The same for a lock. A living holder renews its own every few seconds, and no two clocks are a day apart. */
const LEFT_AGE_MS = 24 * LITTER_AGE_MS;
/** Dead removers of dead removers are followed this far in one go. */
const DEPTH = 3;

/**
 * Exclusive among all processes that use the same directory, and among the callers in this one. A holder puts its
 * deadline off as long as it lives, however long the work takes. One that died is noticed at once on the same machine,
 * and otherwise when its time is over: by a clock that nobody can set, or by having been watched for as long.
 */
export function createFileLock(options: LockFileOptions): Lock {
  const { directory, holdMs = HOLD_MS, tellAfterMs = TELL_AFTER_MS } = options;
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
          const stopBeating = beat(path, held, holdMs);
          try {
            return await work(holdOf(path, held));
          } finally {
            await stopBeating();
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
  /** Tells dead holders from living ones; by watching them when absent. */
  readonly isOver?: IsOver;
}

async function acquire(
  path: string,
  { holdMs, waitMs, signal, onWait, tellAfterMs, isOver = createWatch(holdMs) }: Waiting,
): Promise<Held> {
  const beganMs = nowMs();
  let told: string | undefined;
  let broken = false;
  for (let round = 0; ; round += 1) {
    const owner = describeOwner(holdMs);
    const text = await claimEntry(path, owner);
    if (text !== undefined) {
      if (broken) await sweepMarkers(path);
      return { owner, text };
    }

    const other = await readEntry(path);
    if (other === undefined) continue;
    if (isOver(path, other)) {
      await removeDead(path, other, isOver);
      broken = true;
      continue;
    }
    const waitedMs = nowMs() - beganMs;
    if (waitedMs > waitMs) throw neverFree(path, other.owner, waitMs);
    // Again when another one comes to hold it.
    if (waitedMs >= tellAfterMs && other.owner !== undefined && told !== other.owner.id) {
      told = other.owner.id;
      onWait?.(ownerWords(other.owner));
    }
    await delay(5 + Math.random() * Math.min(10 * (round + 1), 100));
    signal?.throwIfAborted();
  }
}

type IsOver = (path: string, entry: LockEntry) => boolean;

/** Tells dead holders from living ones. Of one with another clock it knows only how long it gave no sign of life. */
function createWatch(holdMs: number): IsOver {
  const seen = new Map<string, { readonly entry: LockEntry; readonly sinceMs: number }>();
  return (path, entry) => {
    if (isDead(entry)) return true;
    const before = seen.get(path);
    const sinceMs = before !== undefined && sameEntry(before.entry, entry) ? before.sinceMs : nowMs();
    seen.set(path, { entry, sinceMs });
    return nowMs() - sinceMs > holdMs;
  };
}

/** True when that can be told by looking once. */
function isDead({ owner }: LockEntry): boolean {
  return owner !== undefined && (deadlinePassed(owner) || ownerIsGone(owner));
}

/**
 * Removes the file of a dead holder. Several processes may have found it dead, and by the time that one of them comes
 * to remove it, a living holder's file may stand in its place. So whoever removes takes a marker first that is named
 * after the dead holder (no two holds have the same name), and looks again. A marker is itself such a file: that of a
 * process which died over the removal is removed in the same way.
 */
async function removeDead(path: string, dead: LockEntry, isOver: IsOver, depth: number = 0): Promise<void> {
  const marker = `${path}.${dead.owner?.id ?? 'torn'}`;
  if ((await claimEntry(marker, describeOwner(REMOVE_MS))) === undefined) {
    const other = await readEntry(marker);
    if (other !== undefined && isOver(marker, other) && depth < DEPTH) {
      await removeDead(marker, other, isOver, depth + 1);
    } else {
      await delay(5);
    }
    return;
  }
  try {
    const now = await readEntry(path);
    if (now !== undefined && sameEntry(now, dead)) await unlink(path);
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
    const found = await readEntry(marker).catch(() => undefined);
    const litter = found !== undefined && (isDead(found) || found.ageMs > LITTER_AGE_MS);
    if (litter) await unlink(marker).catch(() => undefined);
  }
}

export interface SweepOptions {
  /** Which names; all when absent, where the directory is for locks of ours alone. */
  readonly of?: (name: string) => boolean;
  /** Done while a name of which something was left is held; trouble is passed over. */
  readonly alone?: (name: string) => Promise<void>;
}

/**
 * Takes away what killed processes left in a directory of locks under names that nobody may ever want to hold again: by
 * holding them for a moment. Waits for nobody. Best effort.
 */
export async function sweepLocks(directory: string, { of, alone }: SweepOptions = {}): Promise<void> {
  const isLeft: IsOver = (_, entry) => isDead(entry) || entry.ageMs > LEFT_AGE_MS;
  const names = new Set<string>();
  for (const entry of await readdir(directory).catch(() => [])) {
    const name = /^(.+?)\.lock(?:\..+)?$/.exec(entry)?.[1];
    if (name === undefined || names.has(name) || of?.(name) === false) continue;
    const found = await readEntry(join(directory, entry)).catch(() => undefined);
    if (found !== undefined && isLeft(entry, found)) names.add(name);
  }
  const wait = {
    isOver: isLeft,
    holdMs: HOLD_MS,
    waitMs: 0,
    tellAfterMs: TELL_AFTER_MS,
    signal: undefined,
    onWait: undefined,
  };
  for (const name of names) {
    const path = join(directory, `${name}.lock`);
    const held = await acquire(path, wait).catch(() => undefined);
    if (held === undefined) continue;
    await sweepMarkers(path);
    await alone?.(name).catch(() => undefined);
    await release(path, held);
  }
}

/** Puts the deadline of a hold off until told to stop. Never past it: then the file may be somebody else's. */
function beat(path: string, held: Held, holdMs: number): () => Promise<void> {
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    beating = beating.then(async () => {
      if (deadlinePassed(held.owner) || (await readEntry(path).catch(() => undefined))?.text !== held.text)
        return;
      const owner = { ...held.owner, deadlineMs: nowMs() + holdMs };
      const text = await replaceEntry(path, owner, `next-${owner.id}`);
      if (text !== undefined) Object.assign(held, { owner, text });
    });
  }, holdMs / BEATS);
  timer.unref();
  return () => {
    clearInterval(timer);
    return beating;
  };
}

async function release(path: string, held: Held): Promise<void> {
  const found = await readEntry(path).catch(() => undefined);
  if (found?.text !== held.text) return;
  // Past the deadline others may be about to remove it, and a third one to take its place.
  if (deadlinePassed(held.owner)) await removeDead(path, found, () => false).catch(() => undefined);
  else await unlink(path).catch(() => undefined);
}

function holdOf(path: string, held: Held): Hold {
  return {
    async check() {
      if ((await readEntry(path))?.text === held.text) return;
      throw new McpassError(
        'store_unwritable',
        'This process was stopped for a while, and another one went on with the credential.',
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
