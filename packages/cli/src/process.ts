import { McpassError } from '@mcpass/auth';
import type { ExitCode } from './exit.js';
import { asMcpassError } from './failure.js';
import { runProgram } from './program.js';

/*
 * The process around the program: signals, broken pipes, the end. Nothing else in this package exits, and nothing else
 * listens to signals.
 */

// How long a terminated process may still take: a refresh under way is worth waiting for, since the old token is spent.
const TERMINATION_MS = 10_000;

export async function runProcess(words: readonly string[]): Promise<void> {
  const { stdin, stdout, stderr } = process;
  const stop = new AbortController();
  let stoppedBy: ExitCode | undefined;

  const stopOn = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', code: ExitCode) => {
    process.on(signal, () => {
      // The second one means now.
      if (stoppedBy !== undefined) end(code);
      stoppedBy = code;
      stop.abort(interruption(signal));
      if (signal !== 'SIGINT') setTimeout(() => end(code), TERMINATION_MS).unref();
    });
  };
  stopOn('SIGINT', 130);
  stopOn('SIGTERM', 143);
  stopOn('SIGHUP', 143);

  // Who reads us may have read enough (`| head`): that is success.
  stdout.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'EPIPE' ? (stoppedBy ?? 0) : 1));
  // Nobody listens to the conversation any more: no reason to leave the work half done.
  stderr.on('error', () => undefined);

  // What nobody caught: a bug, but even then a line and not a stack trace.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (thrown) => {
      stderr.write(`error: ${asMcpassError(thrown).message}\n`);
      end(1);
    });
  }

  const code = await runProgram(words, {
    streams: { stdin, stdout, stderr },
    env: process.env,
    signal: stop.signal,
  });
  await Promise.all([drained(stdout), drained(stderr)]);
  end(stoppedBy ?? code);
}

function interruption(signal: string): McpassError {
  const message = signal === 'SIGINT' ? 'Interrupted.' : 'Terminated.';
  return new McpassError('interrupted', message, { step: 'session', fault: 'yours' });
}

// What was written is on its way only when the stream says so; an exit before that would cut it off.
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

function end(code: ExitCode): never {
  // oxlint-disable-next-line unicorn/no-process-exit -- the one place: open sockets and timers must not hold a command up
  process.exit(code);
}
