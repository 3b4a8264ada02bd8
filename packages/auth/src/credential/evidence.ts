import type { Clock } from '../ports.js';
import type { Secret } from '../secret.js';

/* What this process has seen the server do with its requests. A refusal proves little against a token that another request
   was just accepted with. */

/** A token that is refused so soon after the sign-in, in milliseconds, was never good. */
const FRESH_MS = 60_000;
/** For so long after it, in milliseconds, an accepted request speaks for the credential. */
const RECENT_MS = 60_000;

/** Whether the server has accepted a request of this process: never, at some time, within the last minute. */
export type LifeSign = 'none' | 'earlier' | 'recent';

export interface Evidence {
  /** This process has come by a token. */
  issued(token: Secret, how: 'renewed' | 'signed_in'): void;
  /** The server has accepted a request, with that token or none. */
  accepted(token: Secret | undefined): void;
  /** How this process came by the token, as long as the server has not yet accepted it once. */
  unproven(token: Secret): 'renewed' | 'signed_in' | undefined;
  /** Whether the server has accepted that very token. */
  isProven(token: Secret): boolean;
  /** True for a minute after a sign-in of this process none of whose tokens the server has accepted. */
  signedInInVain(): boolean;
  lifeSign(): LifeSign;
}

export function createEvidence(clock: Clock): Evidence {
  let latest: { readonly token: Secret; readonly how: 'renewed' | 'signed_in' } | undefined;
  let proven: Secret | undefined;
  let signedInAtMs: number | undefined;
  let acceptedAtMs: number | undefined;
  const isProven = (token: Secret): boolean => proven?.equals(token) === true;

  return {
    isProven,
    issued(token, how) {
      if (how === 'signed_in') {
        signedInAtMs = clock.now();
        // What spoke for the grant before it says nothing about this one.
        acceptedAtMs = undefined;
      }
      if (latest?.token.equals(token) !== true) latest = { token, how };
    },
    accepted(token) {
      acceptedAtMs = clock.now();
      if (token === undefined) return;
      proven = token;
      signedInAtMs = undefined;
    },
    unproven: (token) => (isProven(token) || latest?.token.equals(token) !== true ? undefined : latest.how),
    signedInInVain: () => signedInAtMs !== undefined && clock.now() - signedInAtMs < FRESH_MS,
    lifeSign() {
      if (acceptedAtMs === undefined) return 'none';
      return clock.now() - acceptedAtMs < RECENT_MS ? 'recent' : 'earlier';
    },
  };
}
