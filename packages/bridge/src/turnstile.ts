import type { Call } from './call.js';

/** Lets so many calls through to the server at a time; the others wait in the order in which they came. */
export interface Turnstile {
  /** Calls `go` when it is the call's turn; never for one that has ended meanwhile. */
  enter(call: Call, go: () => void): void;
  /** A call has ended. Does nothing for one that was never let through. */
  leave(call: Call): void;
  /** So much is waiting that whoever brings more should wait. */
  isFull(): boolean;
  /** Called once, when there is room again. */
  whenRoom(resume: () => void): void;
  /** Lets nobody through any more. */
  stop(): void;
}

/** Calls at the server at a time. Each has a connection of its own: servers and systems have limits for those. */
const AT_ONCE = 256;
/** Bytes of calls at the server at a time. One alone may be larger. */
const AT_ONCE_BYTES = 64 * 1024 * 1024;
/** Bytes of calls that wait. */
const WAITING_BYTES = 32 * 1024 * 1024;
/** What a call takes besides its message, in bytes, roughly. */
const CALL_BYTES = 1024;

interface Waiting {
  readonly call: Call;
  readonly go: () => void;
}

export function createTurnstile(): Turnstile {
  let count = 0;
  let bytes = 0;
  const waiting: Waiting[] = [];
  let waitingBytes = 0;
  let advancing = false;
  let resumes: (() => void)[] = [];

  const sizeOf = (call: Call): number => call.message.bytes.length + CALL_BYTES;
  const hasRoom = (size: number): boolean =>
    count === 0 || (count < AT_ONCE && bytes + size <= AT_ONCE_BYTES);
  const isFull = (): boolean => waitingBytes > WAITING_BYTES;

  function admit(call: Call, go: () => void): void {
    call.admitted = true;
    count += 1;
    bytes += sizeOf(call);
    go();
  }

  function advance(): void {
    // A call that is answered as soon as it is let through comes back here.
    if (advancing) return;
    advancing = true;
    for (let head = waiting[0]; head !== undefined; head = waiting[0]) {
      const { call, go } = head;
      const size = sizeOf(call);
      if (!call.settled && !hasRoom(size)) break;
      waiting.shift();
      waitingBytes -= size;
      if (!call.settled) admit(call, go);
    }
    advancing = false;
    if (isFull()) return;
    const ready = resumes;
    resumes = [];
    for (const resume of ready) resume();
  }

  return {
    enter(call, go) {
      const size = sizeOf(call);
      if (waiting.length === 0 && hasRoom(size)) return admit(call, go);
      waiting.push({ call, go });
      waitingBytes += size;
    },
    leave(call) {
      if (!call.admitted) return;
      call.admitted = false;
      count -= 1;
      bytes -= sizeOf(call);
      if (waiting.length > 0 || resumes.length > 0) advance();
    },
    isFull,
    whenRoom: (resume) => void resumes.push(resume),
    stop: () => void waiting.splice(0),
  };
}
