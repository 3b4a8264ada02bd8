import { McpassError } from '../errors.js';
import { parseJsonObject } from '../json-object.js';
import { Secret } from '../secret.js';

/* A proof of possession: a JWT for one request, signed with the key that a token is bound to (RFC 9449 section 4.2). */

/** Algorithms that a key can be made for, in order of preference: the first is what everybody has. */
const ALGORITHMS = {
  ES256: { make: { name: 'ECDSA', namedCurve: 'P-256' }, sign: { name: 'ECDSA', hash: 'SHA-256' } },
  Ed25519: { make: { name: 'Ed25519' }, sign: { name: 'Ed25519' } },
  EdDSA: { make: { name: 'Ed25519' }, sign: { name: 'Ed25519' } },
  ES384: { make: { name: 'ECDSA', namedCurve: 'P-384' }, sign: { name: 'ECDSA', hash: 'SHA-384' } },
  ES512: { make: { name: 'ECDSA', namedCurve: 'P-521' }, sign: { name: 'ECDSA', hash: 'SHA-512' } },
} as const;

export type ProofAlgorithm = keyof typeof ALGORITHMS;

/** Pure: the algorithm for a server that takes these; undefined where it takes none of ours. */
export function chooseProofAlgorithm(supported: readonly string[] | undefined): ProofAlgorithm | undefined {
  if (supported === undefined) return 'ES256';
  return (Object.keys(ALGORITHMS) as ProofAlgorithm[]).find((one) => supported.includes(one));
}

/** A new key, as a JWK with its `alg`: what is kept with the grant. */
export async function createProofKey(alg: ProofAlgorithm): Promise<Secret> {
  const made = await crypto.subtle.generateKey(ALGORITHMS[alg].make, true, ['sign', 'verify']);
  if (!('privateKey' in made)) throw new TypeError('a pair was asked for');
  const jwk = await crypto.subtle.exportKey('jwk', made.privateKey);
  return new Secret(JSON.stringify({ ...publicPart(jwk), d: jwk.d, alg }));
}

/** A key that signs. */
export interface ProofKey {
  /** The fingerprint by which servers know it (RFC 7638; `dpop_jkt` of RFC 9449 section 10). */
  readonly thumbprint: string;
  sign(claims: ProofClaims): Promise<string>;
}

export interface ProofClaims {
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  /** Epoch seconds. */
  readonly iat: number;
  readonly ath?: string;
  readonly nonce?: string;
}

/** Pure: what a proof for a request claims. Its URL has neither query nor fragment there. */
export function proofClaims(
  { method, url }: { readonly method: string; readonly url: URL },
  more: Pick<ProofClaims, 'jti' | 'iat'> & {
    readonly ath?: string | undefined;
    readonly nonce?: string | undefined;
  },
): ProofClaims {
  const { jti, iat, ath, nonce } = more;
  return {
    jti,
    htm: method.toUpperCase(),
    htu: url.origin + url.pathname,
    iat,
    ...(ath !== undefined && { ath }),
    ...(nonce !== undefined && { nonce }),
  };
}

/** Makes a stored key ready to sign. Throws `record_unreadable` for what is none. */
export async function openProofKey(stored: Secret): Promise<ProofKey> {
  const jwk = parseJsonObject(stored.reveal());
  const alg = jwk?.['alg'];
  if (jwk === undefined || typeof alg !== 'string' || !Object.hasOwn(ALGORITHMS, alg)) throw unreadable();
  const { make, sign: how } = ALGORITHMS[alg as ProofAlgorithm];
  const shown = publicPart(jwk);
  const privateKey = await crypto.subtle
    .importKey('jwk', { ...shown, d: jwk['d'] } as object as { kty: string }, make, false, ['sign'])
    .catch(() => {
      throw unreadable();
    });
  const header = base64url(utf8(JSON.stringify({ alg, typ: 'dpop+jwt', jwk: shown })));
  return {
    thumbprint: base64url(await sha256(JSON.stringify(shown))),
    async sign(claims) {
      const signed = `${header}.${base64url(utf8(JSON.stringify(claims)))}`;
      const signature = await crypto.subtle.sign(how, privateKey, utf8(signed));
      return `${signed}.${base64url(new Uint8Array(signature))}`;
    },
  };
}

/** `ath`: the token that a proof goes with (section 4.2). */
export async function tokenHash(token: Secret): Promise<string> {
  return base64url(await sha256(token.reveal()));
}

/** The members that make the key, in the order of their names (RFC 7638 section 3.2). */
function publicPart(jwk: { readonly [name: string]: unknown } | object): Record<string, string> {
  const members = jwk as Readonly<Record<string, unknown>>;
  const names = ['crv', 'kty', 'x', 'y'].filter((name) => typeof members[name] === 'string');
  return Object.fromEntries(names.map((name) => [name, members[name] as string]));
}

function unreadable(): McpassError {
  return new McpassError('record_unreadable', 'The key that this credential is bound to cannot be read.', {
    step: 'credential',
    fault: 'yours',
    remedy: { do: 'sign_in', force: true },
  });
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text)));
}

export function base64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
