import { closeSync, constants, fchmodSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf, errnoWords } from './errno.js';

/** What a file may be that is read whole. */
export interface FileRule {
  /** Bytes that it may have. */
  readonly limit: number;
  /**
   * Milliseconds that a pipe or a device gets to say everything: for a place that a person named, because a shell makes
   * a pipe of `<(…)`. Only a real file is read when absent.
   */
  readonly patienceMs?: number;
  /** It holds our own secrets: a link in its place is not followed, and the access of others is taken away. */
  readonly isOurs?: boolean;
}

/** Why there is nothing to be had of a file. `message` reads on after "cannot be read:". */
export class FileRefused extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** What stands there, how large it is, what the system said, or that nothing came. */
export type RefusalReason = 'kind' | 'size' | 'system' | 'silence';

/**
 * The one way to read a file that somebody else may have laid: never more than the limit, and never a wait without an end,
 * whatever stands in its place. Undefined where there is none. A number is a file that is open already, and stays so. Throws
 * {@link FileRefused}.
 */
export function readBounded(path: string | number, rule: FileRule): Buffer | undefined {
  const reading = readSteps(path, rule);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
    // Nothing else is to be done meanwhile: whoever reads the configuration needs it first.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
}

/** The same for a process that has other things to do while a pipe says nothing. */
export async function readBoundedLater(path: string, rule: FileRule): Promise<Buffer | undefined> {
  const reading = readSteps(path, rule);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
    await delay(POLL_MS);
  }
}

const POLL_MS = 10;
/** Of a pipe at a time. */
const CHUNK_BYTES = 64 * 1024;
/** Where a file should be at its end; some in /proc say that they are empty. */
const END_BYTES = 1024;

/** Yields where it has to wait. */
function* readSteps(path: string | number, rule: FileRule): Generator<void, Buffer | undefined> {
  const descriptor = typeof path === 'number' ? path : openQuietly(path, rule);
  if (descriptor === undefined) return undefined;
  try {
    const stats = fstatSync(descriptor);
    const problem = judgeFile(stats, rule);
    if (problem !== undefined) throw problem;
    if (rule.isOurs === true) mendMode(descriptor, stats);
    return yield* readAll(descriptor, stats, rule);
  } catch (thrown) {
    throw thrown instanceof FileRefused ? thrown : ofSystem(thrown);
  } finally {
    if (typeof path === 'string') closeSync(descriptor);
  }
}

/** O_NONBLOCK: a pipe that nobody writes to would hold the whole process up, Ctrl-C included. */
function openQuietly(path: string, { isOurs = false }: FileRule): number | undefined {
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0, O_NOCTTY = 0 } = constants;
  try {
    return openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | (isOurs ? O_NOFOLLOW : 0));
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === 'ENOENT') return undefined;
    // FreeBSD says EMLINK where others say ELOOP. A link that is followed says ELOOP where it leads to itself.
    if (isOurs && (code === 'ELOOP' || code === 'EMLINK'))
      throw new FileRefused('kind', 'it is a symbolic link');
    throw ofSystem(thrown);
  }
}

/** Pure: what is wrong with a file before a byte of it is read. */
function judgeFile(stats: Stats, { limit, patienceMs }: FileRule): FileRefused | undefined {
  if (stats.isDirectory()) return new FileRefused('kind', 'it is a directory');
  if (stats.isFile()) return stats.size > limit ? tooLarge(limit) : undefined;
  if (patienceMs !== undefined) return undefined;
  return new FileRefused('kind', stats.isFIFO() ? 'it is a pipe' : 'it is a device');
}

/** On a read-only file system or with a file of another owner this is not possible; reading goes on. */
function mendMode(descriptor: number, { mode }: Stats): void {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  try {
    fchmodSync(descriptor, 0o600);
  } catch {
    // As it was.
  }
}

function* readAll(
  descriptor: number,
  stats: Stats,
  { limit, patienceMs = 0 }: FileRule,
): Generator<void, Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const begunMs = performance.now();
  for (;;) {
    // No more than is expected: of thousands of small files the room would cost more than the reading.
    const expected = stats.isFile() ? Math.max(stats.size - size + 1, END_BYTES) : CHUNK_BYTES;
    const chunk = Buffer.allocUnsafe(Math.min(expected, limit + 1 - size));
    const read = readSome(descriptor, chunk);
    // A pipe ends before it begins where its writer has not come yet.
    if (read === undefined || (read === 0 && size === 0 && stats.isFIFO())) {
      if (performance.now() - begunMs > patienceMs) throw silent(stats);
      yield;
      continue;
    }
    if (read === 0) return Buffer.concat(chunks, size);
    const part = chunk.subarray(0, read);
    size += read;
    // A file may grow while it is read.
    if (size > limit) throw tooLarge(limit);
    // Its end, where it has the size that was said: of thousands each is asked once, and nothing is copied.
    if (read === stats.size) return part;
    chunks.push(part);
    if (size === stats.size) return Buffer.concat(chunks, size);
  }
}

/** Undefined where nothing is there yet. */
function readSome(descriptor: number, into: Buffer): number | undefined {
  try {
    return readSync(descriptor, into);
  } catch (thrown) {
    if (errnoOf(thrown) === 'EAGAIN') return undefined;
    throw thrown;
  }
}

function tooLarge(limit: number): FileRefused {
  const words = limit < 1024 * 1024 ? `${limit / 1024} KiB` : `${limit / 1024 / 1024} MiB`;
  return new FileRefused('size', `it is larger than ${words}`);
}

function silent(stats: Stats): FileRefused {
  const words = stats.isFIFO()
    ? 'it is a pipe, and nothing came out of it'
    : 'it is a device, and says nothing';
  return new FileRefused('silence', words);
}

function ofSystem(thrown: unknown): FileRefused {
  return new FileRefused('system', errnoWords(thrown), { cause: thrown });
}
