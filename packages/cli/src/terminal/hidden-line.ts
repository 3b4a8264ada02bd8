import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** One line of the terminal without echo; empty when the input ended (Ctrl-D). */
export function askHidden(words: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    process.stderr.write(words);
    const lines = createInterface({
      input: process.stdin,
      // The line editor works, and shows nothing.
      output: new Writable({ write: (_chunk, _encoding, done) => done() }),
      terminal: true,
      historySize: 0,
    });
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', stop);
      // First, because closing says that the input ended.
      settle();
      lines.close();
      process.stderr.write('\n');
    };
    const stop = () => end(() => reject(signal.reason));
    signal.addEventListener('abort', stop, { once: true });
    lines.once('line', (line) => end(() => resolve(line)));
    lines.once('close', () => resolve(''));
    // In raw mode Ctrl-C is a key: hand it on to those who listen to the signal.
    lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  });
}
