import type { Clock } from '../ports.js';
import type { Secret } from '../secret.js';
import { clockSkewMs, SAME_MS } from './server-clock.js';
import { base64url, openProofKey, proofClaims, type ProofKey, tokenHash } from './dpop-proof.js';

/* What one process remembers to make good proofs: the nonce that each server wants next, and how far each clock is from ours
   (RFC 9449 sections 8, 9 and 11.1). */

export interface ProofRequest {
  readonly method: string;
  readonly url: URL;
  /** Goes with the request. */
  readonly accessToken?: Secret;
}

export interface Proofs {
  /** A fresh proof for this request. */
  proof(key: Secret, request: ProofRequest): Promise<string>;
  /** The fingerprint of a key (RFC 9449 section 10). */
  thumbprint(key: Secret): Promise<string>;
  /** What a proof for this server is made with at this moment: another text, another proof. */
  basis(url: URL): string;
  /** Takes from the answer to a request with a proof what the next proof needs. */
  learn(url: URL, headers: Headers): void;
}

interface Learnt {
  readonly nonce: string | undefined;
  /** Milliseconds that the server's clock is ahead of ours. */
  readonly skewMs: number;
}

/** More origins than this have nothing to do with one server. */
const ORIGIN_LIMIT = 16;
const NONCE_LIMIT = 1_024;

export function createProofs(clock: Clock, random: (length: number) => Uint8Array): Proofs {
  const learnt = new Map<string, Learnt>();
  let opened: { readonly stored: Secret; readonly key: Promise<ProofKey> } | undefined;
  let hashed: { readonly token: Secret; readonly hash: Promise<string> } | undefined;

  function open(stored: Secret): Promise<ProofKey> {
    if (opened?.stored.equals(stored) !== true) opened = { stored, key: openProofKey(stored) };
    return opened.key;
  }

  function hashOf(token: Secret): Promise<string> {
    if (hashed?.token.equals(token) !== true) hashed = { token, hash: tokenHash(token) };
    return hashed.hash;
  }

  return {
    async proof(stored, { method, url, accessToken }) {
      const key = await open(stored);
      const ath = accessToken && (await hashOf(accessToken));
      const { nonce, skewMs = 0 } = learnt.get(url.origin) ?? {};
      const iat = Math.floor((clock.now() + skewMs) / 1000);
      return key.sign(proofClaims({ method, url }, { jti: base64url(random(16)), iat, ath, nonce }));
    },

    thumbprint: async (stored) => (await open(stored)).thumbprint,

    basis({ origin }) {
      const { nonce = '', skewMs = 0 } = learnt.get(origin) ?? {};
      return `${skewMs} ${nonce}`;
    },

    learn({ origin }, headers) {
      const { nonce, skewMs = 0 } = learnt.get(origin) ?? {};
      const newMs = clockSkewMs(headers, clock.now()) ?? skewMs;
      if (!learnt.has(origin) && learnt.size >= ORIGIN_LIMIT) learnt.clear();
      learnt.set(origin, {
        nonce: nonceIn(headers) ?? nonce,
        skewMs: Math.abs(newMs - skewMs) < SAME_MS ? skewMs : newMs,
      });
    },
  };
}

/** RFC 9449 section 8.1: visible characters without quotation marks and backslashes. */
function nonceIn(headers: Headers): string | undefined {
  const nonce = headers.get('dpop-nonce') ?? '';
  return nonce.length <= NONCE_LIMIT && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(nonce) ? nonce : undefined;
}
