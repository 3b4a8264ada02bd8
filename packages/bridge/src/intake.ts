import type { Readable } from 'node:stream';

/** What is being read of the server's answers and is not with the host yet. All sources share one allowance. */
export interface Intake {
  open(source: Readable): Holding;
}

/** One source's share. */
export interface Holding {
  /**
   * Says how many bytes of the source are kept now. Slows it down while the host does not read, and while all sources
   * together keep too much.
   */
  keep(bytes: number): void;
  close(): void;
}

export interface IntakeParts {
  /** The host does not read. */
  isFull(): boolean;
  /** Called once, when there is room again. */
  whenDrained(resume: () => void): void;
}

/** Bytes that all sources together may keep. Beyond that one at a time goes on, so that each can come to its end. */
const ALLOWANCE = 32 * 1024 * 1024;

interface Share {
  readonly source: Readable;
  bytes: number;
}

export function createIntake({ isFull, whenDrained }: IntakeParts): Intake {
  let kept = 0;
  /** In the order in which they were stopped. */
  const stopped = new Set<Share>();
  /** The one that goes on although too much is kept. */
  let runner: Share | undefined;
  let waitsForHost = false;

  const goOn = (share: Share): void => {
    stopped.delete(share);
    share.source.resume();
  };
  function release(): void {
    if (isFull()) return waitForHost();
    if (kept <= ALLOWANCE) {
      for (const share of stopped) goOn(share);
      return;
    }
    const [next] = stopped;
    if (next === undefined || (runner !== undefined && !stopped.has(runner))) return;
    runner ??= next;
    goOn(runner);
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
          const isLess = bytes < share.bytes;
          kept += bytes - share.bytes;
          share.bytes = bytes;
          const isTooMuch = bytes > 0 && kept > ALLOWANCE;
          if (isTooMuch) runner ??= share;
          else if (runner === share) runner = undefined;
          if (isFull() || (isTooMuch && runner !== share)) {
            source.pause();
            stopped.add(share);
            if (isFull()) waitForHost();
          }
          if (isLess && stopped.size > 0) release();
        },
        close() {
          kept -= share.bytes;
          share.bytes = 0;
          stopped.delete(share);
          if (runner === share) runner = undefined;
          if (stopped.size > 0) release();
        },
      };
    },
  };
}
