import { plain, type CredentialRecord } from '@mcpass/auth';
import { clockTime, fromNow, isoTime } from './moment.js';

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
  const { expiresAtS, refresh } = tokens;
  const renews = refresh !== undefined && record.signInNeeded === undefined;
  if (expiresAtS === undefined)
    return renews ? 'the server does not say; renews by itself' : 'the server does not say';
  if (renews) return `${fromNow(expiresAtS, nowMs)}, renews by itself`;
  const over = expiresAtS * 1000 <= nowMs;
  if (over) return `${fromNow(expiresAtS, nowMs)}; sign in again`;
  const why = refresh === undefined ? 'no refresh token' : 'the server ended it';
  return `${fromNow(expiresAtS, nowMs)} (${why}: sign in again at ${clockTime(expiresAtS, nowMs)})`;
}
