import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, type JWK, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';

import { Secret } from '../../src/index.js';
import {
  chooseProofAlgorithm,
  createProofKey,
  openProofKey,
  proofClaims,
  tokenHash,
} from '../../src/oauth/dpop-proof.js';
import { judgeProofWish } from '../../src/oauth/proof-wish.js';
import { createProofs } from '../../src/oauth/proofs.js';
import { clockSkewMs } from '../../src/oauth/server-clock.js';
import { failure, systemClock } from '../support/client.js';

const NOW_MS = 1_700_000_000_000;
const CLOCK = { ...systemClock, now: () => NOW_MS };
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const AS = new URL('https://as.example/token?tenant=1#x');

describe('a proof', () => {
  test.each(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const)('is a JWT in %s', async (alg) => {
    const stored = await createProofKey(alg);
    const key = await openProofKey(stored);
    const proof = await key.sign(proofClaims({ method: 'post', url: AS }, { jti: 'j', iat: 1 }));
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' });
    expect(payload).toEqual({ jti: 'j', htm: 'POST', htu: 'https://as.example/token', iat: 1 });
    expect(protectedHeader.alg).toBe(alg);
    const { jwk } = decodeProtectedHeader(proof) as { jwk: JWK };
    expect(Object.keys(jwk).filter((name) => !['crv', 'kty', 'x', 'y'].includes(name))).toEqual([]);
    expect(await calculateJwkThumbprint(jwk)).toBe(key.thumbprint);
  });

  test('goes with one token, as its hash (RFC 9449 section 7.1)', async () => {
    const token = new Secret('Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU');
    expect(await tokenHash(token)).toBe('fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo');
  });

  test('of a key that cannot be read is none', async () => {
    for (const text of [
      '',
      '{}',
      '{"alg":"none"}',
      '{"alg":"ES256","kty":"EC","crv":"P-256","x":"a","y":"b","d":"c"}',
    ])
      expect((await failure(openProofKey(new Secret(text)))).code).toBe('record_unreadable');
  });
});

test('the algorithm is one that both have', () => {
  expect(chooseProofAlgorithm(undefined)).toBe('ES256');
  expect(chooseProofAlgorithm(['RS256', 'EdDSA', 'ES256'])).toBe('ES256');
  expect(chooseProofAlgorithm(['EdDSA'])).toBe('EdDSA');
  expect(chooseProofAlgorithm(['RS256'])).toBeUndefined();
});

describe('whether tokens are bound', () => {
  const wish = (
    dpop: 'auto' | 'always' | 'never',
    challenge: 'only' | 'too' | undefined,
    required: boolean,
    algorithms?: string[],
  ) =>
    judgeProofWish(
      {
        challenge: challenge === undefined ? {} : { dpop: challenge },
        required,
        server: { issuer: 'https://as.example', ...(algorithms && { proofAlgorithms: algorithms }) },
      },
      { dpop },
    );

  test.each([
    ['auto', undefined, false, ['ES256'], undefined],
    ['auto', 'only', false, undefined, 'ES256'],
    ['auto', 'too', false, undefined, undefined],
    ['auto', 'too', false, ['ES384'], 'ES384'],
    ['auto', undefined, true, undefined, 'ES256'],
    ['always', undefined, false, ['ES256'], 'ES256'],
    ['always', undefined, false, undefined, undefined],
    ['never', 'only', false, ['ES256'], undefined],
  ] as const)(
    '%s, challenge %s, required %s, offered %j: %s',
    (dpop, challenge, required, offered, found) => {
      expect(wish(dpop, challenge, required, offered && [...offered])).toBe(found);
    },
  );

  test('what cannot be is said', () => {
    expect(() => wish('never', undefined, true)).toThrow(/oauth\.dpop is "never"/);
    expect(() => wish('auto', 'only', false, ['RS256'])).toThrow(/none of our algorithms/);
  });
});

describe('what is learnt from answers', () => {
  const date = (ms: number) => new Headers({ date: new Date(ms).toUTCString() });

  test('the clock of a server, unless a cache answers or nobody says', () => {
    expect(clockSkewMs(date(NOW_MS + 4_000), NOW_MS)).toBe(0);
    expect(clockSkewMs(date(NOW_MS - 600_000), NOW_MS)).toBe(-600_000);
    expect(clockSkewMs(new Headers(), NOW_MS)).toBeUndefined();
    expect(clockSkewMs(new Headers({ date: 'soon' }), NOW_MS)).toBeUndefined();
    const cached = date(NOW_MS - 600_000);
    cached.set('age', '600');
    expect(clockSkewMs(cached, NOW_MS)).toBeUndefined();
  });

  test('a nonce and a clock belong to their server, and a new one makes another proof', async () => {
    const proofs = createProofs(CLOCK, random);
    const key = await createProofKey('ES256');
    const claims = async (url: URL) =>
      (
        await jwtVerify(await proofs.proof(key, { method: 'POST', url }), EmbeddedJWK, {
          currentDate: new Date(NOW_MS),
        })
      ).payload;
    const before = proofs.basis(AS);
    const headers = date(NOW_MS + 600_000);
    headers.set('dpop-nonce', 'n-1');
    proofs.learn(AS, headers);
    expect(proofs.basis(AS)).not.toBe(before);
    expect(await claims(AS)).toMatchObject({ nonce: 'n-1', iat: (NOW_MS + 600_000) / 1000 });
    const other = await claims(new URL('https://mcp.example/mcp'));
    expect(other).toMatchObject({ iat: NOW_MS / 1000 });
    expect(other).not.toHaveProperty('nonce');
    const learnt = proofs.basis(AS);
    proofs.learn(AS, date(NOW_MS + 602_000));
    expect(proofs.basis(AS)).toBe(learnt);
    for (const nonce of ['with "quotes"', 'x'.repeat(2_000)])
      proofs.learn(AS, new Headers({ 'dpop-nonce': nonce }));
    expect(proofs.basis(AS)).toBe(learnt);
  });
});
