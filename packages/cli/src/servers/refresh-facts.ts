import { type CredentialRecord, plain } from '@mcpass/auth';
import { fromNow, isoTime } from '../terminal/moment.js';
import { isInDoubt } from './sign-in-facts.js';

/** The last refresh as `status --json` shows it. */
export interface LastRefreshState {
  readonly at: string;
  readonly outcome: 'renewed' | 'refused' | 'client_refused' | 'failed';
  readonly detail?: string;
  readonly failures?: number;
  /** Until then nobody asks again, unless a person wants it to. */
  readonly nextAttemptAt?: string;
}

export function lastRefreshState(record: CredentialRecord | undefined): LastRefreshState | undefined {
  const last = record?.lastRefresh;
  if (last === undefined) return undefined;
  const { atS, outcome, detail, failures, nextAtS } = last;
  return {
    at: isoTime(atS),
    outcome,
    ...(detail === undefined ? {} : { detail: plain(detail, 1_000) }),
    ...(failures === undefined ? {} : { failures }),
    ...(nextAtS === undefined ? {} : { nextAttemptAt: isoTime(nextAtS) }),
  };
}

/** Lines about the last refresh: what came of it, and when the next one may be tried. */
export function refreshFacts(
  record: CredentialRecord | undefined,
  nowMs: number,
): (readonly [string, string | undefined])[] {
  const last = record?.lastRefresh;
  if (last === undefined) return [];
  const { atS, outcome, detail, failures = 1, nextAtS } = last;
  const times = failures > 1 ? `, ${failures} times in a row` : '';
  const why = detail === undefined ? '' : `: ${plain(detail, 1_000)}`;
  const waits = nextAtS !== undefined && nextAtS * 1000 > nowMs;
  const when = nextAtS === undefined ? '' : `${isoTime(nextAtS)} (${fromNow(nextAtS, nowMs)})`;
  const next = isInDoubt(record, nowMs)
    ? `at the next use; renewed again after ${when}`
    : `not tried again before ${when}`;
  return [
    ['refreshed', `${fromNow(atS, nowMs)}, ${OUTCOME_WORDS[outcome]}${times}${why}`],
    ['next', waits ? next : undefined],
  ];
}

const OUTCOME_WORDS = {
  renewed: 'with success',
  refused: 'refused',
  client_refused: 'refused, because the server no longer knows this client',
  failed: 'in vain',
} as const;
