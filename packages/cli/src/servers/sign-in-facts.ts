import {
  clockWasSetBack,
  credentialState,
  hasRenewal,
  isRenewable,
  plain,
  type CredentialRecord,
} from '@mcpass/auth';
import { clockTime, fromNow, isoTime } from '../terminal/moment.js';

/** A sign-in that came to nothing, as `status --json` shows it; gone with the next one that succeeds. */
export interface LastSignInState {
  readonly at: string;
  readonly outcome: 'given_up' | 'failed';
  readonly code: string;
  readonly detail: string;
}

export function lastSignInState(record: CredentialRecord | undefined): LastSignInState | undefined {
  const last = record?.lastSignIn;
  if (last === undefined) return undefined;
  const { atS, outcome, code, detail } = last;
  return { at: isoTime(atS), outcome, code: plain(code, 100), detail: plain(detail, 1_000) };
}

export function lastSignInText(record: CredentialRecord | undefined, nowMs: number): string | undefined {
  const last = record?.lastSignIn;
  if (last === undefined) return undefined;
  const words = last.outcome === 'given_up' ? 'given up' : 'in vain';
  return `${words} ${fromNow(last.atS, nowMs)}: ${plain(last.detail, 1_000)}`;
}

/** One line where the server granted what was asked for, two and a note where it did not. */
export function scopeFacts(
  requested: readonly string[],
  granted: readonly string[],
): (readonly [string, string])[] {
  const missing = requested.filter((scope) => !granted.includes(scope));
  const words = (list: readonly string[]) => (list.length === 0 ? 'none' : plain(list.join(' '), 2_000));
  if (missing.length === 0 && granted.length === requested.length) return [['scopes', words(granted)]];
  return [
    ['asked', words(requested)],
    ['granted', `${words(granted)}${missing.length === 0 ? '' : `   (without ${words(missing)})`}`],
  ];
}

export function expiryText(record: CredentialRecord, nowMs: number): string {
  const tokens = record.grant?.tokens;
  if (tokens === undefined) return 'nothing to expire';
  const { expiresAtS, refusedAtS, refreshExpiresAtS } = tokens;
  if (isInDoubt(record, nowMs)) return `in doubt: the server refused it ${fromNow(refusedAtS ?? 0, nowMs)}`;
  const over = credentialState(record, nowMs) === 'login_required';
  const renews = isRenewable(record) && !over;
  const why = hasRenewal(record.grant) ? 'it can no longer be renewed' : NO_REFRESH_TOKEN;
  const next = renews
    ? `renews by itself${untilText(refreshExpiresAtS, nowMs)}`
    : over
      ? `${why}: sign in again`
      : why;
  if (refusedAtS !== undefined) return `the server refused it ${fromNow(refusedAtS, nowMs)}; ${next}`;
  if (expiresAtS === undefined)
    return renews ? `the server does not say; ${next}` : 'the server does not say';
  if (clockWasSetBack(tokens, nowMs)) return `not known: ${CLOCK_SET_BACK}; ${next}`;
  if (renews) return `${fromNow(expiresAtS, nowMs)}, ${next}`;
  if (over) return `${fromNow(expiresAtS, nowMs)} (${next})`;
  return `${fromNow(expiresAtS, nowMs)} (${why}: sign in again at ${clockTime(expiresAtS, nowMs)})`;
}

/** Nothing was accepted since the last renewal, and nobody knows whether another one helps: it is tried again. */
export function isInDoubt(record: CredentialRecord | undefined, nowMs: number): boolean {
  const tokens = record?.grant?.tokens;
  if (!isRenewable(record) || tokens?.refusedAtS === undefined) return false;
  return credentialState(record, nowMs) === 'login_required';
}

/** Some servers say when a refresh token that nobody uses ends; a refresh may put that off. */
function untilText(refreshExpiresAtS: number | undefined, nowMs: number): string {
  if (refreshExpiresAtS === undefined) return '';
  const moment = `${clockTime(refreshExpiresAtS, nowMs)} (${fromNow(refreshExpiresAtS, nowMs)})`;
  return refreshExpiresAtS * 1000 > nowMs
    ? ` until ${moment}`
    : `, though only until ${moment}, by its server’s word`;
}

/** Why the state is not what the times say, for programs; people read it in other lines. */
export function stateReason(record: CredentialRecord | undefined, nowMs: number): string | undefined {
  const tokens = record?.grant?.tokens;
  if (record?.signInNeeded !== undefined) return plain(record.signInNeeded, 1_000);
  if (tokens === undefined) return undefined;
  const over = credentialState(record, nowMs) === 'login_required';
  if (over && !isRenewable(record)) return NO_REFRESH_TOKEN;
  return clockWasSetBack(tokens, nowMs) ? CLOCK_SET_BACK : undefined;
}

const NO_REFRESH_TOKEN = 'no refresh token was given';
const CLOCK_SET_BACK = 'the clock of this machine was set back';
