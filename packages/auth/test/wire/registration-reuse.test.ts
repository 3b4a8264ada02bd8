import { createServer } from 'node:http';

import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { clientOf, provider, signedIn } from '../support/sandbox.js';
import { simulatedClock } from '../support/simulated-clock.js';

describe('the next sign-in uses the registration again', () => {
  test('at the same port', async () => {
    const sandbox = await provider('plain', { redirectMatch: 'exact' });
    const client = await signedIn(sandbox);
    const before = (await client.record()).grant.client;
    await client.authorizer.signIn({ force: true });
    expect(sandbox.log.of('register')).toEqual([]);
    expect((await client.record()).grant.client).toEqual(before);
    expect(client.user.wishes.map(({ earlier }) => earlier)).toEqual([undefined, before.redirectUri]);
  });

  test('also with the spelling of the redirect URI that was accepted', async () => {
    const sandbox = await provider('plain', { redirectPolicy: 'localhost' });
    const client = await signedIn(sandbox);
    await client.authorizer.signIn({ force: true });
    expect(sandbox.log.of('register')).toEqual([]);
    expect(sandbox.log.of('authorize')[0]?.query.get('redirect_uri')).toContain('http://localhost:');
  });

  test('for fewer scopes', async () => {
    const sandbox = await provider('plain', { scopesFrozen: true });
    const client = await signedIn(sandbox);
    await client.authorizer.signIn({ force: true, scopes: ['mcp:read'] });
    expect(sandbox.log.of('register')).toEqual([]);
    expect((await client.record()).grant.requestedScopes).toEqual(['mcp:read']);
  });

  test('when the server named fewer scopes than were asked for', async () => {
    const sandbox = await provider('plain', { registrationMembers: { scope: 'mcp:read' } });
    const client = await signedIn(sandbox);
    await client.authorizer.signIn({ force: true });
    expect(sandbox.log.of('register')).toEqual([]);
  });

  test('after an attempt that the person refused', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox, { as: 'denies' });
    expect((await failure(client.authorizer.signIn())).code).toBe('login_refused');
    expect((await failure(client.authorizer.signIn())).code).toBe('login_refused');
    expect(sandbox.log.of('register')).toHaveLength(1);
  });

  test('and keeps the secret of it', async () => {
    const sandbox = await provider('plain', { authMethods: ['client_secret_basic'] });
    const client = await signedIn(sandbox);
    await client.authorizer.signIn({ force: true });
    expect(sandbox.log.of('register')).toEqual([]);
    expect(sandbox.log.of('token')).toHaveLength(1);
  });
});

test('the redirect URI that the person configured is what is wished for', async () => {
  const redirect = { host: 'localhost', port: 0, path: '/oauth/callback', url: 'https://tunnel.example/cb' };
  for (const profile of ['plain', 'cimd'] as const) {
    const sandbox = await provider(profile);
    const settings = {
      redirect,
      ...(profile === 'cimd' && { clientMetadataUrl: sandbox.clientDocumentUrl }),
    };
    const client = await signedIn(sandbox, { settings });
    expect(client.user.wishes).toEqual([redirect]);
  }
});

describe('a new registration is made', () => {
  test('for more scopes, where the server pins them', async () => {
    const sandbox = await provider('plain', { scopesFrozen: true });
    const client = await signedIn(sandbox, { settings: { scopes: ['mcp:read'] } });
    const before = (await client.record()).grant.client.id;
    await client.authorizer.signIn({ force: true, scopes: ['mcp:read', 'mcp:write'] });
    expect(sandbox.log.of('register').map(({ json }) => (json as { scope: string }).scope)).toEqual([
      'mcp:read mcp:write',
    ]);
    expect((await client.record()).grant.client.id).not.toBe(before);
  });

  test('when the secret has expired', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain', { authMethods: ['client_secret_basic'], secretSeconds: 3600 });
    const client = await signedIn(sandbox, { clock });
    clock.advance(3_599_000);
    await client.authorizer.signIn({ force: true });
    expect(sandbox.log.of('register')).toEqual([]);
    clock.advance(2_000);
    await client.authorizer.signIn({ force: true });
    expect(sandbox.log.of('register')).toHaveLength(1);
  });

  test('when somebody else has taken the port', async () => {
    const sandbox = await provider('plain', { redirectMatch: 'exact' });
    const client = await signedIn(sandbox);
    const { redirectUri = '' } = (await client.record()).grant.client;
    const squatter = createServer().listen(Number(new URL(redirectUri).port), '127.0.0.1');
    await client.authorizer.signIn({ force: true });
    squatter.close();
    expect(sandbox.log.of('register')).toHaveLength(1);
    expect((await client.record()).grant.client.redirectUri).not.toBe(redirectUri);
  });
});
