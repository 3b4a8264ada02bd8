import { open, readFile, stat, unlink } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { McpassError } from '@mcpass/auth';
import { errnoOf } from '../errno.js';
import { describeOwner, type LockOwner, ownerIsGone, parseOwner } from './lock-owner.js';
import { createQueueLock, type Hold, type Lock } from './lock.js';
import { makePrivateDirectory } from './private-directory.js';
import { unwritable } from './store-error.js';

export interface LockFileOptions {
  /** Holds one file per name that is held; created when missing (0700). */
  readonly directory: string;
  /** Milliseconds after which a holder may be taken for dead; at most and by default 45,000. */
  readonly holdMs?: number;
  /** Milliseconds to wait for a turn; 60,000 when absent. */
  readonly waitMs?: number;
}

const HOLD_MS = 45_000;
const WAIT_MS = 60_000;
/** Milliseconds that removing a dead holder's file can take at the very most. */
const BREAK_MS = 5_000;
/** Milliseconds before the deadline from which a holder no longer trusts it. */
const MARGIN_MS = 1_000;

/**
 * Exclusive among all processes that use the same directory, and among the callers in this one. A holder that died is
 * noticed at once on the same machine, and at its deadline otherwise.
 */
export function createFileLock(options: LockFileOptions): Lock {
  const { directory, waitMs = WAIT_MS } = options;
  const holdMs = Math.min(options.holdMs ?? HOLD_MS, HOLD_MS);
  const queue = createQueueLock();

  return {
    run: (name, work) =>
      // One of us polls at a time; the others stand in the queue.
      queue.run(name, async () => {
        await makePrivateDirectory(directory);
        const path = join(directory, `${name}.lock`);
        const held = await acquire(path, holdMs, waitMs);
        try {
          return await work(holdOf(path, held));
        } finally {
          await release(path, held);
        }
      }),
  };
}

interface Held {
  readonly owner: LockOwner;
  readonly text: string;
}

async function acquire(path: string, holdMs: number, waitMs: number): Promise<Held> {
  const began = performance.now();
  let watched: { readonly text: string; readonly sinceMs: number } | undefined;
  for (let round = 0; ; round += 1) {
    const owner = describeOwner(Date.now() + holdMs);
    const text = JSON.stringify(owner);
    if (await create(path, text)) return { owner, text };

    const other = await read(path);
    const nowMs = performance.now();
    if (other !== undefined) {
      if (watched?.text !== other) watched = { text: other, sinceMs: nowMs };
      // Watched for as long as anybody may hold: over, whatever the two clocks say.
      if (isStale(other) || nowMs - watched.sinceMs > holdMs) {
        await breakLock(path, other);
        continue;
      }
      if (nowMs - began > waitMs) throw neverFree(path, other, waitMs);
      await delay(5 + Math.random() * Math.min(10 * (round + 1), 100));
    }
  }
}

function isStale(text: string): boolean {
  const owner = parseOwner(text);
  return owner !== undefined && (owner.deadlineMs < Date.now() || ownerIsGone(owner));
}

/** False when the file is there already. */
async function create(path: string, text: string): Promise<boolean> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  try {
    const file = await open(path, flags, 0o600);
    try {
      await file.writeFile(text);
    } catch (thrown) {
      await unlink(path).catch(() => undefined);
      throw thrown;
    } finally {
      await file.close();
    }
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false;
    // Windows: the file is being deleted at this moment.
    if (process.platform === 'win32' && errnoOf(thrown) === 'EPERM') return false;
    throw unwritable(path, thrown);
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw unwritable(path, thrown);
  }
}

/**
 * Removes the file of a dead holder. Between the look and the removal somebody else may have done so, and a living
 * holder may have come: so only one process at a time removes, and only the very file that was judged.
 */
async function breakLock(path: string, text: string): Promise<void> {
  const breaker = `${path}.break`;
  if (!(await create(breaker, ''))) {
    const left = await stat(breaker).catch(() => undefined);
    if (left !== undefined && Date.now() - left.mtimeMs > BREAK_MS)
      await unlink(breaker).catch(() => undefined);
    else await delay(5);
    return;
  }
  try {
    if ((await read(path)) === text) await unlink(path);
  } finally {
    await unlink(breaker).catch(() => undefined);
  }
}

async function release(path: string, held: Held): Promise<void> {
  if (Date.now() < held.owner.deadlineMs - MARGIN_MS) {
    await unlink(path).catch(() => undefined);
    return;
  }
  // Past the deadline the file may be somebody else's by now.
  if ((await read(path).catch(() => undefined)) === held.text) await breakLock(path, held.text);
}

function holdOf(path: string, held: Held): Hold {
  return {
    async check() {
      if (Date.now() < held.owner.deadlineMs - MARGIN_MS) return;
      if ((await read(path)) === held.text) return;
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

function neverFree(path: string, text: string, waitMs: number): McpassError {
  const owner = parseOwner(text);
  const who = owner === undefined ? 'Another process' : `Process ${owner.pid}`;
  return new McpassError(
    'store_unwritable',
    `${who} has been busy with this credential for ${Math.round(waitMs / 1000)} seconds (${path}).`,
    {
      step: 'store',
      fault: 'yours',
      remedy: { do: 'say', text: `Try again; if no other mcpass is running, delete ${path}.` },
      facts: { file: path, ...(owner === undefined ? {} : { pid: owner.pid }) },
    },
  );
}
