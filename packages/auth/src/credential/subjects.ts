import type { Secret } from '../secret.js';

/** Subjects that are remembered at a time; the one that was used longest ago is forgotten. */
const MOST_SUBJECTS = 1_000;

/** What belongs to one subject each: made when its token comes first, and in no place where two of them meet. */
export interface Subjects<T> {
  /** Of the subject whose token that is. */
  of(token: Secret): Promise<T>;
}

export function createSubjects<T>(make: (token: Secret) => T): Subjects<T> {
  const known = new Map<string, T>();
  return {
    async of(token) {
      const name = await digest(token);
      const found = known.get(name) ?? make(token);
      // The newest is last.
      known.delete(name);
      known.set(name, found);
      for (const oldest of known.keys()) {
        if (known.size <= MOST_SUBJECTS) break;
        known.delete(oldest);
      }
      return found;
    },
  };
}

async function digest(token: Secret): Promise<string> {
  const bytes = new TextEncoder().encode(token.reveal());
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).join();
}
