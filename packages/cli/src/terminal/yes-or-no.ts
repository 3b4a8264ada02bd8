import { createInterface, type Interface } from 'node:readline/promises';
import type { Deps } from '../deps.js';
import type { Io } from './io.js';
import { visibleText } from './visible-text.js';

const ATTEMPTS = 5;

/** Lends a person's keyboard to questions that are answered in lines. */
export function askInLines<T>(io: Io, work: (terminal: Interface) => Promise<T>): Promise<T> {
  return io.converse(async () => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // In raw mode Ctrl-C is a key: hand it on to those who listen to the signal.
    terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    try {
      return await work(terminal);
    } finally {
      terminal.close();
    }
  });
}

/** Puts one question to the person at the terminal; nothing typed, and nothing clear, is a no. */
export async function askYesOrNo(words: string, { io, signal }: Deps): Promise<boolean> {
  return (await askInLines(io, (terminal) => agrees(terminal, words, signal))) === true;
}

/** Nothing typed is a no, and what is neither is asked again; undefined where no answer came at all, or none that was clear. */
export async function agrees(
  terminal: Interface,
  words: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const typed = (await askLine(terminal, `${words} [y/N] `, signal))?.trim();
    if (typed === undefined) return undefined;
    if (/^(?:y|yes)$/i.test(typed)) return true;
    if (/^(?:n|no)?$/i.test(typed)) return false;
  }
  return undefined;
}

/** What was typed; nothing when the input ended (Ctrl-D), where readline itself would wait for ever. */
export function askLine(
  terminal: Interface,
  words: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    terminal.once('close', () => resolve(undefined));
    terminal.question(visibleText(words), { signal }).then(resolve, reject);
  });
}
