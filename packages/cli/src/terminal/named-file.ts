import { FileRefused, readBoundedLater } from '@mcpass/node/config';
import { usageError } from '../failure.js';
import type { Remedy } from '@mcpass/auth';

/** As much as standard input may hold. */
const LIMIT_BYTES = 16 * 1024 * 1024;
/** Milliseconds that a pipe gets: whoever fills it may have to ask somebody first. */
const PATIENCE_MS = 60_000;

/** The text of a file that stands on the command line. Throws `usage`. */
export async function readNamedFile(file: string, label: string, remedy?: Remedy): Promise<string> {
  const refuse = (why: string) => usageError(`${label}${file} cannot be read: ${why}.`, remedy);
  let bytes: Buffer | undefined;
  try {
    bytes = await readBoundedLater(file, { limit: LIMIT_BYTES, patienceMs: PATIENCE_MS });
  } catch (thrown) {
    throw thrown instanceof FileRefused ? refuse(thrown.message) : thrown;
  }
  if (bytes === undefined) throw refuse('it does not exist');
  return bytes.toString('utf8');
}
