import type { CredentialRecord, Store } from '@mcpass/auth';

/** Milliseconds that a record is believed without looking again. */
const FRESH_MS = 1_000;

/** A store of one entry that remembers the one record that the bridge reads for every message. */
export interface CachedStore extends Store {
  /** The next read looks again. */
  invalidate(): void;
  /** The generation of the record that was read last; 0 where there was none. */
  lastGeneration(): number;
}

/**
 * A record may be a second old when it is read for a request: a token that was renewed elsewhere meanwhile still works or
 * is refused, and then the engine looks again under the lock. Writing always goes to the store itself.
 */
export function createCachedStore(store: Store): CachedStore {
  let cached: Promise<CredentialRecord | undefined> | undefined;
  let readAt = 0;
  let generation = 0;

  const remember = (record: CredentialRecord | undefined): CredentialRecord | undefined => {
    generation = record?.generation ?? 0;
    return record;
  };

  return {
    kind: store.kind,
    location: store.location,
    read(key) {
      // Not by the wall clock: one that is set back would keep the record for as long.
      const nowMs = performance.now();
      if (cached !== undefined && nowMs - readAt < FRESH_MS) return cached;
      readAt = nowMs;
      const reading = store.read(key).then(remember);
      cached = reading;
      reading.catch(() => {
        if (cached === reading) cached = undefined;
      });
      return reading;
    },
    async update(key, change) {
      cached = undefined;
      try {
        return remember(await store.update(key, change));
      } finally {
        cached = undefined;
      }
    },
    list: () => store.list(),
    invalidate() {
      cached = undefined;
    },
    lastGeneration: () => generation,
  };
}
