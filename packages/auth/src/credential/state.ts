import type { CredentialRecord, Grant, Tokens } from './record.js';
import { pausedUntilS, wasRejected } from './pause.js';

/**
 * A token is used for at least a second, whatever its lifetime: no lifetime makes a storm. Two, in milliseconds, because
 * the seconds in a record are whole ones, rounded down.
 */
export const SHORTEST_USE_MS = 2_000;

/**
 * `expired` renews itself at the next use; `login_required` had a sign-in that only a person can renew; `none`: the server
 * was seen to want no sign-in.
 */
export type CredentialState = 'signed_in' | 'expired' | 'login_required' | 'not_signed_in' | 'none';

/** Longest time before its expiry that a token is renewed, in milliseconds: for clocks and slow answers. */
const SKEW_MS = 30_000;

/** How long before its expiry a token is renewed, in milliseconds; 0 where nobody said when that is. */
export function skewMs({ obtainedAtS, expiresAtS }: Tokens): number {
  if (expiresAtS === undefined) return 0;
  const lifetimeMs = Math.max(0, (expiresAtS - obtainedAtS) * 1000);
  // A quarter of a short life, so that a five-second token still works for most of it.
  return Math.min(SKEW_MS, lifetimeMs / 4);
}

/**
 * True for a token that was obtained in what is the future now: the clock was set back since, and when the token ends is
 * not known any more. By less than the time that it is renewed too early, that does no harm.
 */
export function clockWasSetBack(tokens: Tokens, nowMs: number): boolean {
  return tokens.expiresAtS !== undefined && tokens.obtainedAtS * 1000 > nowMs + skewMs(tokens);
}

/** What a stored record is worth at `nowMs` (milliseconds since the epoch). No network: the server may know better. */
export function credentialState(record: CredentialRecord | undefined, nowMs: number): CredentialState {
  const grant = record?.grant;
  if (record?.signInNeeded !== undefined && !accessTokenLives(record, nowMs)) return 'login_required';
  if (grant === undefined) return record?.wantsNoneAtS === undefined ? 'not_signed_in' : 'none';
  if (accessTokenLives(record, nowMs)) return 'signed_in';
  // In doubt for a while: then it is renewed again.
  const isDoubtful = wasRejected(record) && pausedUntilS(record, nowMs) !== undefined;
  return !isRenewable(record) || isDoubtful ? 'login_required' : 'expired';
}

/** Whether another access token is to be had without a person, as far as anybody knows. */
export function isRenewable(record: CredentialRecord | undefined): boolean {
  return record?.signInNeeded === undefined && hasRenewal(record?.grant);
}

/** Whether a grant has what brings another token, be it over or not: a refresh token, or no need of a person. */
export function hasRenewal(grant: Grant | undefined): boolean {
  return grant?.type !== undefined || grant?.tokens.refresh !== undefined;
}

/** When a token dies, in milliseconds since the epoch; `Infinity`: not known. */
export function expiresAtMs({ obtainedAtS, expiresAtS }: Tokens): number {
  if (expiresAtS === undefined) return Infinity;
  return Math.max(expiresAtS * 1000, obtainedAtS * 1000 + SHORTEST_USE_MS);
}

/** True while the access token is within its lifetime, or has none that is known, and no server has refused it. */
export function accessTokenLives(record: CredentialRecord | undefined, nowMs: number): boolean {
  return record?.grant?.tokens.refusedAtS === undefined && isWithinLifetime(record, nowMs);
}

/**
 * Whether a request may carry the token. One refusal proves little: while a token is in doubt it is still offered, until
 * its grant is known to be over.
 */
export function mayBeOffered(record: CredentialRecord | undefined, nowMs: number): boolean {
  if (accessTokenLives(record, nowMs)) return true;
  return record?.signInNeeded === undefined && isWithinLifetime(record, nowMs);
}

/** Whether it would live, had no server refused it. */
export function isWithinLifetime(record: CredentialRecord | undefined, nowMs: number): boolean {
  const tokens = record?.grant?.tokens;
  return tokens !== undefined && expiresAtMs(tokens) > nowMs;
}
