/** Bytes that come in pieces until they are whole. */
export interface CollectedBytes {
  readonly size: number;
  add(piece: Buffer): void;
  /** All of it as one buffer, and empty again. A single large piece is given back itself. */
  take(): Buffer;
}

/** A piece smaller than this is copied beside others, so that what is kept is bounded by the bytes and not by how they come. */
const SMALL_BYTES = 1_024;
const BLOCK_BYTES = 4_096;

export function createCollectedBytes(): CollectedBytes {
  let pieces: Buffer[] = [];
  let size = 0;
  /** The last of `pieces` where there is room behind it. */
  let block: Buffer | undefined;
  let filled = 0;

  return {
    get size() {
      return size;
    },
    add(piece) {
      if (piece.length === 0) return;
      size += piece.length;
      // The first one may be all that comes.
      if (piece.length >= SMALL_BYTES || pieces.length === 0) {
        pieces.push(pieces.length > 0 && isMorsel(piece) ? Buffer.from(piece) : piece);
        block = undefined;
        return;
      }
      if (block === undefined || filled + piece.length > BLOCK_BYTES) {
        block = Buffer.allocUnsafe(BLOCK_BYTES);
        filled = 0;
        pieces.push(block);
      }
      piece.copy(block, filled);
      filled += piece.length;
      pieces[pieces.length - 1] = block.subarray(0, filled);
    },
    take() {
      const [first] = pieces;
      const whole = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces, size);
      pieces = [];
      size = 0;
      block = undefined;
      return whole;
    },
  };
}

/** It would keep alive much more than itself. */
function isMorsel({ length, buffer }: Buffer): boolean {
  return length * 2 < buffer.byteLength;
}
