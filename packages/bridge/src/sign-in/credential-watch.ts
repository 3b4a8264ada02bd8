import { type FSWatcher, watch } from 'node:fs';
import { credentialState, type CredentialRecord, type Store } from '@mcpass/auth';

/** Milliseconds between two looks at the store. */
const POLL_MS = 1_000;
/** Milliseconds after a change in the store's directory: a write is several of them. */
const SETTLE_MS = 50;

export interface CredentialWatchParts {
  readonly store: Pick<Store, 'location'>;
  /** Reads the record itself, past any cache. */
  read(): Promise<CredentialRecord | undefined>;
  readonly now: () => number;
}

/**
 * Waits for a sign-in by another process: a record that is not the one that was found wanting, and that is good for
 * something. Does not keep the process alive.
 *
 * @returns what ends the waiting
 */
export function watchCredential(
  parts: CredentialWatchParts,
  wanting: number,
  onFound: () => void,
): () => void {
  let over = false;
  let looking = false;
  let settle: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;

  const look = async (): Promise<void> => {
    if (over || looking) return;
    looking = true;
    // A record that cannot be read now may be readable at the next look.
    const record = await parts.read().catch(() => undefined);
    looking = false;
    if (over || record === undefined || record.generation === wanting) return;
    const state = credentialState(record, parts.now());
    if (state !== 'signed_in' && state !== 'expired') return;
    stop();
    onFound();
  };
  const poll = setInterval(() => void look(), POLL_MS).unref();
  const stop = (): void => {
    over = true;
    clearInterval(poll);
    clearTimeout(settle);
    watcher?.close();
  };

  try {
    watcher = watch(parts.store.location, { persistent: false }, () => {
      clearTimeout(settle);
      settle = setTimeout(() => void look(), SETTLE_MS).unref();
    });
    watcher.on('error', () => watcher?.close());
  } catch {
    // No such directory yet, or a system without watching: the poll finds it.
  }
  return stop;
}
