import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/index.js';
import { metadataOf, signIn } from '../support/oauth.js';
import { rpc } from '../support/rpc.js';
import { sandboxes } from '../support/sandboxes.js';

/* Each refusal of RFC 9449 section 4.3, with a client that has nothing of the sandbox in it. */

const start = sandboxes();

type Signer = (claims: Record<string, unknown>, header?: Record<string, unknown>) => Promise<string>;

async function newKey(alg = 'ES256'): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const jwk = await exportJWK(publicKey);
  return (claims, header = {}) =>
    new SignJWT({ jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims })
      .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk, ...header })
      .sign(privateKey);
}

/** Signs in with a proof; the token, and what makes proofs for calls with it. */
async function bound(sandbox: Sandbox) {
  const sign = await newKey();
  const flow = await signIn(sandbox, {});
  const htu = `${sandbox.issuer}/token`;
  const answer = await flow.exchange({}, { dpop: await sign({ htm: 'POST', htu }) });
  const token = String(answer.json['access_token']);
  const ath = createHash('sha256').update(token).digest('base64url');
  const claims = { htm: 'POST', htu: sandbox.url, ath };
  const list = async (dpop: string | undefined, scheme = 'DPoP') =>
    rpc(
      sandbox,
      'tools/list',
      {},
      {
        headers: { authorization: `${scheme} ${token}`, ...(dpop !== undefined && { dpop }) },
      },
    );
  return { flow, answer, sign, claims, list };
}

test('a token is bound to the key of the proof, and says so', async () => {
  const sandbox = await start('dpop');
  expect(await metadataOf(sandbox)).toMatchObject({ dpop_signing_alg_values_supported: ['ES256', 'EdDSA'] });
  const { headers } = await rpc(sandbox, 'tools/list');
  expect(headers.get('www-authenticate')).toMatch(/^DPoP .*algs="ES256 EdDSA"/);
  const { answer, sign, claims, list } = await bound(sandbox);
  expect(answer.json['token_type']).toBe('DPoP');
  expect((await list(await sign(claims))).status).toBe(200);
});

describe('the MCP server refuses', () => {
  const second = Math.floor(Date.now() / 1000);
  test.each<[string, Record<string, unknown>, string]>([
    ['a stale proof', { iat: second - 600 }, 's away from the server'],
    ['one from the future', { iat: second + 600 }, 's away from the server'],
    ['one for another method', { htm: 'GET' }, 'htm is GET'],
    ['one for another address', { htu: 'https://other.example/mcp' }, 'htu is https://other.example/mcp'],
    ['one for another token', { ath: 'x' }, 'ath is not the hash'],
    ['one without a jti', { jti: undefined }, 'jti is missing'],
  ])('%s, and says why', async (_, changes, why) => {
    const { sign, claims, list } = await bound(await start('dpop'));
    const { status, headers } = await list(await sign({ ...claims, ...changes }));
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('error="invalid_dpop_proof"');
    expect(headers.get('www-authenticate')).toContain(why);
  });

  test('a proof that was used before, none, another key, the wrong scheme, a wrong type', async () => {
    const { sign, claims, list } = await bound(await start('dpop'));
    const proof = await sign(claims);
    expect((await list(proof)).status).toBe(200);
    const said = async (...words: Parameters<typeof list>) => {
      const { status, headers } = await list(...words);
      return `${status} ${headers.get('www-authenticate')}`;
    };
    expect(await said(proof)).toMatch(/^401 .*jti was used before/);
    expect(await said(undefined)).toMatch(/^401 .*there is no DPoP proof/);
    expect(await said(await sign(claims), 'Bearer')).toMatch(/^401 .*the scheme is DPoP/);
    expect(await said(await (await newKey())(claims))).toMatch(/^401 .*another key than the token/);
    expect(await said(await sign(claims, { typ: 'JWT' }))).toMatch(/^401 .*cannot be verified/);
    expect(await said(await (await newKey('ES384'))(claims))).toMatch(/^401 .*cannot be verified/);
  });

  test('a proof without the nonce, which every answer names', async () => {
    const sandbox = await start('dpop', { dpopNonces: { seconds: 60 } });
    const sign = await newKey();
    const flow = await signIn(sandbox, {});
    const claims = { htm: 'POST', htu: `${sandbox.issuer}/token` };
    const refused = await flow.exchange({}, { dpop: await sign(claims) });
    expect(refused).toMatchObject({ status: 400, json: { error: 'use_dpop_nonce' } });
    const nonce = refused.headers.get('dpop-nonce');
    // Nothing was spent: the same code is good with the right proof.
    const given = await flow.exchange({}, { dpop: await sign({ ...claims, nonce }) });
    expect(given.status).toBe(200);
    expect((await rpc(sandbox, 'tools/list')).headers.get('dpop-nonce')).toMatch(/^[\w-]{43}$/);
  });
});

test('the authorization server wants a proof, and the same key for a renewal', async () => {
  const sandbox = await start('dpop');
  const flow = await signIn(sandbox, {});
  expect(await flow.exchange()).toMatchObject({ status: 400, json: { error: 'invalid_dpop_proof' } });
  const [one, other] = await Promise.all([newKey(), newKey()]);
  const claims = { htm: 'POST', htu: `${sandbox.issuer}/token` };
  const { json } = await flow.exchange({}, { dpop: await one(claims) });
  const again = (sign: Signer) => async () =>
    flow.refresh(String(json['refresh_token']), {}, { dpop: await sign(claims) });
  expect(await again(other)()).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
  expect((await again(one)()).status).toBe(200);
});
