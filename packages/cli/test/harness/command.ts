import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { personAtBrowser } from '../../../node/test/fixtures/person.js';
import { ofThisMachine } from '../../../node/test/fixtures/this-machine.js';
import { runHere } from './here.js';

/** The command as npm installs it: every test runs it as a process of its own. */
export const PROGRAM: string = fileURLToPath(new URL('../../bin/mcpass.js', import.meta.url));
/** For what does not end at all: what is slow on a slow machine is waited for. */
const LIMIT_MS = 90_000;

/** Whether what can be run in the test's own process has one of its own all the same: `npm run soak`. */
const ALL_PROCESSES = process.env['MCPASS_TEST_PROCESSES'] === 'all';

/** What a command says on standard error when it has waited for a second. */
const WHILE_WAITING = /^(?:Asking|Logging out of|Renewing|Talking to)(?: [^\n]+)?…\n/gm;

/** Without the line that is there or not by the speed of the machine. */
export function withoutWaiting(stderr: string): string {
  return stderr.replaceAll(WHILE_WAITING, '');
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  /** Without the line that says what a slow command is waiting for. */
  readonly stderr: string;
  /** The answer as JSON. */
  json(): unknown;
  /** The `error` of a JSON error. */
  error(): Record<string, string>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** Leaves standard input open, as a terminal or an editor does. */
  readonly keepInput?: boolean;
  /** Milliseconds after which the process is killed; 90,000 when absent. */
  readonly limitMs?: number;
}

/** A person's machine: a directory of its own for everything that mcpass keeps, and no browser. */
export interface Machine {
  readonly home: string;
  readonly configFile: string;
  /** What a process on it has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The built command to its end: in the test's own process where that makes no difference, else in one of its own. */
  run(...words: readonly string[]): Promise<Ended>;
  /** Runs what a test begins with. Rejects with what it said where it does not end with 0. */
  prepare(...words: readonly string[]): Promise<void>;
  prepareWith(options: Pick<RunOptions, 'env'>, ...words: readonly string[]): Promise<void>;
  runWith(options: RunOptions, ...words: readonly string[]): Promise<Ended>;
  /** The process while it runs, for signals and pipes. */
  start(options: RunOptions, ...words: readonly string[]): Running;
  writeConfig(toml: string): void;
}

export interface Running {
  readonly process: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Resolves when this has been printed on standard error. */
  said(text: string): Promise<void>;
  saidSoFar(): string;
}

/**
 * With a `person`, a simulated user is at the browser (`SANDBOX_USER` of the sandbox); with a `program`, the command is
 * that one instead of the one of this clone.
 */
export function createMachine(
  options: { readonly person?: string; readonly program?: string } = {},
): Machine {
  const root = mkdtempSync(join(tmpdir(), 'mcpass-cli-'));
  const running = new Set<Running>();
  onTestFinished(async () => {
    // What a failed test left behind writes on.
    for (const { process } of running) process.kill('SIGKILL');
    await Promise.allSettled([...running].map(({ ended }) => ended));
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  const home = join(root, 'home');
  const work = join(root, 'work');
  mkdirSync(work);
  const configFile = join(home, 'config.toml');
  const env: Record<string, string> = {
    ...ofThisMachine(),
    HOME: root,
    MCPASS_HOME: home,
    TMPDIR: root,
    ...(options.person === undefined ? {} : { ...personAtBrowser(root), SANDBOX_USER: options.person }),
  };

  const { program = PROGRAM } = options;
  const start = (asked: RunOptions, ...words: readonly string[]): Running => {
    const child = spawn(process.execPath, [program, ...words], {
      cwd: asked.cwd ?? work,
      env: { ...env, ...asked.env },
      stdio: 'pipe',
    });
    const started = watch(child, asked);
    running.add(started);
    const over = (): void => void running.delete(started);
    started.ended.then(over, over);
    return started;
  };

  const run = async (asked: RunOptions, words: readonly string[]): Promise<Ended> => {
    const { env: more, stdin = '', cwd = work, keepInput = false } = asked;
    if (program === PROGRAM && !ALL_PROCESSES && !keepInput) {
      const cameTo = await runHere({ cwd, env: { ...env, ...more }, program }, words, stdin);
      if (cameTo !== undefined) return endedWith(cameTo);
    }
    return start(asked, ...words).ended;
  };
  const prepare = async (asked: RunOptions, words: readonly string[]): Promise<void> => {
    const { code, stderr } = await run(asked, words);
    if (code !== 0) throw new Error(`mcpass ${words.join(' ')} ended with ${code}:\n${stderr}`);
  };

  return {
    home,
    configFile,
    env,
    start,
    runWith: (asked, ...words) => run(asked, words),
    run: (...words) => run({}, words),
    prepare: (...words) => prepare({}, words),
    prepareWith: (options, ...words) => prepare(options, words),
    writeConfig(toml) {
      mkdirSync(home, { recursive: true });
      writeFileSync(configFile, toml);
    },
  };
}

function endedWith({ code, stdout, stderr }: Pick<Ended, 'code' | 'stdout' | 'stderr'>): Ended {
  const told = withoutWaiting(stderr);
  return {
    code,
    stdout,
    stderr: told,
    json: () => JSON.parse(stdout) as unknown,
    error: () => (JSON.parse(told) as { error: Record<string, string> }).error,
  };
}

function watch(
  child: ChildProcessWithoutNullStreams,
  { stdin, keepInput, limitMs = LIMIT_MS }: RunOptions,
): Running {
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  child.stdin.on('error', () => undefined);
  if (keepInput !== true) child.stdin.end(stdin ?? '');
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(limit);
      resolve(endedWith({ code, stdout, stderr }));
    });
  });
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => stderr.includes(text) && resolve();
      listeners.add(look);
      void ended.then(() => reject(new Error(`ended without saying "${text}":\n${stderr}`)));
      look();
    });
  return { process: child, ended, said, saidSoFar: () => stderr };
}
