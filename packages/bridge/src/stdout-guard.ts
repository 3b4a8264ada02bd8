import { plain } from '@mcpass/auth';
import type { Log } from './log.js';

/**
 * Takes a stream's `write` away from everybody but the caller: standard output is the wire, and a library that prints
 * there would break it. What others write becomes a line in the log.
 *
 * @returns the stream for the one who may write, and what gives `write` back
 */
export function guardStdout(
  stdout: NodeJS.WriteStream,
  log: Log,
): { readonly write: NodeJS.WriteStream['write']; release(): void } {
  const write = stdout.write;
  const stray = (chunk: unknown, encoding?: unknown, callback?: unknown): boolean => {
    const text =
      typeof chunk === 'string' ? chunk : chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : '';
    if (text !== '') log(`kept off the wire: ${plain(text)}`);
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') process.nextTick(done as () => void);
    return true;
  };
  stdout.write = stray;
  return {
    write: write.bind(stdout) as NodeJS.WriteStream['write'],
    release() {
      stdout.write = write;
    },
  };
}
