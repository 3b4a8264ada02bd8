import { McpassError } from '@mcpass/auth';
import type { ExitCode } from './exit.js';
import { asMcpassError } from './failure.js';
import { runProgram } from './program.js';

/** For who has a process already: the tests. */
export { runProgram };

/*
 * The process around the program: signals, broken pipes, the end. Nothing else in this package exits, and nothing else
 * listens to signals.
 */

// How long a terminated process may still take: a refresh under way is worth waiting for, since the old token is spent.
const TERMINATION_MS = 10_000;
// How long the last words of a command that serves may take to be read: nobody may be left to read them.
const LAST_WORDS_MS = 500;
// What ends no command of ours by our own doing, and may mean something to a program in its place.
const OTHER_SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? [] : ['SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGWINCH'];

export async function runProcess(words: readonly string[]): Promise<void> {
  const { stdout, stderr } = process;
  const stop = new AbortController();
  let stoppedBy: ExitCode | undefined;
  /** Runs in the place of the command. */
  let successor: ((signal: NodeJS.Signals) => void) | undefined;
  /** The command goes on until it is told to end, so that being told is no failure. */
  let serves = false;
  const endStopped = (code: ExitCode) => end(serves ? 0 : code);

  const stopOn = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', code: ExitCode) => {
    process.on(signal, () => {
      if (successor !== undefined) return successor(signal);
      // The second one means now.
      if (stoppedBy !== undefined) endStopped(code);
      stoppedBy = code;
      stop.abort(interruption(signal));
      if (signal !== 'SIGINT') setTimeout(() => endStopped(code), TERMINATION_MS).unref();
    });
  };
  stopOn('SIGINT', 130);
  stopOn('SIGTERM', 143);
  stopOn('SIGHUP', 143);

  /** Why the answer could not be written. */
  let unwritten: Error | undefined;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who reads us may have read enough (`| head`): the rest is for nobody, but the work and what it ends with stay the
    // same. Whoever serves has nobody left to serve.
    if (error.code !== 'EPIPE') unwritten ??= error;
    if (serves) end(unwritten === undefined ? 0 : 1);
  });
  // Nobody listens to the conversation any more: no reason to leave the work half done.
  stderr.on('error', () => undefined);

  // What nobody caught: a bug, but even then a line and not a stack trace.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (thrown) => {
      stderr.write(`error: ${asMcpassError(thrown).message}\n`);
      end(1);
    });
  }

  // Nothing is left that could bring an answer: a bug, and no success.
  process.on('beforeExit', () => {
    stderr.write('error: The command ended without an answer.\n');
    end(1);
  });

  const code = await runProgram(words, {
    // Standard input is opened by who asks for it.
    streams: process,
    env: process.env,
    signal: stop.signal,
    serve() {
      serves = true;
    },
    handOver(receive) {
      successor = receive;
      for (const signal of OTHER_SIGNALS) process.on(signal, receive);
      return () => {
        successor = undefined;
        for (const signal of OTHER_SIGNALS) process.off(signal, receive);
      };
    },
    async written() {
      if (!serves) await drained(stdout);
      return unwritten;
    },
  });
  const silence = Promise.all([drained(stdout), drained(stderr)]);
  await (serves ? Promise.race([silence, passed(LAST_WORDS_MS)]) : silence);
  end(serves ? code : (stoppedBy ?? code));
}

function interruption(signal: string): McpassError {
  const message = signal === 'SIGINT' ? 'Interrupted.' : 'Terminated.';
  return new McpassError('interrupted', message, { step: 'session', fault: 'yours' });
}

// What was written is on its way only when the stream says so; an exit before that would cut it off. That it could not be
// written is told a few ticks later.
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const later = () => void setImmediate(resolve);
    if (stream.writableLength === 0) later();
    else stream.write('', later);
  });
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function end(code: number): never {
  // oxlint-disable-next-line unicorn/no-process-exit -- the one place: open sockets and timers must not hold a command up
  process.exit(code);
}
