/**
 * Holds back the request for the standalone stream until somebody needs the stream. The SDK asks for it right after
 * the greeting; a list needs none, and a server that keeps it open costs a connection.
 */
export interface StreamGate {
  /** For the transport: resolves when the stream may be asked for; rejects when the signal aborts. */
  pass(signal: AbortSignal | null | undefined): Promise<void>;
  /** For the transport: there is a stream now, or there will be none. */
  settle(): void;
  /** Lets the request through, and resolves when it has been answered; at once when there was none to let through. */
  open(): Promise<void>;
}

export function createStreamGate(): StreamGate {
  let opened = false;
  let asked = false;
  let letThrough: (() => void) | undefined;
  let tellSettled: (() => void) | undefined;
  const settled = new Promise<void>((resolve) => {
    tellSettled = resolve;
  });
  return {
    async pass(signal) {
      asked = true;
      if (opened) return;
      await new Promise<void>((resolve, reject) => {
        letThrough = resolve;
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    },
    settle() {
      tellSettled?.();
    },
    async open() {
      opened = true;
      // The SDK asks a few microtasks after the greeting was acknowledged.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      if (!asked) return;
      letThrough?.();
      await settled;
    },
  };
}
