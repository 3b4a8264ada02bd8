import { hash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseJsonObject } from '@mcpass/auth';
import { errnoOf } from '../files/errno.js';
import { randomHex } from '../../random.js';

/** Who holds a lock file: what it says about itself, as JSON. */
export interface LockOwner {
  /** Random, so that no two holds are ever taken for each other. */
  readonly id: string;
  /** One running system in which process ids mean the same: host name, boot and process id namespace. */
  readonly machine: string;
  readonly pid: number;
  /** When the process began, in the system's own words; absent where the system does not say. */
  readonly started?: string;
  /** Whose clock the deadline is by: all processes with this name have the same. Absent where the system has no name. */
  readonly clock?: string;
  /** After which the holder counts as dead: milliseconds of {@link nowMs}. */
  readonly deadlineMs: number;
}

/** This process as the holder of a lock for `holdMs` milliseconds. */
export function describeOwner(holdMs: number): LockOwner {
  const started = processStart('self');
  const clock = clockName();
  return {
    id: randomHex(12),
    machine: machine(),
    pid: process.pid,
    ...(started === undefined ? {} : { started }),
    ...(clock === undefined ? {} : { clock }),
    deadlineMs: nowMs() + holdMs,
  };
}

/** Milliseconds of a clock that nobody can set, since the machine was started. */
export function nowMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** True when the holder's time is over by a clock that is also ours. Wall clocks differ, and are put right. */
export function deadlinePassed({ clock, deadlineMs }: LockOwner): boolean {
  return clock !== undefined && clock === clockName() && deadlineMs < nowMs();
}

/** The owner for people, where others have to wait for it. */
export function ownerWords(owner: LockOwner | undefined): string {
  if (owner === undefined) return 'another process';
  // The same number means another process there.
  return owner.machine === machine()
    ? `process ${owner.pid}`
    : `process ${owner.pid} of another machine or container`;
}

/** Reads a lock file's text. Undefined when it is not whole: its writer has only just created it, or died over it. */
export function parseOwner(text: string): LockOwner | undefined {
  const { id, machine, pid, started, clock, deadlineMs } = parseJsonObject(text) ?? {};
  // It becomes a part of a file name.
  if (typeof id !== 'string' || !/^[0-9a-z-]{1,64}$/.test(id) || typeof machine !== 'string')
    return undefined;
  if (typeof pid !== 'number' || typeof deadlineMs !== 'number') return undefined;
  return {
    id,
    machine,
    pid,
    deadlineMs,
    ...(typeof started === 'string' ? { started } : {}),
    ...(typeof clock === 'string' ? { clock } : {}),
  };
}

/**
 * True only when the process is provably gone. Process ids of another machine, container or boot prove nothing: then
 * only the deadline counts.
 */
export function ownerIsGone(owner: Pick<LockOwner, 'machine' | 'pid' | 'started'>): boolean {
  if (owner.machine !== machine()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (thrown) {
    return errnoOf(thrown) === 'ESRCH';
  }
  // The id may have been given to another process since.
  const started = processStart(String(owner.pid));
  return started !== undefined && owner.started !== undefined && started !== owner.started;
}

/** This process as a part of the name of a file, so that others know whose it is. */
export function ownerMark(): string {
  return [machineMark(), process.pid, processStart('self') ?? 0].join('-');
}

/** What {@link ownerMark} makes. */
export const OWNER_MARK: RegExp = /[0-9a-f]{12}-\d{1,10}-\d{1,20}/;

/** Whether the process that a mark names still is. Undefined where that cannot be told from here. */
export function markedLives(mark: string): boolean | undefined {
  const [place, pid, started] = mark.split('-');
  if (place !== machineMark()) return undefined;
  if (ownerIsGone({ machine: machine(), pid: Number(pid), ...(started !== '0' && { started }) }))
    return false;
  // Without the time of its start another one may have the number by now.
  return started === '0' ? undefined : true;
}

function machineMark(): string {
  return hash('sha256', machine(), 'hex').slice(0, 12);
}

/**
 * Field 22 of /proc/PID/stat (proc_pid_stat(5)): clock ticks since boot. The second field may hold blanks and brackets.
 * A zombie has ended, though its parent has not noticed.
 */
function processStart(pid: string): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? 'ended' : fields?.[19];
}

function machine(): string {
  return [hostname(), boot() ?? '', namespace('pid') ?? ''].join(' ').trim();
}

/** Containers share the clock of their machine, save those with a time namespace of their own. */
function clockName(): string | undefined {
  const name = boot();
  return name === undefined ? undefined : [name, namespace('time') ?? ''].join(' ').trim();
}

function boot(): string | undefined {
  return readText('/proc/sys/kernel/random/boot_id')?.trim();
}

function namespace(kind: 'pid' | 'time'): string | undefined {
  try {
    return readlinkSync(`/proc/self/ns/${kind}`);
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
