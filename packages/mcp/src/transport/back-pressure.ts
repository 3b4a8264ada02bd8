import type { Readable } from 'node:stream';

/** What is being read of the server's answers and is not with the host yet. All sources share one allowance. */
export interface BackPressure {
  open(source: Readable): Holding;
}

/** One source's share. */
export interface Holding {
  /**
   * Says how many bytes of the source are kept now. Slows it down while the host does not read, and while all sources
   * together keep too much and this one more than a little.
   */
  keep(bytes: number): void;
  close(): void;
}

export interface BackPressureParts {
  /** The host does not read. */
  isFull(): boolean;
  /** Called once, when there is room again. */
  whenDrained(resume: () => void): void;
}

/** Bytes that all sources together may keep. Beyond that one at a time goes on, so that each can come to its end. */
const ALLOWANCE = 32 * 1024 * 1024;

/** Bytes that a source may keep whatever the others do: most answers are no larger. */
const LITTLE = 256 * 1024;
/** Milliseconds in which the one that goes on has to bring more than a little: else it is the next one's turn. */
const TURN_MS = 2_000;
/** Bytes beyond which the turn stays where it is: what was begun in earlier turns is kept as well. */
const LIMIT = 256 * 1024 * 1024;

interface Share {
  readonly source: Readable;
  bytes: number;
}

interface Turn {
  readonly share: Share;
  /** Bytes that it has brought since somebody last looked. */
  brought: number;
  readonly looks: NodeJS.Timeout;
}

export function createBackPressure({ isFull, whenDrained }: BackPressureParts): BackPressure {
  let kept = 0;
  /** In the order in which they were stopped. */
  const stopped = new Set<Share>();
  /** Of the one that goes on although too much is kept. */
  let turn: Turn | undefined;
  let waitsForHost = false;

  const goOn = (share: Share): void => {
    stopped.delete(share);
    share.source.resume();
  };
  function release(): void {
    if (isFull()) return waitForHost();
    const hasRoom = kept <= ALLOWANCE;
    for (const share of stopped) if (hasRoom || share.bytes <= LITTLE) goOn(share);
    const [next] = stopped;
    if (next === undefined) return;
    if (turn === undefined) begin(next);
    if (turn !== undefined && stopped.has(turn.share)) goOn(turn.share);
  }
  function begin(share: Share): void {
    turn = { share, brought: 0, looks: setInterval(look, TURN_MS).unref() };
  }
  function end(): void {
    clearInterval(turn?.looks);
    turn = undefined;
  }
  /** A source that stalls must not stop all others until its time is over. */
  function look(): void {
    if (turn === undefined) return;
    const isSlow = turn.brought <= LITTLE && !stopped.has(turn.share);
    turn.brought = 0;
    if (!isSlow || stopped.size === 0 || kept > LIMIT) return;
    end();
    release();
  }
  function waitForHost(): void {
    if (waitsForHost) return;
    waitsForHost = true;
    whenDrained(() => {
      waitsForHost = false;
      release();
    });
  }

  return {
    open(source) {
      const share: Share = { source, bytes: 0 };
      return {
        keep(bytes) {
          const more = bytes - share.bytes;
          kept += more;
          share.bytes = bytes;
          const isTooMuch = bytes > LITTLE && kept > ALLOWANCE;
          if (isTooMuch && turn === undefined) begin(share);
          const isRunner = turn?.share === share;
          if (isRunner && !isTooMuch) end();
          else if (isRunner && turn !== undefined) turn.brought += Math.max(more, 0);
          if (isFull() || (isTooMuch && !isRunner)) {
            source.pause();
            stopped.add(share);
            if (isFull()) waitForHost();
          }
          if (more < 0 && stopped.size > 0) release();
        },
        close() {
          kept -= share.bytes;
          share.bytes = 0;
          stopped.delete(share);
          if (turn?.share === share) end();
          if (stopped.size > 0) release();
        },
      };
    },
  };
}
