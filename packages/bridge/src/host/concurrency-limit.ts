import type { Call } from '@mcpass/mcp/parts';

/** Lets so many calls through to the server at a time; the others wait in the order in which they came. */
export interface ConcurrencyLimit {
  /**
   * Calls `go` when it is the call's turn; never for one that has ended meanwhile. False where so much waits that the call
   * has no place: it is never let through.
   */
  enter(call: Call, go: () => void): boolean;
  /** A call has ended. Does nothing for one that never entered. */
  leave(call: Call): void;
  /** How near what waits is to being too much: 0 while that is far away, 1 when nothing finds a place any more. */
  load(): number;
  /** Lets nobody through any more. */
  stop(): void;
}

/** Calls at the server at a time. Each has a connection of its own: servers and systems have limits for those. */
const AT_ONCE = 256;
/** Bytes of calls at the server at a time. Beside them there may be one call that is larger than that alone. */
const AT_ONCE_BYTES = 64 * 1024 * 1024;
/** Bytes of calls that wait: whoever brings more is slowed down, and at last refused. The last one may be of any size. */
const SLOW_BYTES = 32 * 1024 * 1024;
const WAITING_BYTES = 96 * 1024 * 1024;
/** What a call takes besides its message, in bytes, roughly. It bounds the number of those that wait as well. */
const CALL_BYTES = 2048;

export function createConcurrencyLimit(): ConcurrencyLimit {
  const admitted = new Map<string, Call>();
  let bytes = 0;
  let hasOversized = false;
  const waiting = new Map<Call, () => void>();
  let waitingBytes = 0;
  let advancing = false;

  const sizeOf = (call: Call): number => call.message.bytes.length + CALL_BYTES;
  const isOversized = (size: number): boolean => size > AT_ONCE_BYTES;
  const hasRoom = (size: number): boolean =>
    admitted.size < AT_ONCE && (isOversized(size) ? !hasOversized : bytes + size <= AT_ONCE_BYTES);

  function admit(call: Call, go: () => void): void {
    const size = sizeOf(call);
    admitted.set(call.id, call);
    if (isOversized(size)) hasOversized = true;
    else bytes += size;
    go();
  }

  function advance(): void {
    // A call that is answered as soon as it is let through comes back here.
    if (advancing) return;
    advancing = true;
    for (const [call, go] of waiting) {
      const size = sizeOf(call);
      if (!hasRoom(size)) break;
      waiting.delete(call);
      waitingBytes -= size;
      admit(call, go);
    }
    advancing = false;
  }

  return {
    enter(call, go) {
      // It would never leave again.
      if (call.settled) return true;
      const size = sizeOf(call);
      if (waiting.size === 0 && hasRoom(size)) {
        admit(call, go);
        return true;
      }
      if (waitingBytes >= WAITING_BYTES) return false;
      waiting.set(call, go);
      waitingBytes += size;
      return true;
    },
    leave(call) {
      const size = sizeOf(call);
      if (admitted.get(call.id) === call) {
        admitted.delete(call.id);
        if (isOversized(size)) hasOversized = false;
        else bytes -= size;
      } else if (waiting.delete(call)) waitingBytes -= size;
      else return;
      if (waiting.size > 0) advance();
    },
    load: () => Math.min(Math.max((waitingBytes - SLOW_BYTES) / (WAITING_BYTES - SLOW_BYTES), 0), 1),
    stop() {
      waiting.clear();
      waitingBytes = 0;
    },
  };
}
