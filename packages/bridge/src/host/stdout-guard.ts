import { plain } from '@mcpass/auth';
import type { Log } from '@mcpass/mcp/parts';

/**
 * Takes a stream away from everybody but the caller: standard output is the wire, and a library that prints there would
 * break it, or end it. What others write becomes a line in the log. Who writes to the file descriptor itself
 * (`fs.writeSync(1, …)`, a native addon) is not seen from here: nothing that the bridge loads does so.
 *
 * It is not given back: what a library says while the process ends is no message either.
 *
 * @returns `write` for the one who may
 */
export function guardStdout(stdout: NodeJS.WriteStream, log: Log): NodeJS.WriteStream['write'] {
  const { write, destroy } = stdout;
  const keepOff = (chunk: unknown): void => {
    const text =
      typeof chunk === 'string' ? chunk : chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : '';
    if (text !== '') log(`kept off the wire: ${plain(text)}`);
  };
  const callBack = (...candidates: readonly unknown[]): void => {
    const done = candidates.find((candidate) => typeof candidate === 'function');
    if (done !== undefined) process.nextTick(done as () => void);
  };
  stdout.write = (chunk: unknown, encoding?: unknown, callback?: unknown): boolean => {
    keepOff(chunk);
    callBack(encoding, callback);
    return true;
  };
  stdout.end = (chunk?: unknown, encoding?: unknown, callback?: unknown): NodeJS.WriteStream => {
    keepOff(chunk);
    log('kept off the wire: its end');
    callBack(chunk, encoding, callback);
    return stdout;
  };
  // With an error it is the stream's own: the host has gone.
  stdout.destroy = (error?: Error): NodeJS.WriteStream => {
    if (error !== undefined && error !== null) return destroy.call(stdout, error);
    log('kept off the wire: its end');
    return stdout;
  };
  return write.bind(stdout) as NodeJS.WriteStream['write'];
}
