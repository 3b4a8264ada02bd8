import type { Readable } from 'node:stream';
import type { HostOutput } from './output.js';

/**
 * Makes the host wait while it does not read itself, and slows it down while the server has enough to do: nothing piles up
 * here. Behind the calls that wait may be the answer that one of them waits for, or the end of the input: these are read
 * however much the server has to do.
 */
export interface HostPace {
  /** Something has been read. */
  read(): void;
  stop(): void;
}

/** Chunks that are read although the host does not read itself: behind them may be the end of its input. */
const LOOKS = 64;
/** Milliseconds between two of them, and between two chunks while the server has as much to do as can be. */
const LOOK_MS = 50;

export function paceHost(
  stdin: Readable,
  output: Pick<HostOutput, 'isFull' | 'whenDrained'>,
  relay: { load(): number },
): HostPace {
  let over = false;
  let waits = false;
  let looks = 0;

  const goOn = (): void => {
    if (!over) stdin.resume();
  };
  const goOnIn = (ms: number): void => {
    stdin.pause();
    setTimeout(goOn, ms).unref();
  };
  function read(): void {
    if (over) return;
    if (!output.isFull()) {
      looks = 0;
      const load = relay.load();
      if (load > 0) goOnIn(load * LOOK_MS);
      else if (stdin.isPaused()) stdin.resume();
      return;
    }
    if (!waits) {
      waits = true;
      output.whenDrained(() => {
        waits = false;
        read();
      });
    }
    if (looks === LOOKS) {
      stdin.pause();
      return;
    }
    looks += 1;
    goOnIn(LOOK_MS);
  }

  return {
    read,
    stop() {
      over = true;
    },
  };
}
