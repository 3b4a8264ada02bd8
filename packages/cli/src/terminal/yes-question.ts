import { createInterface } from 'node:readline';
import type { Deps } from '../deps.js';

/** Puts a question at the terminal that takes a yes; the end of the input is none. */
export function asksYes({ io, signal }: Deps, question: string): Promise<boolean> {
  return io.converse(
    () =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const terminal = createInterface({ input: process.stdin, output: process.stderr });
        // In raw mode Ctrl-C is a key: hand it on to those who listen to the signal.
        terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
        terminal.once('close', () => resolve(false));
        signal.addEventListener('abort', () => (reject(signal.reason), terminal.close()), { once: true });
        terminal.question(`${question} [y/N] `, (typed) => {
          resolve(/^y(?:es)?$/i.test(typed.trim()));
          terminal.close();
        });
      }),
  );
}
