import type { Writable } from 'node:stream';
import { type BackPressure, createBackPressure } from '@mcpass/mcp/parts';

/** The way to the host: one frame a line. */
export interface HostOutput {
  send(message: Uint8Array): void;
  /** The host does not read: whoever brings more should wait. */
  isFull(): boolean;
  /** Called once, when there is room again. */
  whenDrained(resume: () => void): void;
  /** What is on its way to the host and not whole yet. */
  readonly backPressure: BackPressure;
  /** Resolves when everything is with the system, or the host has gone. */
  flushed(): Promise<void>;
}

/** Bytes that may wait for the host. */
const FULL_BYTES = 1024 * 1024;
/** A larger message is not copied to stand beside others in one write. */
const LARGE_BYTES = 64 * 1024;
const LINE_END = Buffer.from('\n');

/** The only writer of the stream. What comes in one turn of the event loop goes out in one write. */
export function createHostOutput(
  stream: Writable,
  writeRaw: Writable['write'] = stream.write.bind(stream),
): HostOutput {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let scheduled = false;
  const resumes: (() => void)[] = [];

  const write = (bytes: Uint8Array): void => {
    if (!stream.destroyed && !stream.writableEnded) writeRaw(bytes);
  };
  const flush = (): void => {
    scheduled = false;
    if (waiting.length === 0) return;
    const frames = waiting;
    waiting = [];
    waitingBytes = 0;
    stream.cork();
    let small: Uint8Array[] = [];
    for (const frame of frames) {
      if (frame.length < LARGE_BYTES) {
        small.push(frame);
        continue;
      }
      if (small.length > 0) write(Buffer.concat(small));
      small = [];
      write(frame);
    }
    if (small.length > 0) write(small.length === 1 ? (small[0] ?? LINE_END) : Buffer.concat(small));
    stream.uncork();
    if (!isFull()) drained();
  };
  const isFull = (): boolean => waitingBytes + stream.writableLength > FULL_BYTES && !stream.destroyed;
  const drained = (): void => {
    for (const resume of resumes.splice(0)) resume();
  };
  const whenDrained = (resume: () => void): void => void resumes.push(resume);
  stream.on('drain', drained);
  stream.on('close', drained);

  return {
    send(message) {
      waiting.push(withoutLineEnds(message), LINE_END);
      waitingBytes += message.length + 1;
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
    isFull,
    whenDrained,
    backPressure: createBackPressure({ isFull, whenDrained }),
    flushed() {
      flush();
      return new Promise((resolve) => {
        if (stream.destroyed || stream.writableLength === 0) resolve();
        else {
          writeRaw('', () => resolve());
          stream.once('close', () => resolve());
        }
      });
    },
  };
}

/** A line end inside a message is white space (RFC 8259 section 2), and would end the frame: a blank says the same. */
function withoutLineEnds(message: Uint8Array): Uint8Array {
  if (!message.includes(0x0a) && !message.includes(0x0d)) return message;
  return message.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte));
}
