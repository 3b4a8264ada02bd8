import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';

import { publicJwk, readClientKey, Secret, type SigningAlgorithm } from '../../src/index.js';
import { clientAuthentication } from '../../src/oauth/client-authentication.js';
import { failure } from '../support/client.js';

const settingsFor = (text: string, more: { algorithm?: SigningAlgorithm; id?: string } = {}) => ({
  clientKey: { read: () => Promise.resolve(new Secret(text)), ...more },
  places: { clientKey: 'in /keys/agent.pem' },
});
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const ISSUER = 'https://as.example';
const NOW_MS = Date.now();

async function assertion(settings: ReturnType<typeof settingsFor>) {
  const key = await readClientKey(settings);
  if (key === undefined) throw new Error('there is a key');
  const body = new URLSearchParams();
  const authenticate = clientAuthentication('private_key_jwt', { key }, NOW_MS);
  await authenticate({ issuer: ISSUER }, { client_id: 'agent' }, body, new Headers());
  const keys = createLocalJWKSet({ keys: [await publicJwk(key)] as never });
  const { payload, protectedHeader } = await jwtVerify(body.get('client_assertion') ?? '', keys, {
    issuer: 'agent',
    subject: 'agent',
    audience: ISSUER,
  });
  return { payload, protectedHeader, body };
}

describe('a client assertion', () => {
  test.each([
    ['ES256', p256],
    ['ES384', p384],
    ['RS256', rsa],
    ['PS256', rsa],
    ['EdDSA', ed25519],
  ] as const)('is signed with %s, from a PEM and from a JWK', async (algorithm, key) => {
    const wish = algorithm === 'PS256' ? { algorithm } : {};
    const one = await assertion(settingsFor(pem(key), { ...wish, id: 'k1' }));
    const jwk = JSON.stringify({ ...key.export({ format: 'jwk' }), kid: 'own', alg: algorithm, use: 'enc' });
    const other = await assertion(settingsFor(jwk, { id: 'k1' }));
    expect(one.protectedHeader).toMatchObject({ alg: algorithm, kid: 'k1' });
    expect(other.protectedHeader).toMatchObject({ alg: algorithm, kid: 'own' });
    expect(one.payload.aud).toBe(ISSUER);
    expect((one.payload.exp ?? 0) - NOW_MS / 1000).toBeLessThan(301);
    expect(one.payload.jti).not.toBe(other.payload.jti);
    expect(one.body.get('client_assertion_type')).toBe(
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    );
  });

  test('the public half holds nothing of the private one', async () => {
    for (const key of [rsa, p256, ed25519]) {
      const found = await readClientKey(settingsFor(pem(key)));
      const jwk = await publicJwk(found as NonNullable<typeof found>);
      expect(
        Object.keys(jwk).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name)),
      ).toEqual([]);
    }
  });

  test('line ends may be two characters, as in a variable', async () => {
    const { protectedHeader } = await assertion(settingsFor(pem(p256).replaceAll('\n', String.raw`\n`)));
    expect(protectedHeader.alg).toBe('ES256');
  });
});

describe('what is no key for this', () => {
  const jwk = p256.export({ format: 'jwk' });
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const encrypted = p256.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
  const encryptedOld = rsa.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
  const secp = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
  const x25519 = generateKeyPairSync('x25519').privateKey;
  const { d: _, ...publicHalf } = jwk;
  test.each<[string, string, string, SigningAlgorithm?]>([
    ['an encrypted PEM', encrypted as string, 'encrypted with a passphrase'],
    ['an encrypted PEM of before', encryptedOld as string, 'encrypted with a passphrase'],
    ['PKCS #1', rsa.export({ type: 'pkcs1', format: 'pem' }) as string, 'PKCS #1'],
    ['SEC 1', p256.export({ type: 'sec1', format: 'pem' }) as string, 'SEC 1'],
    [
      'a public key',
      'MII'.replace(/.*/, '-----BEGIN PUBLIC KEY-----\nMII\n-----END PUBLIC KEY-----'),
      'public half',
    ],
    ['a public JWK', JSON.stringify(publicHalf), 'public half'],
    ['a set of keys', JSON.stringify({ keys: [jwk] }), 'a set of keys'],
    ['a shared secret', JSON.stringify({ kty: 'oct', k: 'c2VjcmV0' }), 'a shared secret'],
    ['another curve', pem(secp), 'an EC key on another curve'],
    ['a key for agreement', pem(x25519), 'a key of another kind'],
    ['a short RSA key', pem(short), 'it has 1024 bits'],
    ['another algorithm', pem(rsa), 'it is an RSA key, and ES256 is signed with another', 'ES256'],
    ['a damaged PEM', pem(p256).replace(/M[A-Z]/, '!'), 'damaged'],
    ['a cut PEM', pem(p256).replace(/\n.{20}/, '\n'), 'damaged|another kind'],
    ['words', 'top-secret-words', 'neither a PEM'],
    ['damaged JSON', '{"kty":', 'no JSON object'],
  ])('%s', async (_name, text, words, algorithm) => {
    const error = await failure(
      readClientKey(settingsFor(text, algorithm === undefined ? {} : { algorithm })),
    );
    expect(error).toMatchObject({ code: 'config_invalid', fault: 'yours', step: 'client' });
    expect(error.message).toMatch(new RegExp(words));
    expect(error.message).toContain('in /keys/agent.pem');
    expect(`${error.message} ${JSON.stringify(error.remedy ?? '')}`).not.toContain('top-secret');
  });
});
