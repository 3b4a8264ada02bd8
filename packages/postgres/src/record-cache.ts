import type { CredentialRecord } from '@mcpass/auth';

/** What was read a moment ago, so that a token that is good costs no query. */
export interface RecordCache {
  /** Absent: not known. `record` undefined: there is none. */
  find(id: string): { readonly record: CredentialRecord | undefined } | undefined;
  /** Reads, and keeps what came of it unless something was released meanwhile. */
  through(
    id: string,
    mayKeep: boolean,
    read: () => Promise<CredentialRecord | undefined>,
  ): Promise<CredentialRecord | undefined>;
  /** Drops one, or all. */
  drop(id: string | undefined): void;
}

/** Announcements drop what changes at once; this is for a connection that has gone silent, in milliseconds. */
const LIFE_MS = 30_000;
const SIZE = 10_000;

export function createRecordCache(): RecordCache {
  const kept = new Map<string, { readonly record: CredentialRecord | undefined; readonly untilMs: number }>();
  /** Counts what was dropped: what was read before that may be of before the change. */
  let drops = 0;
  return {
    find(id) {
      const entry = kept.get(id);
      return entry !== undefined && performance.now() < entry.untilMs ? entry : undefined;
    },
    async through(id, mayKeep, read) {
      const before = drops;
      const record = await read();
      if (!mayKeep || drops !== before) return record;
      kept.delete(id);
      kept.set(id, { record, untilMs: performance.now() + LIFE_MS });
      const [oldest] = kept.keys();
      if (kept.size > SIZE && oldest !== undefined) kept.delete(oldest);
      return record;
    },
    drop(id) {
      drops += 1;
      if (id === undefined) kept.clear();
      else kept.delete(id);
    },
  };
}
