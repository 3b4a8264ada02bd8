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
  /** Nonces of the server's own in every proof (RFC 9449 sections 8 and 9): one for all time, or a new one after some uses. */
  readonly dpopNonces: 'none' | 'one' | { readonly uses: number };
  /** How far from the server's clock `iat` may be, in seconds. */
  readonly dpopLeewaySeconds: number;
  readonly dpopAlgorithms: readonly string[];
}

/** RFC 9449 section 4.3, check by check. `nowS` is the server's own clock. */
export function createProofJudge(quirks: ProofQuirks, nowS: () => number): ProofJudge {
  const seen = new Set<string>();
  let nonce = `nonce-${randomUUID()}`;
  let uses = 0;

  function spend(): void {
    uses += 1;
    if (typeof quirks.dpopNonces === 'string' || uses < quirks.dpopNonces.uses) return;
    nonce = `nonce-${randomUUID()}`;
    uses = 0;
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
    nonce: () => (quirks.dpopNonces === 'none' ? undefined : nonce),
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
        if (quirks.dpopNonces !== 'none' && payload['nonce'] !== nonce)
          return { error: 'use_dpop_nonce', description: 'the proof needs the nonce of this server' };
        seen.add(String(payload.jti));
        spend();
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
