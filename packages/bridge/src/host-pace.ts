import type { Readable } from 'node:stream';
import type { HostOutput } from './host-output.js';
import type { Relay } from './relay.js';

/** Makes the host wait while it does not read itself, and while the server has enough to do: nothing piles up here. */
export interface HostPace {
  /** Something has been read. */
  read(): void;
  stop(): void;
}

/** Chunks that are read although the host does not read itself: behind them may be the end of its input. */
const LOOKS = 64;
/** Milliseconds between two of them. */
const LOOK_MS = 50;

export function paceHost(
  stdin: Readable,
  output: Pick<HostOutput, 'isFull' | 'whenDrained'>,
  relay: Pick<Relay, 'isFull' | 'whenRoom'>,
): HostPace {
  let over = false;
  let waits = false;
  let looks = 0;

  const goOn = (): void => {
    if (!over) stdin.resume();
  };
  function read(): void {
    if (over) return;
    if (!output.isFull() && !relay.isFull()) {
      looks = 0;
      if (stdin.isPaused()) stdin.resume();
      return;
    }
    stdin.pause();
    if (!waits) {
      waits = true;
      const whenReady = output.isFull() ? output.whenDrained : relay.whenRoom;
      whenReady(() => {
        waits = false;
        read();
      });
    }
    if (relay.isFull() || looks === LOOKS) return;
    looks += 1;
    setTimeout(goOn, LOOK_MS).unref();
  }

  return {
    read,
    stop() {
      over = true;
    },
  };
}
