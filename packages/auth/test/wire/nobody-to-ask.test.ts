import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';

describe('where there is nobody to ask', () => {
  test('a sign-in ends before anything is registered', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox, { attended: false });
    expect(await failure(client.authorizer.signIn())).toMatchObject({
      code: 'login_required',
      remedy: { do: 'sign_in' },
    });
    expect(sandbox.log.of('register')).toEqual([]);
    expect(await client.authorizer.record()).toBeUndefined();
  });

  test('a call is not held up by the wish to sign in', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox, { attended: false, signIn: 'when_needed' });
    expect((await failure(call(client))).code).toBe('login_required');
    expect(sandbox.log.paths()).toEqual(['POST /mcp']);
  });

  test('tokens are renewed all the same', async () => {
    const sandbox = await provider('plain');
    const person = await signedIn(sandbox);
    const robot = clientOf(sandbox, { attended: false, store: person.store });
    sandbox.revokeAccessTokens();
    expect((await call(robot)).status).toBe(200);
  });
});

describe('where a call may not start a sign-in', () => {
  test('nothing is opened, whatever happens', async () => {
    const sandbox = await provider('stepup');
    const client = clientOf(sandbox);
    expect((await failure(call(client))).code).toBe('login_required');
    await client.authorizer.signIn({ scopes: ['mcp:basic'] });
    expect(
      (await failure(call(client, 'tools/call', { name: 'write', arguments: { text: 'x' } }))).code,
    ).toBe('insufficient_scope');
    sandbox.revokeGrants();
    sandbox.revokeAccessTokens();
    expect((await failure(call(client))).code).toBe('login_required');
    expect((await failure(client.authorizer.accessToken())).code).toBe('login_required');
    expect(client.user.shown).toHaveLength(1);
  });

  test('no record is made of it', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox);
    await failure(call(client));
    await failure(client.authorizer.accessToken());
    expect(await client.store.list()).toEqual([]);
  });
});
