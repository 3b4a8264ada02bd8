/** A header tells full seconds, and the way takes some time: clocks that are less than this apart are the same. */
export const SAME_MS = 5_000;
/** A difference of less than this is not worth a word: servers allow for it. */
const WORTH_TELLING_MS = 60_000;

/**
 * Pure: how far the clock of an answer is ahead of ours; undefined where nobody says (RFC 9110 section 6.6.1), or a cache
 * does.
 */
export function clockSkewMs(headers: Headers, nowMs: number): number | undefined {
  const date = headers.get('date');
  if (date === null || headers.has('age')) return undefined;
  const aheadMs = Date.parse(date) - nowMs;
  if (Number.isNaN(aheadMs)) return undefined;
  return Math.abs(aheadMs) < SAME_MS ? 0 : aheadMs;
}

/** To go on with after a refusal, in which times may have been the reason. */
export function clockWords(headers: Headers, nowMs: number): string | undefined {
  const skewMs = clockSkewMs(headers, nowMs) ?? 0;
  if (Math.abs(skewMs) < WORTH_TELLING_MS) return undefined;
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  return `this machine's clock is ${minutes} min ${skewMs < 0 ? 'ahead of' : 'behind'} the server's`;
}
