import type { CredentialRecord } from './record.js';

/** `expired` renews itself at the next use; `login_required` had a sign-in that only a person can renew. */
export type CredentialState = 'signed_in' | 'expired' | 'login_required' | 'not_signed_in';

/** What a stored record is worth at `nowMs` (milliseconds since the epoch). No network: the server may know better. */
export function credentialState(record: CredentialRecord | undefined, nowMs: number): CredentialState {
  const grant = record?.grant;
  if (record?.signInNeeded !== undefined && !accessTokenLives(record, nowMs)) return 'login_required';
  if (grant === undefined) return 'not_signed_in';
  if (accessTokenLives(record, nowMs)) return 'signed_in';
  return grant.tokens.refresh === undefined ? 'login_required' : 'expired';
}

/** True while the access token is within its own lifetime, or when the server never named one. */
export function accessTokenLives(record: CredentialRecord | undefined, nowMs: number): boolean {
  const tokens = record?.grant?.tokens;
  if (tokens === undefined) return false;
  return tokens.expiresAtS === undefined || tokens.expiresAtS * 1000 > nowMs;
}
