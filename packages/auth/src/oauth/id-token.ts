import type { Identity } from '../credential/record.js';
import type { Deviation } from '../events.js';
import { isSameIssuer } from '../server/issuer.js';
import { plain, quote, replaceUnsafe } from '../text.js';
import { jwtClaims } from './jwt-claims.js';
import type { TokenAnswer } from './token-answer.js';

/* Who has signed in, as an ID token says: for people to see, and for nothing else. No decision about access hangs on it. */

/** What the ID token of a token answer has to agree with. */
export interface IdTokenExpectation {
  readonly issuer: string;
  readonly clientId: string;
  /** As sent in the authorization request, where somebody configured one. */
  readonly nonce?: string | undefined;
  /** Who had signed in, at a refresh. */
  readonly earlier?: Identity | undefined;
  readonly nowMs: number;
}

export type JudgedIdToken = { readonly identity: Identity } | { readonly why: string };

/** Seconds that the two clocks may be apart. */
const LEEWAY_S = 300;
/** Longest subject, in characters (OpenID Connect Core section 2). */
const SUBJECT_LIMIT = 255;
const SHOWN_LIMIT = 200;

/**
 * Pure. OpenID Connect Core section 3.1.3.7, and section 12.2 for a refresh. The signature is not looked at: the token comes
 * from the token endpoint itself, over TLS or from this machine (endpoint-rule.ts), which is enough there (item 6), so that no
 * key has to be asked for.
 */
export function judgeIdToken(token: string, expected: IdTokenExpectation): JudgedIdToken {
  const claims = jwtClaims(token);
  if (claims === undefined) return { why: 'it cannot be read' };
  const { iss, aud, azp, exp, nonce, sub, name, email } = claims;
  if (typeof iss !== 'string' || !isSameIssuer(iss, expected.issuer)) {
    return { why: `its issuer is ${typeof iss === 'string' ? quote(iss, 100) : 'not said'}` };
  }
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const { clientId } = expected;
  if (!audiences.includes(clientId)) return { why: 'it is for another client' };
  // No other audience is trusted; among several the client is named as the one that it was issued to.
  if (azp === undefined ? audiences.length > 1 : azp !== clientId) {
    return { why: 'it was issued to another client' };
  }
  if (typeof exp !== 'number' || expected.nowMs >= (exp + LEEWAY_S) * 1000) return { why: 'it has expired' };
  if (expected.nonce !== undefined && nonce !== expected.nonce) return { why: 'its nonce is another one' };
  if (
    typeof sub !== 'string' ||
    sub === '' ||
    sub.length > SUBJECT_LIMIT ||
    replaceUnsafe(sub, () => '') !== sub
  )
    return { why: 'it names nobody' };
  const { earlier } = expected;
  if (earlier !== undefined && earlier.subject !== sub) return { why: 'it names somebody else than before' };
  const shown = { name: shownClaim(name), email: shownClaim(email) };
  return {
    identity: {
      // A refresh may tell less about the same person.
      ...earlier,
      subject: sub,
      ...(shown.name !== undefined && { name: shown.name }),
      ...(shown.email !== undefined && { email: shown.email }),
    },
  };
}

function shownClaim(claim: unknown): string | undefined {
  const text = typeof claim === 'string' ? plain(claim, SHOWN_LIMIT) : '';
  return text === '' ? undefined : text;
}

/** Who the answer says has signed in, else who had before. What cannot be believed is left aside: it costs no sign-in. */
export function identityIn(
  { idToken }: TokenAnswer,
  expected: IdTokenExpectation,
  deviate: (deviation: Deviation) => void,
): Identity | undefined {
  if (idToken === undefined) return expected.earlier;
  const judged = judgeIdToken(idToken.reveal(), expected);
  if ('identity' in judged) return judged.identity;
  deviate({ id: 'E20', text: `the ID token is ignored: ${judged.why}` });
  return expected.earlier;
}
