import { type ErrorCode, type ErrorDetails, type Fault, McpassError, withDetails } from '../errors.js';
import type { CredentialRecord, LastRefresh } from './record.js';

/* After a refresh that failed for a reason that passes, the server is left alone for a while: by this process and, since
   the time is kept with the record, by all others. Pure. */

/** After the first failure, in seconds; doubled with every further one in a row. */
const FIRST_PAUSE_S = 2;
const LONGEST_PAUSE_S = 300;
/**
 * Longest pause where the way to the server was the trouble. It is mended by plugging in a cable; and where the answer
 * was lost after the server had spent the token, many servers take it again only for half a minute.
 */
const LONGEST_NETWORK_PAUSE_S = 10;
/** After a renewed token that the server refused at once, in seconds: the next one will hardly be better. */
const REJECTED_PAUSE_S = 60;
/** No server is obeyed for longer than this, in seconds. */
const RETRY_AFTER_LIMIT_S = 3_600;

/** What may be the reason for a pause, by whose fault it is. */
const FAULTS: Partial<Record<ErrorCode, Fault>> = {
  rate_limited: 'server',
  server_error: 'server',
  token_refused: 'server',
  login_refused: 'server',
  answer_invalid: 'server',
  answer_too_large: 'server',
  redirect_refused: 'server',
  endpoint_unsafe: 'server',
  dns_failed: 'network',
  connect_failed: 'network',
  connection_lost: 'network',
  tls_failed: 'network',
  proxy_failed: 'network',
  timeout: 'network',
};

/** What is kept of a failure, so that the next attempt is not made too soon. */
export function judgePause(
  failed: McpassError,
  earlier: LastRefresh | undefined,
  nowMs: number,
): Pick<LastRefresh, 'code' | 'failures' | 'nextAtS'> {
  const failures = (earlier?.outcome === 'failed' ? (earlier.failures ?? 1) : 0) + 1;
  // What the person can put right (a secret that is not there) is tried as soon as it is put right.
  if (failed.fault === 'yours' || FAULTS[failed.code] === undefined) return { code: failed.code, failures };
  const nowS = nowMs / 1000;
  const nextAtS = Math.ceil(nowS + pauseSeconds(failed, failures));
  // Rounding up adds no second to the longest pause.
  return { code: failed.code, failures, nextAtS: Math.min(nextAtS, Math.floor(nowS) + RETRY_AFTER_LIMIT_S) };
}

function pauseSeconds({ code, remedy }: McpassError, failures: number): number {
  const wished = remedy?.do === 'retry_later' ? remedy.afterSeconds : undefined;
  if (wished !== undefined) return Math.min(Math.max(wished, 1), RETRY_AFTER_LIMIT_S);
  const longest = FAULTS[code] === 'network' ? LONGEST_NETWORK_PAUSE_S : LONGEST_PAUSE_S;
  return Math.min(FIRST_PAUSE_S * 2 ** Math.min(failures - 1, 16), longest);
}

/**
 * Until when no refresh should be tried, in epoch seconds; undefined when one may. A clock that was set back since ends
 * the pause: what it says about the time left means nothing.
 */
export function pausedUntilS(record: CredentialRecord | undefined, nowMs: number): number | undefined {
  const last = record?.lastRefresh;
  if (last?.outcome !== 'failed' || last.nextAtS === undefined) return undefined;
  const nowS = nowMs / 1000;
  const plausible = last.atS <= nowS && last.nextAtS - nowS <= RETRY_AFTER_LIMIT_S;
  return plausible && nowS < last.nextAtS ? last.nextAtS : undefined;
}

/**
 * What is kept when the server refuses a token that was renewed a moment ago: the grant behind the authorization server
 * may be dead, and then only a sign-in helps; or the server has a bad moment, and a later refresh does.
 */
export function judgeRejection(error: McpassError, nowMs: number): LastRefresh {
  const atS = Math.floor(nowMs / 1000);
  return { atS, outcome: 'failed', code: REJECTED, detail: error.message, nextAtS: rejectedUntilS(nowMs) };
}

/** True when nothing was accepted with the last renewed token, as far as anybody knows. */
export function wasRejected(record: CredentialRecord | undefined): boolean {
  return record?.lastRefresh?.code === REJECTED;
}

const REJECTED = 'token_rejected' satisfies ErrorCode;

/** Why there is no token just now, for somebody who comes during a pause. */
export function pauseError(
  last: LastRefresh,
  untilS: number,
  nowMs: number,
  what = 'The sign-in could not be renewed',
): McpassError {
  if (last.code === REJECTED) {
    return doubtError(last.detail ?? 'The server refuses renewed tokens.', untilS, nowMs);
  }
  const afterSeconds = secondsUntil(untilS, nowMs);
  const agoS = Math.max(0, Math.floor(nowMs / 1000) - last.atS);
  const code = knownCode(last.code);
  return new McpassError(
    code,
    `${what} ${agoS} s ago: ${last.detail ?? 'the server was in trouble.'} The next attempt is made in ${afterSeconds} s.`,
    {
      step: 'refresh',
      fault: FAULTS[code] ?? 'server',
      ...keptDetails(untilS, nowMs),
    },
  );
}

/** A sign-in in doubt: the next renewal may help, or a person. Nothing is thrown away. */
export function doubtError(why: string, untilS: number, nowMs: number): McpassError {
  const message = `${why} The next renewal is tried in ${secondsUntil(untilS, nowMs)} s.`;
  return withDetails(signInNeeded(message), { facts: keptDetails(untilS, nowMs).facts });
}

/** When a token that was renewed a moment ago and is refused is renewed again, in epoch seconds. */
export function rejectedUntilS(nowMs: number): number {
  return Math.floor(nowMs / 1000) + REJECTED_PAUSE_S;
}

/**
 * A failure that ends nothing, for whoever met it first: as for those who come during the pause, with the time that is
 * really waited, which may not be the one that the server wished. What a person can do about it stays.
 */
export function troubleError(failed: McpassError, untilS: number | undefined, nowMs: number): McpassError {
  if (untilS === undefined) return withDetails(failed, { facts: { kept: true } });
  const { remedy, facts } = keptDetails(untilS, nowMs);
  const own = failed.remedy?.do === 'retry_later' ? undefined : failed.remedy;
  return withDetails(failed, { remedy: own ?? remedy, facts });
}

/** Nothing stored was thrown away, and when the next attempt is made. */
function keptDetails(untilS: number, nowMs: number): Required<Pick<ErrorDetails, 'remedy' | 'facts'>> {
  return {
    remedy: { do: 'retry_later', afterSeconds: secondsUntil(untilS, nowMs) },
    facts: { kept: true, nextAttemptS: untilS },
  };
}

function secondsUntil(untilS: number, nowMs: number): number {
  return Math.max(1, Math.ceil(untilS - nowMs / 1000));
}

export function signInNeeded(message: string, cause?: unknown): McpassError {
  return new McpassError('login_required', message, {
    step: 'credential',
    fault: 'yours',
    cause,
    remedy: { do: 'sign_in' },
  });
}

/** The record may be of another version of this package. */
function knownCode(code: string | undefined): ErrorCode {
  return code !== undefined && Object.hasOwn(FAULTS, code) ? (code as ErrorCode) : 'server_error';
}
