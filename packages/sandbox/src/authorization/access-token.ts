import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { AccessToken } from './grant.js';

/** Makes the text of access tokens, and signs claims of any other kind. */
export interface AccessTokenMint {
  mint(token: Omit<AccessToken, 'value'>, issuer: string, nowS: number): Promise<string>;
  /** A signed JWT with exactly these claims. */
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>;
  /** The public key, for `jwks_uri`. */
  readonly jwk: JWK;
}

const KEY_ID = 'sandbox';

/** A mint with a key of its own. JWT access tokens follow RFC 9068. */
export async function createMint(format: 'jwt' | 'opaque'): Promise<AccessTokenMint> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return {
    mint: async (token, issuer, nowS) =>
      format === 'opaque' ? `at-${randomUUID()}` : signToken(privateKey, token, issuer, nowS),
    sign: (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: KEY_ID }).sign(privateKey),
    jwk: { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'ES256', use: 'sig' },
  };
}

function signToken(
  key: CryptoKey,
  token: Omit<AccessToken, 'value'>,
  issuer: string,
  nowS: number,
): Promise<string> {
  const { grant } = token;
  return new SignJWT({ client_id: grant.clientId, scope: grant.scopes.join(' ') })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: KEY_ID })
    .setIssuer(issuer)
    .setSubject(grant.person.subject)
    .setAudience(token.audience)
    .setIssuedAt(nowS)
    .setExpirationTime(token.expiresAtS)
    .setJti(randomUUID())
    .sign(key);
}
