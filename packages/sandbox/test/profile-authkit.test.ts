import { createRemoteJWKSet, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { metadataOf, register, signIn } from './support/oauth.js';
import { rpc } from './support/rpc.js';
import { sandboxes } from './support/sandboxes.js';

const start = sandboxes();

test('the MCP origin answers with a 307 to the real document, on another origin', async () => {
  const sandbox = await start('authkit');
  const at = new URL('/.well-known/oauth-authorization-server', sandbox.url);
  const hop = await fetch(at, { redirect: 'manual' });
  expect(hop.status).toBe(307);
  expect(hop.headers.get('location')).toBe(`${sandbox.issuer}/.well-known/oauth-authorization-server`);
  expect(await (await fetch(at)).json()).toMatchObject({ issuer: sandbox.issuer });
  expect((await fetch(`${sandbox.issuer}/.well-known/openid-configuration`)).status).toBe(200);
});

test('the resource metadata lists offline_access', async () => {
  const sandbox = await start('authkit');
  const document = await fetch(new URL('/.well-known/oauth-protected-resource/mcp', sandbox.url));
  expect(await document.json()).toMatchObject({
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  });
});

test('access tokens of five minutes, or as long as the test wants', async () => {
  const answer = await (await signIn(await start('authkit'), { scope: 'openid' })).exchange();
  expect(answer.json).toMatchObject({ expires_in: 300 });
  expect(answer.json).not.toHaveProperty('refresh_token');
  const short = await start('authkit', { accessTokenSeconds: 5 });
  const renewable = await (await signIn(short, { scope: 'openid offline_access' })).exchange();
  expect(renewable.json).toMatchObject({ expires_in: 5, refresh_token: expect.any(String) as string });
  const token = renewable.json['access_token'];
  expect((await rpc(short, 'tools/list', {}, { token })).status).toBe(200);
  short.advanceClock(6);
  const late = await rpc(short, 'tools/list', {}, { token });
  expect(late.status).toBe(401);
  expect(late.headers.get('www-authenticate')).toContain('error="invalid_token"');
});

test('refuses a logo', async () => {
  const answer = await register(await start('authkit'), { logo_uri: 'https://client.test/logo.png' });
  expect(answer.json).toMatchObject({ error: 'invalid_client_metadata' });
});

test('openid brings an ID token: of whom login_hint names, or the person who is chosen on the page', async () => {
  const sandbox = await start('authkit', {
    idTokens: 'always',
    idTokenClaims: { azp: 'x', email: undefined },
  });
  const scope = 'openid profile email offline_access';
  const hinted = await signIn(sandbox, {
    scope,
    authorize: { login_hint: 'grace@sandbox.test', nonce: 'n1' },
  });
  const { json } = await hinted.exchange();
  const keys = createRemoteJWKSet(new URL((await metadataOf(sandbox))['jwks_uri'] ?? ''));
  const { payload } = await jwtVerify(String(json['id_token']), keys, {
    issuer: sandbox.issuer,
    audience: hinted.clientId,
  });
  expect(payload).toMatchObject({ sub: 'grace@sandbox.test', name: 'Grace Hopper', nonce: 'n1', azp: 'x' });
  expect(payload).not.toHaveProperty('email');
  expect((await hinted.refresh(json['refresh_token'])).json).toHaveProperty('id_token');

  const chosen = await signIn(sandbox, { scope: 'openid', person: 'grace@sandbox.test' });
  const token = String((await chosen.exchange()).json['id_token']);
  expect(JSON.parse(atob(token.split('.')[1] ?? ''))).not.toHaveProperty('name');
  expect((await jwtVerify(token, keys)).payload.sub).toBe('grace@sandbox.test');
  expect((await (await signIn(sandbox, { scope: 'profile' })).exchange()).json).not.toHaveProperty(
    'id_token',
  );
});
