import { describe, expect, test } from 'vitest';

import { Secret } from '../../src/index.js';
import { createProofKey } from '../../src/oauth/dpop-proof.js';
import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { resourceLines, scriptedProvider, TOKENS } from '../support/scripted-provider.js';

describe('a token that is bound to a key', () => {
  test('many requests at once have a proof each, and learn a nonce once', async () => {
    const sandbox = await provider('dpop-nonce');
    const client = await signedIn(sandbox);
    expect((await call(client)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(client)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    const refused = () => sandbox.log.of('mcp').filter(({ status }) => status === 401).length;
    expect(refused()).toBe(1);
    // Two nonces later, and two minutes away: once more, for all of them.
    sandbox.advanceClock(130);
    const later = await Promise.all(Array.from({ length: 5 }, () => call(client)));
    expect(later.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(refused()).toBeLessThanOrEqual(1 + 5);
    expect((await call(client)).status).toBe(200);
    expect((await client.authorizer.accessToken()).type).toBe('DPoP');
    expect(sandbox.log.of('authorize')).toHaveLength(0);
  });

  test('is renewed with its key, and with no other', async () => {
    const sandbox = await provider('dpop');
    const client = await signedIn(sandbox);
    sandbox.expireAccessTokens();
    expect((await call(client)).status).toBe(200);
    expect(sandbox.log.of('token').map(({ status }) => status)).toEqual([200]);
    const { grant } = await client.record();
    expect(grant.tokens.type).toBe('DPoP');
    // What a thief would have: the tokens, and a key of their own.
    const foreign = await createProofKey('ES256');
    await client.rewrite((record) => ({ ...record, grant: { ...grant, dpopKey: foreign } }));
    const error = await failure(call(client));
    expect(error.code).toBe('login_required');
    expect(error.message).toContain('invalid_grant');
    await client.rewrite((record) => ({ ...record, grant: { ...grant, dpopKey: new Secret('{}') } }));
    expect((await failure(call(client))).code).toBe('record_unreadable');
  });

  test('has another proof where a request is sent on', async () => {
    const sandbox = await provider('dpop');
    const client = await signedIn(sandbox);
    sandbox.fault('mcp', { redirect: `${sandbox.url}?again=1`, status: 307 });
    expect((await call(client)).status).toBe(200);
    const proofs = sandbox.log.of('mcp').map(({ headers }) => headers['dpop']);
    expect(proofs).toHaveLength(2);
    expect(new Set(proofs).size).toBe(2);
  });

  test('is signed out of like any other', async () => {
    const sandbox = await provider('dpop');
    const client = await signedIn(sandbox);
    expect(await client.authorizer.signOut()).toMatchObject({ deleted: true, revocation: 'revoked' });
  });

  test('needs no browser for its first use where the code is bound, too', async () => {
    const sandbox = await provider('par-required', { dpop: 'required', dpopNonces: { seconds: 60 } });
    const client = await signedIn(sandbox);
    expect((await call(client)).status).toBe(200);
  });
});

test.each([
  ['refuses a request without a proof', { dpop: 'required' }],
  ['gives a bound token unasked', { dpop: 'offered', tokenShapes: ['token-type-dpop'] }],
] as const)('an authorization server that %s is asked again with a key', async (_, quirks) => {
  const sandbox = await provider('plain', {
    ...quirks,
    challenge: 'odd-case',
    metadataMembers: { dpop_signing_alg_values_supported: undefined },
    resourceMetadataMembers: { dpop_bound_access_tokens_required: undefined },
  });
  const client = await signedIn(sandbox);
  expect(client.deviations()).toContain('E12');
  expect(client.user.shown).toHaveLength(2);
  expect((await call(client)).status).toBe(200);
  const never = clientOf(sandbox, { settings: { dpop: 'never' } });
  expect((await failure(never.authorizer.signIn())).code).toBe('config_invalid');
});

test('a server that refuses every proof ends the request, not the sign-in', async () => {
  const REFUSED = {
    status: 401,
    headers: { 'www-authenticate': 'DPoP error="invalid_dpop_proof", error_description="not you"' },
  };
  const { server, client } = await scriptedProvider((origin) => ({
    ...resourceLines(origin, [origin]),
    'POST /mcp': REFUSED,
    'POST /token': { body: { ...TOKENS, token_type: 'DPoP' } },
  }));
  const one = client({ signIn: 'when_needed' });
  const error = await failure(call(one));
  expect(error).toMatchObject({ code: 'token_rejected', fault: 'server' });
  expect(error.message).toContain('refuses the proof');
  expect(error.message).toContain('not you');
  expect(one.user.shown).toHaveLength(1);
  expect(server.to('POST /token')).toHaveLength(1);
});
