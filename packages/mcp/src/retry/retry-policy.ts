import { isMcpassError, type McpassError } from '@mcpass/auth';
import { SessionLost } from '../failure.js';
import { backoffMs } from './backoff.js';
import type { Call } from '../calls/call.js';

/** Times for a request that never left. */
const UNSENT_LIMIT = 4;
/** Times for a request that may have arrived, and only reads. */
const READ_LIMIT = 2;
/** Longest `Retry-After` that a call waits for, in seconds. */
const PATIENCE_S = 10;
const PASSING = new Set([502, 503, 504]);

/**
 * Milliseconds until a call that failed is sent again; undefined where it is not. Nothing that may have been carried out
 * is ever sent twice.
 */
export function retryIn(thrown: unknown, { attempts, method, stream }: Call): number | undefined {
  // A request in a session that is gone was not carried out.
  if (thrown instanceof SessionLost) return attempts.renew() ? 0 : undefined;
  if (!isMcpassError(thrown)) return undefined;
  const afterSeconds = thrown.remedy?.do === 'retry_later' ? thrown.remedy.afterSeconds : undefined;
  if (stream !== undefined && thrown.fault !== 'yours') {
    const askedMs = afterSeconds === undefined ? undefined : afterSeconds * 1000;
    return stream.pauseMs(thrown.code === 'connection_lost', askedMs);
  }
  if (attempts.repeats >= limitFor(thrown, method)) return undefined;
  const earlier = attempts.repeat();
  if (afterSeconds !== undefined && afterSeconds > PATIENCE_S) return undefined;
  return Math.max(backoffMs(earlier), (afterSeconds ?? 0) * 1000);
}

function limitFor({ code, facts }: McpassError, method: string): number {
  if (NEVER_SENT.has(facts['system'])) return UNSENT_LIMIT;
  // 429 says that it was not carried out.
  if (code === 'rate_limited') return READ_LIMIT;
  if (!READ_ONLY.has(method)) return 0;
  if (code === 'connection_lost') return READ_LIMIT;
  return PASSING.has(Number(facts['status'])) ? READ_LIMIT : 0;
}

/** Trouble with a request that never left, so that sending it again doubles nothing. */
const NEVER_SENT = new Set<unknown>([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'EAI_NODATA',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Methods that only read: sending one twice does no harm. A tool call may have been carried out although its answer was
 * lost, and is never sent again once it may have arrived.
 */
const READ_ONLY = new Set([
  'completion/complete',
  'initialize',
  'ping',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'server/discover',
  'tools/list',
]);
