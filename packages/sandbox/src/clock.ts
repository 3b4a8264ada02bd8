/** The sandbox's own clock. Tokens, codes and the `Date` header follow it; the request log does not. */
export interface Clock {
  /** Now, in epoch seconds. */
  nowS(): number;
  /** Moves the clock; negative goes back. */
  advance(seconds: number): void;
}

/** A clock that is `offsetSeconds` ahead of the machine's. */
export function createClock(offsetSeconds: number): Clock {
  let offset = offsetSeconds;
  return {
    nowS: () => Math.floor(Date.now() / 1000) + offset,
    advance: (seconds) => {
      offset += seconds;
    },
  };
}
