import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet } from 'jose';
import { refuse, type OAuthError } from './oauth-error.js';

/** Remembers every `jti`, for as long as the server lives. */
export interface SeenAssertions {
  /** False for one that was there before. */
  take(jti: string): boolean;
}

/** No `jti` is taken twice. */
export function createSeenAssertions(): SeenAssertions {
  const seen = new Set<string>();
  return {
    take: (jti) => {
      const isNew = !seen.has(jti);
      seen.add(jti);
      return isNew;
    },
  };
}

/** What an assertion is judged by. */
export interface AssertionRule {
  /** In the words of a refusal: "client assertion". */
  readonly what: string;
  readonly error: 'invalid_client' | 'invalid_grant';
  readonly keys: JSONWebKeySet;
  /** `aud` has to be exactly this. */
  readonly audience: string;
  readonly issuer: string;
  readonly subject?: string;
  readonly nowS: number;
  /** Longest life that is believed, in seconds. */
  readonly lifeSeconds: number;
  readonly seen: SeenAssertions;
  /** Whether it has to have a `jti`, which is taken once. A platform's token stays in its file until the next one. */
  readonly once: boolean;
}

const SKEW_S = 5;

/** Judges an assertion (RFC 7523 section 3); undefined where it holds. Each refusal says why. */
export async function judgeAssertion(
  assertion: string,
  rule: AssertionRule,
): Promise<OAuthError | undefined> {
  const status = rule.error === 'invalid_client' ? 401 : 400;
  const no = (why: string): OAuthError => refuse(rule.error, `${rule.what}: ${why}`, status);
  try {
    const { payload } = await jwtVerify(assertion, createLocalJWKSet(rule.keys), {
      issuer: rule.issuer,
      algorithms: ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA'],
      currentDate: new Date(rule.nowS * 1000),
      clockTolerance: SKEW_S,
      ...(rule.subject !== undefined && { subject: rule.subject }),
    });
    const { aud, exp, iat, jti } = payload;
    if (aud !== rule.audience) return no(`aud is not ${rule.audience}`);
    if (exp === undefined) return no('exp is missing');
    if (iat !== undefined && iat > rule.nowS + SKEW_S) return no('iat is in the future');
    if (exp > rule.nowS + rule.lifeSeconds + SKEW_S) return no('it lives for too long');
    if (!rule.once) return undefined;
    if (jti === undefined) return no('jti is missing');
    return rule.seen.take(jti) ? undefined : no('jti was used before');
  } catch (error) {
    if (error instanceof errors.JWTExpired) return no('it has expired');
    if (error instanceof errors.JWTClaimValidationFailed) return no(`${error.claim} is wrong`);
    if (error instanceof errors.JWKSNoMatchingKey) return no('the key is not one of those that are known');
    if (error instanceof errors.JWSSignatureVerificationFailed) return no('the signature is not of that key');
    if (error instanceof errors.JOSEError) return no('it is malformed');
    throw error;
  }
}
