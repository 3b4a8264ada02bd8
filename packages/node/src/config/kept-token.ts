import type { Secret } from '@mcpass/auth';

/** Milliseconds after which a command is asked again for a token that the server refuses. */
const AGAIN_MS = 10_000;

/**
 * A token that a command prints: kept for this process until the server refuses it, and asked for once, however many wait. A
 * command that was just asked again knows no better one.
 */
export function keepToken(ask: () => Promise<Secret>): (refused?: Secret) => Promise<Secret> {
  let kept: Promise<Secret> | undefined;
  let askedAgainAtMs = Number.NEGATIVE_INFINITY;
  return async (refused) => {
    // Not by the wall clock, which may be set back.
    const nowMs = performance.now();
    const isRefused = refused !== undefined && kept !== undefined && refused.equals(await kept);
    const isAgain = isRefused && nowMs - askedAgainAtMs > AGAIN_MS;
    if (isAgain) askedAgainAtMs = nowMs;
    if (kept === undefined || isAgain) {
      const asking = ask();
      kept = asking;
      asking.catch(() => {
        if (kept === asking) kept = undefined;
      });
    }
    return kept;
  };
}
