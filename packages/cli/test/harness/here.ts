import { createRequire } from 'node:module';
import { Readable, Writable } from 'node:stream';
import type { runProgram } from '../../src/program.js';
import type { PROGRAM } from './command.js';

/** The command as it was built, without the process around it. */
const built = createRequire(import.meta.url)('../../dist/command.cjs') as {
  readonly runProgram: typeof runProgram;
};

/** What a command line came to in the test's own process. */
export interface CameTo {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is of the whole process, and as a process of its own would have it while a command line runs in this one. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly program: typeof PROGRAM;
}

/** Who is in this process now: all of one place, or nobody. */
let place: { readonly name: string; readonly leave: () => void } | undefined;
let inside = 0;

/**
 * Runs a command line in the test's own process, as {@link PROGRAM} would run it in one of its own; undefined where that
 * cannot be now. A process of its own takes six times as long.
 */
export async function runHere(
  around: Surroundings,
  words: readonly string[],
  stdin: string,
): Promise<CameTo | undefined> {
  if (needsProcess(words, around.env) || !enter(around)) return undefined;
  const stdout = collector();
  const stderr = collector();
  try {
    const code = await built.runProgram(words, {
      streams: {
        stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
        stdout: stdout.stream,
        stderr: stderr.stream,
      },
      env: { ...around.env },
      signal: new AbortController().signal,
      serve: () => undefined,
      handOver: () => () => undefined,
      written: async () => undefined,
    });
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    leave();
  }
}

/** Commands that are about their process: what they start writes to its streams, or they last. */
const OWN_PROCESS: ReadonlySet<string> = new Set(['bridge', 'exec', 'sandbox', 'version', '--version', '-V']);

/** Variables that Node reads at its start, and a store whose locks and connections are the process's. */
const OF_PROCESS = /^(?:NODE_|SSL_|MCPASS_DATABASE_URL$)/;

function needsProcess(words: readonly string[], env: Readonly<Record<string, string>>): boolean {
  return (
    words.some((word) => OWN_PROCESS.has(word)) || Object.keys(env).some((name) => OF_PROCESS.test(name))
  );
}

function enter({ cwd, env, program }: Surroundings): boolean {
  const home = env['HOME'] ?? '';
  const name = [cwd, home, env['TZ'], env['LC_ALL']].join('\n');
  if (place !== undefined && place.name !== name) return false;
  if (home === '' || env['TZ'] !== process.env['TZ'] || env['LC_ALL'] !== process.env['LC_ALL']) return false;
  inside += 1;
  if (place !== undefined) return true;
  const before = { cwd: process.cwd(), home: process.env['HOME'], script: process.argv[1] ?? '' };
  process.chdir(cwd);
  process.env['HOME'] = home;
  process.argv[1] = program;
  place = {
    name,
    leave() {
      process.chdir(before.cwd);
      if (before.home === undefined) delete process.env['HOME'];
      else process.env['HOME'] = before.home;
      process.argv[1] = before.script;
    },
  };
  return true;
}

function leave(): void {
  inside -= 1;
  if (inside > 0) return;
  place?.leave();
  place = undefined;
}

function collector() {
  let text = '';
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _encoding, done) {
      text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      done();
    },
  });
  return { stream, text: () => text };
}
