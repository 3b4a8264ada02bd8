/** Milliseconds before the first repetition, and at the most. */
const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Milliseconds to wait before repetition number `attempt` (from 0), spread so that many clients do not come at once. */
export function backoffMs(attempt: number): number {
  const ms = Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS);
  return ms / 2 + Math.random() * (ms / 2);
}
