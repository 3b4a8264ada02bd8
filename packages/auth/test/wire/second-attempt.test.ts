import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { clientOf, provider, signedIn } from '../support/sandbox.js';
import { scriptedProvider, TOKENS } from '../support/scripted-provider.js';

describe('a client that the server has forgotten', () => {
  test('is found out at the token endpoint: a new one is registered, once', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    sandbox.log.clear();
    sandbox.fault('token', { status: 401, body: '{"error":"invalid_client"}' });
    await client.authorizer.signIn({ force: true });
    expect(client.deviations()).toEqual(['B21']);
    expect(sandbox.log.of('register')).toHaveLength(1);
    expect(sandbox.log.of('authorize')).toHaveLength(2);
    expect(sandbox.log.of('token')).toHaveLength(2);
    expect(client.user.outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
  });

  test.each(['invalid_client', 'unauthorized_client'])('is found out in the callback: %s', async (error) => {
    let turn = 0;
    const { server, client } = await scriptedProvider(() => ({
      'POST /register': () => ({ status: 201, body: { client_id: `client-${(turn += 1)}` } }),
      'GET /authorize': ({ query }) => {
        const known = query.get('client_id') === `client-${turn}` && turn !== 1;
        const answer = known || server.to('POST /token').length === 0 ? 'code=code-1' : `error=${error}`;
        return {
          status: 302,
          headers: { location: `${query.get('redirect_uri')}?${answer}&state=${query.get('state')}` },
        };
      },
    }));
    const one = client();
    await one.authorizer.signIn();
    await one.authorizer.signIn({ force: true });
    expect(one.deviations()).toEqual(['B21']);
    expect((await one.record()).grant.client.id).toBe('client-2');
  });

  test('that is new was never known: no second try', async () => {
    const sandbox = await provider('plain');
    sandbox.fault('token', { status: 401, body: '{"error":"invalid_client"}' }, 9);
    const client = clientOf(sandbox);
    expect((await failure(client.authorizer.signIn())).code).toBe('client_rejected');
    expect(sandbox.log.of('register')).toHaveLength(1);
    expect(client.user.shown).toHaveLength(1);
  });

  test('twice in a row is an error, not a loop', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('token', { status: 401, body: '{"error":"invalid_client"}' }, 9);
    expect((await failure(client.authorizer.signIn({ force: true }))).code).toBe('client_rejected');
    expect(sandbox.log.of('register')).toHaveLength(1);
    expect(client.user.shown).toHaveLength(3);
  });

  test('that was brought by the person is never replaced', async () => {
    const { server, client } = await scriptedProvider(() => ({
      'POST /token': [{ body: TOKENS }, { status: 401, body: { error: 'invalid_client' } }],
    }));
    const one = client({ settings: { client: { id: 'mine' } } });
    await one.authorizer.signIn();
    expect((await failure(one.authorizer.signIn({ force: true }))).code).toBe('client_rejected');
    expect(server.to('POST /register')).toEqual([]);
    expect(one.user.shown).toHaveLength(2);
  });
});

describe('offline_access that is listed and refused', () => {
  const refusing = {
    serverScopes: ['mcp:read', 'offline_access'],
    resourceScopes: ['mcp:read'],
    grantableScopes: ['mcp:read'],
  };

  test('is asked for once, and then not', async () => {
    const sandbox = await provider('plain', refusing);
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect(sandbox.log.of('authorize').map(({ query }) => query.get('scope'))).toEqual([
      'mcp:read offline_access',
      'mcp:read',
    ]);
    expect(client.deviations()).toEqual(['C15']);
    expect((await client.record()).grant.requestedScopes).toEqual(['mcp:read']);
    // The same client: it was registered for more.
    expect(sandbox.log.of('register')).toHaveLength(1);
  });

  test('is the person’s business when the person asked for it', async () => {
    const sandbox = await provider('plain', refusing);
    const client = clientOf(sandbox, { settings: { scopes: ['mcp:read', 'offline_access'] } });
    expect((await failure(client.authorizer.signIn())).facts).toMatchObject({ error: 'invalid_scope' });
    expect(client.user.shown).toHaveLength(1);
  });

  test('is not to blame for another refused scope: two tries, then the error', async () => {
    const sandbox = await provider('plain', { ...refusing, grantableScopes: [] });
    const client = clientOf(sandbox);
    expect((await failure(client.authorizer.signIn())).facts).toMatchObject({ error: 'invalid_scope' });
    expect(client.user.shown).toHaveLength(2);
  });
});

test('a refusal that no change would help is told at once', async () => {
  const sandbox = await provider('plain', { authorizeRefuses: ['no-scope'], resourceScopes: undefined });
  const client = clientOf(sandbox);
  const error = await failure(client.authorizer.signIn());
  expect(error.message).toContain('a scope is needed');
  expect(client.user.shown).toHaveLength(1);
});
