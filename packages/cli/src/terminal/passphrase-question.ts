import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Secret } from '@mcpass/auth';
import type { Deps } from '../deps.js';
import { usageError } from '../failure.js';

const ATTEMPTS = 3;

/** Asks for the passphrase at the terminal, without echo; for a new one twice. Throws `usage` when none is given. */
export function askPassphrase(
  { io, signal }: Deps,
  { confirm }: { readonly confirm: boolean },
): Promise<Secret> {
  return io.converse(async () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const typed = await askHidden(confirm ? 'New passphrase: ' : 'Passphrase: ', signal);
      if (typed === '') continue;
      if (!confirm || typed === (await askHidden('Again: ', signal))) return new Secret(typed);
      io.complain('Those two are not the same.');
    }
    throw usageError('No passphrase was given.');
  });
}

/** One line of the terminal; empty when the input ended (Ctrl-D). */
function askHidden(words: string, signal: AbortSignal): Promise<string> {
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
