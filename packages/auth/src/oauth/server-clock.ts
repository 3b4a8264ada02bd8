/** Below this many seconds two clocks agree: an answer may have been under way for a while. */
const AGREE_S = 60;

/**
 * How far this machine's clock is ahead of the server's, in seconds; undefined where they agree, or nobody can say (RFC 9110
 * section 6.6.1).
 */
export function clockAheadS(headers: Headers, nowMs: number): number | undefined {
  const theirsMs = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(theirsMs)) return undefined;
  const aheadS = Math.round((nowMs - theirsMs) / 1000);
  return Math.abs(aheadS) < AGREE_S ? undefined : aheadS;
}

/** To go on with after a refusal, in which times may have been the reason. */
export function clockWords(headers: Headers, nowMs: number): string | undefined {
  const aheadS = clockAheadS(headers, nowMs);
  if (aheadS === undefined) return undefined;
  const minutes = Math.round(Math.abs(aheadS) / 60);
  return `this machine's clock is ${minutes} min ${aheadS > 0 ? 'ahead of' : 'behind'} the server's`;
}
