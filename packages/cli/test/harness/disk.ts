import { spawn, spawnSync } from 'node:child_process';
import { PROGRAM, type Machine, withoutWaiting } from './command.js';

/** A disk that takes nothing, as a line of bash that makes it so. */
export interface BadDisk {
  readonly name: string;
  /** What the system says about it. */
  readonly words: string;
  readonly prepare: string;
  /** A line for afterwards, where what was done there would be gone with the disk. */
  readonly finish?: string;
  /** What the shell has to run in. */
  readonly wrapper: readonly string[];
}

/** Files of at most 8 KiB: what a full disk is to a program. The signal is ignored, so that it is an error. */
export const FULL: BadDisk = {
  name: 'full',
  words: 'no file may become that large',
  prepare: "trap '' XFSZ; ulimit -f 8",
  wrapper: [],
};

/** Root is not held up by modes; where it may, it makes the directory read-only in a namespace of its own. */
export const READ_ONLY: BadDisk = {
  name: 'read-only',
  words: 'read-only',
  prepare:
    'mount --bind "$MCPASS_HOME/data" "$MCPASS_HOME/data" && mount -o remount,ro,bind "$MCPASS_HOME/data"',
  wrapper: ['unshare', '-rm'],
};

/** A disk of its own with not one block left, in the place of the data; what becomes of them is copied back. */
export const FILLED: BadDisk = {
  name: 'filled',
  words: 'the disk is full',
  prepare: [
    'cd "$MCPASS_HOME" && mkdir under && mount --bind data under && mount -t tmpfs -o size=256k tmpfs data',
    'cp -a under/. data/ && chmod 700 data',
    'dd if=/dev/zero of=data/fill bs=1k 2>/dev/null',
  ].join('; '),
  finish: 'rm -rf data/fill under/credentials; cp -a data/. under/',
  wrapper: ['unshare', '-rm'],
};

export const canMount =
  process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true'], { stdio: 'ignore' }).status === 0;

export interface EndedOnDisk {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command where the disk is bad. */
export function runOnDisk(
  { prepare, finish = ':', wrapper }: BadDisk,
  { env }: Machine,
  ...words: readonly string[]
): Promise<EndedOnDisk> {
  const script = `${prepare}; "$@"; code=$?; ${finish}; exit $code`;
  const [program = 'bash', ...line] = [...wrapper, 'bash', '-c', script, 'bash'];
  const child = spawn(program, [...line, process.execPath, PROGRAM, ...words], {
    env: { ...env, MCPASS_CREDENTIALS_STORE: 'plain' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr: withoutWaiting(stderr) })),
  );
}
