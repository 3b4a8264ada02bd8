import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet } from 'jose';

/** What a workload's token says; what is left out is as it should be. */
export interface WorkloadClaims {
  readonly subject?: string;
  readonly audience?: string;
  /** Seconds from now; negative for one that is over. */
  readonly expiresInS?: number;
  /** Signed by somebody whom the authorization server does not know. */
  readonly foreign?: boolean;
  /** Seconds from now; left out when undefined. */
  readonly notBeforeS?: number;
}

/** The platform that a workload runs on, and whose word the authorization server takes for it (RFC 7523 section 3). */
export interface WorkloadIssuer {
  readonly issuer: string;
  readonly subject: string;
  readonly keys: JSONWebKeySet;
  /** A token as the platform would write it into a file. */
  token(claims?: WorkloadClaims): Promise<string>;
}

const LIFE_S = 600;

/** A platform with a key of its own. */
export async function createWorkloadIssuer(audience: string, nowS: () => number): Promise<WorkloadIssuer> {
  const issuer = 'https://platform.sandbox.test';
  const subject = 'system:serviceaccount:agents:reporter';
  const [known, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  return {
    issuer,
    subject,
    keys: { keys: [{ ...(await exportJWK(known.publicKey)), kid: 'platform', alg: 'ES256', use: 'sig' }] },
    token: (claims = {}) =>
      new SignJWT({ jti: randomUUID() })
        .setProtectedHeader({ alg: 'ES256', kid: 'platform' })
        .setIssuer(issuer)
        .setSubject(claims.subject ?? subject)
        .setAudience(claims.audience ?? audience)
        .setIssuedAt(nowS())
        .setNotBefore(nowS() + (claims.notBeforeS ?? 0))
        .setExpirationTime(nowS() + (claims.expiresInS ?? LIFE_S))
        .sign((claims.foreign === true ? foreign : known).privateKey),
  };
}
