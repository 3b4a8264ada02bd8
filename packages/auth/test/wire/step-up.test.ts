import { describe, expect, test } from 'vitest';

import { failure, heldFetch } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { scriptedProvider, TOKENS } from '../support/scripted-provider.js';

const write = { name: 'write', arguments: { text: 'x' } };

function insufficient(scope: string) {
  return {
    status: 403,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  };
}

describe('a call that needs more scopes', () => {
  test('asks for what was asked before and what is missing', async () => {
    const sandbox = await provider('stepup');
    const client = clientOf(sandbox, { signIn: 'when_needed' });
    expect((await call(client)).status).toBe(200);
    expect((await call(client, 'tools/call', write)).status).toBe(200);
    expect(sandbox.log.of('authorize').map(({ query }) => query.get('scope'))).toEqual([
      'mcp:basic',
      'mcp:write mcp:basic',
    ]);
    // Pinned scopes: a new registration for the wider set.
    expect(sandbox.log.of('register')).toHaveLength(2);
    expect(sandbox.log.of('token').every(({ form }) => form.get('grant_type') === 'authorization_code')).toBe(
      true,
    );
  });

  test('and has them once and for all: no ping-pong', async () => {
    const sandbox = await provider('stepup');
    const client = clientOf(sandbox, { signIn: 'when_needed' });
    for (let round = 0; round < 3; round += 1) {
      expect((await call(client)).status).toBe(200);
      expect((await call(client, 'tools/call', write)).status).toBe(200);
    }
    expect(client.user.shown).toHaveLength(2);
  });

  test('uses the registration again where scopes are not pinned', async () => {
    const sandbox = await provider('stepup', {
      scopesFrozen: false,
      registrationMembers: { scope: 'mcp:basic mcp:write' },
    });
    const client = clientOf(sandbox, { signIn: 'when_needed' });
    await call(client);
    await call(client, 'tools/call', write);
    expect(sandbox.log.of('register')).toHaveLength(1);
  });

  test('names what is missing and what to ask for, where no browser may be opened', async () => {
    const sandbox = await provider('stepup');
    const client = await signedIn(sandbox, { settings: { scopes: ['mcp:basic'] } });
    const error = await failure(call(client, 'tools/call', write));
    expect(error).toMatchObject({
      code: 'insufficient_scope',
      facts: { missing: ['mcp:write'] },
      remedy: { do: 'sign_in', scopes: ['mcp:basic', 'mcp:write'] },
    });
    expect(error.message).toContain('"mcp:write"');
    expect(error.message).toContain('needs a scope that was not granted');
    expect(client.user.shown).toHaveLength(1);
    // The sign-in is as good as it was.
    expect((await call(client)).status).toBe(200);
  });

  test('twenty at once open one browser', async () => {
    const sandbox = await provider('stepup');
    const client = clientOf(sandbox, { signIn: 'when_needed' });
    await call(client);
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(client, 'tools/call', write)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(client.user.shown).toHaveLength(2);
  });

  test('uses what somebody else was granted meanwhile', async () => {
    const sandbox = await provider('stepup');
    const { store } = await signedIn(sandbox, { settings: { scopes: ['mcp:basic'] } });
    const held = heldFetch();
    const waiting = call(clientOf(sandbox, { store, fetch: held.fetch }), 'tools/call', write);
    await held.arrived;
    await clientOf(sandbox, { store }).authorizer.signIn({ scopes: ['mcp:basic', 'mcp:write'] });
    held.release();
    expect((await waiting).status).toBe(200);
  });
});

describe('a server that is never content', () => {
  test('gets two tries for a call, and then an error', async () => {
    let turn = 0;
    const { client } = await scriptedProvider(() => ({
      // Each time something else is missing.
      'POST /mcp': ({ headers }) =>
        headers['authorization'] === undefined ? { status: 401 } : insufficient(`scope-${(turn += 1)}`),
      'POST /token': () => ({ body: { ...TOKENS, access_token: `at-${(turn += 1)}` } }),
    }));
    const one = client({ signIn: 'when_needed' });
    await one.authorizer.signIn();
    const error = await failure(call(one));
    expect(error).toMatchObject({ code: 'insufficient_scope', fault: 'server' });
    expect(one.user.shown).toHaveLength(3);
  });

  test('and asks for what was granted gets none', async () => {
    const { client } = await scriptedProvider(() => ({
      'POST /mcp': ({ headers }) =>
        headers['authorization'] === undefined ? { status: 401 } : insufficient('a'),
    }));
    const one = client({ signIn: 'when_needed', settings: { scopes: ['a'] } });
    await one.authorizer.signIn();
    expect(await failure(call(one))).toMatchObject({ code: 'insufficient_scope', facts: { missing: [] } });
    expect(one.user.shown).toHaveLength(1);
  });

  test('and asks for nothing in particular gets none', async () => {
    const { client } = await scriptedProvider(() => ({
      'POST /mcp': ({ headers }) =>
        headers['authorization'] === undefined
          ? { status: 401 }
          : { status: 403, headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' } },
    }));
    const one = client({ signIn: 'when_needed' });
    await one.authorizer.signIn();
    expect((await failure(call(one))).code).toBe('insufficient_scope');
    expect(one.user.shown).toHaveLength(1);
  });

  test('grants less than was asked for: the second 403 is not answered by the same question for ever', async () => {
    const { client } = await scriptedProvider(() => ({
      'POST /mcp': ({ headers }) =>
        headers['authorization'] === undefined ? { status: 401 } : insufficient('a b'),
      'POST /token': { body: { ...TOKENS, scope: 'a' } },
    }));
    const one = client({ signIn: 'when_needed', settings: { scopes: ['a'] } });
    await one.authorizer.signIn();
    expect(await failure(call(one))).toMatchObject({ code: 'insufficient_scope', facts: { missing: ['b'] } });
    expect(one.user.shown).toHaveLength(3);
  });
});

describe('a 403 of another kind is a plain no', () => {
  test.each([
    ['without a challenge', {}],
    ['with another error', { 'www-authenticate': 'Bearer error="invalid_request"' }],
    ['with another scheme', { 'www-authenticate': 'Basic error="insufficient_scope"' }],
    [
      'with words in a quotation',
      { 'www-authenticate': 'Basic realm="x, Bearer error=insufficient_scope, scope=a"' },
    ],
  ])('%s', async (_, headers) => {
    const { client } = await scriptedProvider(() => ({
      'POST /mcp': ({ headers: sent }) =>
        sent['authorization'] === undefined ? { status: 401 } : { status: 403, headers, body: 'no' },
    }));
    const one = client({ signIn: 'when_needed' });
    await one.authorizer.signIn();
    const response = await call(one);
    expect([response.status, await response.text()]).toEqual([403, 'no']);
    expect(one.user.shown).toHaveLength(1);
  });

  test('from the sandbox, too', async () => {
    const sandbox = await provider('stepup', { scopeRefusal: 'bare' });
    const client = clientOf(sandbox, { signIn: 'when_needed' });
    await call(client);
    expect((await call(client, 'tools/call', write)).status).toBe(403);
    expect(client.user.shown).toHaveLength(1);
  });
});
