import { createCollectedBytes } from './collected-bytes.js';

/** Cuts a byte stream into lines. */
export interface LineReader {
  push(chunk: Buffer): void;
  /** Bytes of a line that has not ended. */
  held(): number;
  /** The stream has ended: what is left of a line without its end. */
  rest(): Buffer;
}

export interface LineReaderOptions {
  /** Longest line, in bytes; a longer one is passed over. */
  readonly limit: number;
  /** Without its end. Shares memory with the chunk where it can. */
  readonly onLine: (line: Buffer) => void;
  /** Called once for a line that is too long, with its beginning. */
  readonly onOverflow: (beginning: Buffer) => void;
  /** CR alone ends a line too (server-sent events); otherwise only LF, and a CR before it is left on the line. */
  readonly carriageReturns?: boolean;
}

const LF = 0x0a;
const CR = 0x0d;
/** Bytes of a line that is too long which are handed on. */
const BEGINNING = 4_096;

export function createLineReader(options: LineReaderOptions): LineReader {
  const { limit, onLine, onOverflow, carriageReturns = false } = options;
  const kept = createCollectedBytes();
  let overflown = false;
  /** The last line ended with a CR: an LF that follows belongs to it. */
  let afterReturn = false;

  const keep = (part: Buffer): void => {
    if (overflown) return;
    kept.add(part);
    if (kept.size <= limit) return;
    overflown = true;
    onOverflow(kept.take().subarray(0, BEGINNING));
  };
  const finish = (part: Buffer): void => {
    if (kept.size === 0 && !overflown && part.length <= limit) return onLine(part);
    keep(part);
    if (!overflown) onLine(kept.take());
    overflown = false;
  };

  return {
    push(chunk) {
      let from = 0;
      if (afterReturn && chunk[0] === LF) from = 1;
      if (chunk.length > 0) afterReturn = false;
      let feed = chunk.indexOf(LF, from);
      let carriage = carriageReturns ? chunk.indexOf(CR, from) : -1;
      while (feed !== -1 || carriage !== -1) {
        const isReturn = carriage !== -1 && (feed === -1 || carriage < feed);
        const end = isReturn ? carriage : feed;
        finish(chunk.subarray(from, end));
        from = end + 1;
        if (isReturn && chunk[from] === LF) from += 1;
        else if (isReturn && from === chunk.length) afterReturn = true;
        if (feed !== -1 && feed < from) feed = chunk.indexOf(LF, from);
        if (carriage !== -1 && carriage < from) carriage = chunk.indexOf(CR, from);
      }
      keep(chunk.subarray(from));
    },
    held: () => kept.size,
    rest() {
      overflown = false;
      return kept.take();
    },
  };
}
