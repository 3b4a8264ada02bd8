/**
 * How many times as long the larger work takes as the smaller: what a machine's speed does not change. Both take turns,
 * and the shortest of each counts, so that what else the machine does falls on neither.
 */
export function growth(smaller: () => unknown, larger: () => unknown): number {
  const best = { smaller: Infinity, larger: Infinity };
  for (let round = 0; round < 25; round += 1) {
    best.smaller = Math.min(best.smaller, durationOf(smaller));
    best.larger = Math.min(best.larger, durationOf(larger));
  }
  return best.larger / best.smaller;
}

function durationOf(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

/** The text many times over, as it comes off the wire: in one piece, and not put together when it is first read. */
export function flatRepeat(text: string, times: number): string {
  return Buffer.from(text.repeat(times)).toString();
}
