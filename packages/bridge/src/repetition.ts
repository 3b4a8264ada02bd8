import { isMcpassError } from '@mcpass/auth';
import { backoffMs } from './backoff.js';
import { type Call, isReadOnly } from './call.js';
import { createReopening } from './reopening.js';
import { SessionLost } from './session-loss.js';

/** Sessions that are begun anew for one call. */
const RENEWAL_LIMIT = 1;
/** Times for a request that never left. */
const UNSENT_LIMIT = 4;
/** Times for a request that may have arrived, and only reads. */
const READ_LIMIT = 2;
/** Longest `Retry-After` that is waited for, in seconds. */
const PATIENCE_S = 10;
const PASSING = new Set([502, 503, 504]);

/**
 * Milliseconds until a call that failed is sent again; undefined where it is not. Counts on the call. Nothing that may
 * have been carried out is ever sent twice.
 */
export function repetition(thrown: unknown, call: Call): number | undefined {
  if (thrown instanceof SessionLost) {
    // A request in a session that is gone was not carried out.
    call.renewals += 1;
    return call.renewals > RENEWAL_LIMIT ? undefined : 0;
  }
  if (!isMcpassError(thrown)) return undefined;
  if (call.method === 'subscriptions/listen' && thrown.fault !== 'yours') return pauseOf(call, thrown.code);
  if (call.repeats >= limitFor(thrown.code, thrown, call.method)) return undefined;
  call.repeats += 1;
  const after = thrown.remedy?.do === 'retry_later' ? thrown.remedy.afterSeconds : undefined;
  if (after !== undefined && after > PATIENCE_S) return undefined;
  return after === undefined ? backoffMs(call.repeats - 1) : after * 1000;
}

/** Milliseconds until the stream of a subscription, which ended or could not be opened, is opened again. */
function pauseOf(call: Call, code: string): number {
  const now = performance.now();
  // Other errors are of streams that never were.
  const livedMs = code === 'connection_lost' ? now - call.openedMs : 0;
  call.reopening ??= createReopening();
  const pauseMs = call.reopening.after({ livedMs, brought: call.brought });
  call.openedMs = now + pauseMs;
  call.brought = false;
  return pauseMs;
}

/**
 * Whether the session may be begun anew on behalf of a call (or of what belongs to none), where the server has forgotten
 * it. A call for which that was done hears what the server says.
 */
export function mayBeginAnew(call: Call | undefined): boolean {
  return call === undefined || call.renewals < RENEWAL_LIMIT;
}

/** Whether an error is about a request that never left, so that sending it again doubles nothing. */
function neverSent({ facts }: { readonly facts: Readonly<Record<string, unknown>> }): boolean {
  return NEVER_SENT.has(String(facts['system']));
}

const NEVER_SENT = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'EAI_NODATA',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function limitFor(
  code: string,
  thrown: { readonly facts: Readonly<Record<string, unknown>> },
  method: string,
): number {
  if (neverSent(thrown)) return UNSENT_LIMIT;
  // 429 says that it was not carried out.
  if (code === 'rate_limited') return READ_LIMIT;
  if (!isReadOnly(method)) return 0;
  if (code === 'connection_lost') return READ_LIMIT;
  return PASSING.has(Number(thrown.facts['status'])) ? READ_LIMIT : 0;
}
