import { addAbortSignal } from 'node:stream';
import { Secret } from '@mcpass/auth';
import type { Deps } from '../deps.js';
import { usageError } from '../failure.js';

// Far above anything sensible; a pipe that never ends must not fill the memory.
const LIMIT_BYTES = 16 * 1024 * 1024;

/** All of standard input as text. Throws `usage` when it is too long. */
export async function readStandardInput({ io, signal }: Deps): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Ends the reading when the signal does.
  for await (const chunk of addAbortSignal(signal, io.streams.stdin)) {
    const bytes = Buffer.from(chunk as string | Uint8Array);
    size += bytes.length;
    if (size > LIMIT_BYTES) throw usageError('Standard input holds more than 16 MiB.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** One secret from standard input, without its line end. Refused on a terminal, where it would be seen. */
export async function readSecret(deps: Deps, flag: string): Promise<Secret> {
  if (deps.io.streams.stdin.isTTY === true) {
    throw usageError(`${flag} reads a pipe or a file, not the terminal, where the secret would be seen.`);
  }
  const text = (await readStandardInput(deps)).replace(/\r?\n$/, '');
  if (text === '') throw usageError(`${flag} found nothing on standard input.`);
  if (/[\r\n]/.test(text)) throw usageError(`${flag} found more than one line on standard input.`);
  return new Secret(text);
}
