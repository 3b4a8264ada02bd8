import { plain, type CredentialRecord } from '@mcpass/auth';
import { clockTime, fromNow } from './moment.js';

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
