/**
 * Stops the clocks of a session while a person is busy: signing in behind the authorizing fetch, or answering a
 * question of the server. Time that passes while it is held counts towards no timeout.
 */
export interface Hold {
  readonly held: boolean;
  /** Holds until the returned function is called; calling that twice is harmless. Holds nest. */
  begin(): () => void;
  /** Calls back when it becomes held and when it no longer is. Returns the function that ends that. */
  watch(listener: (held: boolean) => void): () => void;
}

/** With `outer`, the new hold is held whenever the outer one is; holding the new one leaves the outer one alone. */
export function createHold(outer?: Hold): Hold {
  const listeners = new Set<(held: boolean) => void>();
  let holders = 0;
  const isHeld = (): boolean => holders > 0 || outer?.held === true;
  const tell = (): void => {
    for (const listener of listeners) listener(isHeld());
  };
  return {
    get held() {
      return isHeld();
    },
    begin() {
      let begun = true;
      holders += 1;
      tell();
      return () => {
        if (!begun) return;
        begun = false;
        holders -= 1;
        tell();
      };
    },
    watch(listener) {
      listeners.add(listener);
      // Only while somebody listens: an outer hold may live longer than the session that listens to it.
      const unwatch = outer?.watch(() => listener(isHeld()));
      return () => {
        listeners.delete(listener);
        unwatch?.();
      };
    },
  };
}
