import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, type JWK, type JWTPayload } from 'jose';
import { createHash, randomUUID } from 'node:crypto';
import type { LoggedRequest } from './http/request-log.js';

/** Proofs of possession (RFC 9449), as a server looks at them: the authorization server and the MCP server each have one. */
export interface ProofJudge {
  /** The key that signed, or why the proof is none, in words. */
  judge(request: LoggedRequest, expected: ProofExpectation): Promise<JudgedProof>;
  /** The nonce that the next proof has to have; undefined where none is wanted. */
  nonce(): string | undefined;
}

export interface ProofExpectation {
  /** The address that the request came to. */
  readonly url: string;
  /** The access token that goes with it. */
  readonly accessToken?: string;
}

export type JudgedProof =
  | { readonly thumbprint: string }
  | { readonly error: 'invalid_dpop_proof' | 'use_dpop_nonce'; readonly description: string };

/** What a server's proofs have to be like. */
export interface ProofQuirks {
  /** Nonces of the server's own in every proof (RFC 9449 sections 8 and 9): a new one every so often, good for twice as long. */
  readonly dpopNonces: 'none' | { readonly seconds: number };
  /** How far from the server's clock `iat` may be, in seconds. */
  readonly dpopLeewaySeconds: number;
  readonly dpopAlgorithms: readonly string[];
}

/** RFC 9449 section 4.3, check by check. `nowS` is the server's own clock. */
export function createProofJudge(quirks: ProofQuirks, nowS: () => number): ProofJudge {
  const seen = new Set<string>();
  const secret = randomUUID();

  function nonceAt(window: number): string {
    return createHash('sha256').update(`${secret} ${window}`).digest('base64url');
  }

  /** The newest first; the one before it is still good, for requests under way. */
  function nonces(): readonly string[] {
    if (quirks.dpopNonces === 'none') return [];
    const window = Math.floor(nowS() / quirks.dpopNonces.seconds);
    return [nonceAt(window), nonceAt(window - 1)];
  }

  function judgeClaims(
    claims: JWTPayload,
    request: LoggedRequest,
    { url, accessToken }: ProofExpectation,
  ): string | undefined {
    const { htm, htu, ath, iat, jti } = claims;
    if (htm !== request.method) return `htm is ${String(htm)}, the request a ${request.method}`;
    if (htu !== url) return `htu is ${String(htu)}, the request came to ${url}`;
    if (typeof iat !== 'number') return 'iat is missing';
    const apart = Math.abs(iat - nowS());
    if (apart > quirks.dpopLeewaySeconds) return `iat is ${apart} s away from the server's clock`;
    if (typeof jti !== 'string' || jti.length < 16) return 'jti is missing or short';
    if (seen.has(jti)) return 'jti was used before';
    if (accessToken === undefined) return undefined;
    const hash = createHash('sha256').update(accessToken).digest('base64url');
    return ath === hash ? undefined : 'ath is not the hash of the access token';
  }

  return {
    nonce: () => nonces()[0],
    async judge(request, expected) {
      const invalid = (description: string): JudgedProof => ({ error: 'invalid_dpop_proof', description });
      const proof = request.headers['dpop'];
      if (proof === undefined) return invalid('there is no DPoP proof');
      if (proof.includes(',')) return invalid('there is more than one proof');
      try {
        const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
          typ: 'dpop+jwt',
          algorithms: [...quirks.dpopAlgorithms],
          currentDate: new Date(nowS() * 1000),
        });
        const { jwk } = protectedHeader as { jwk?: JWK };
        if (jwk === undefined || 'd' in jwk || 'k' in jwk) return invalid('jwk is no public key');
        const wrong = judgeClaims(payload, request, expected);
        if (wrong !== undefined) return invalid(wrong);
        const wanted = nonces();
        if (wanted.length > 0 && !wanted.includes(String(payload['nonce'])))
          return { error: 'use_dpop_nonce', description: 'the proof needs the nonce of this server' };
        seen.add(String(payload.jti));
        return { thumbprint: await calculateJwkThumbprint(jwk) };
      } catch (error) {
        return invalid(`the proof cannot be verified: ${error instanceof Error ? error.message : 'unknown'}`);
      }
    },
  };
}

export function isProof(judged: JudgedProof): judged is { readonly thumbprint: string } {
  return 'thumbprint' in judged;
}
