import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { clientOf, provider, signedIn } from '../support/sandbox.js';
import { resourceLines, scriptedProvider, serverLines } from '../support/scripted-provider.js';

async function asked(overrides: Parameters<typeof provider>[1], settings = {}, scopes?: readonly string[]) {
  const sandbox = await provider('plain', overrides);
  await clientOf(sandbox, { settings }).authorizer.signIn(scopes === undefined ? {} : { scopes });
  const [registration] = sandbox.log.of('register').map(({ json }) => (json as { scope?: string }).scope);
  const authorization = sandbox.log.of('authorize')[0]?.query.get('scope') ?? undefined;
  expect(registration, 'one scope set').toBe(authorization);
  return authorization;
}

describe('the scopes of a sign-in are those', () => {
  const all = {
    challengeScope: 'from:challenge',
    resourceScopes: ['from:resource'],
    serverScopes: ['from:server'],
  };

  test('that were given', async () => {
    expect(await asked(all, { scopes: ['from:config'] }, ['from:call', 'b'])).toBe('from:call b');
  });

  test('else that are configured', async () => {
    expect(await asked(all, { scopes: ['from:config'] })).toBe('from:config');
  });

  test('else that the challenge names', async () => {
    expect(await asked(all)).toBe('from:challenge');
  });

  test('else that the resource metadata lists', async () => {
    expect(await asked({ ...all, challengeScope: undefined })).toBe('from:resource');
  });

  test('else none: never the catalogue of the authorization server', async () => {
    const decoys = ['admin', 'sudo', 'offline_access'];
    expect(await asked({ resourceScopes: undefined, serverScopes: decoys })).toBeUndefined();
    expect(await asked({ resourceScopes: [], serverScopes: decoys })).toBeUndefined();
  });

  test('an empty list is no list', async () => {
    expect(await asked(all, { scopes: [] }, [])).toBe('from:challenge');
  });

  test('each once, also when one entry of a list holds two', async () => {
    expect(await asked({ resourceScopes: ['a b', 'b', ' c ', ''] })).toBe('a b c');
  });
});

describe('offline_access', () => {
  const listed = { resourceScopes: ['a'], serverScopes: ['a', 'offline_access'] };
  const unlisted = { resourceScopes: ['a'], serverScopes: ['a'] };

  test('is added when the authorization server lists it', async () => {
    expect(await asked(listed)).toBe('a offline_access');
    expect(await asked({ ...listed, challengeScope: 'c' })).toBe('c offline_access');
    expect(await asked(listed, { scopes: ['b'] })).toBe('b offline_access');
  });

  test('is not added when it does not', async () => {
    expect(await asked(unlisted)).toBe('a');
    expect(await asked({ resourceScopes: ['a'], serverScopes: undefined })).toBe('a');
  });

  test('is kept when the resource asks for it', async () => {
    expect(await asked({ resourceScopes: ['a', 'offline_access'], serverScopes: ['a'] })).toBe(
      'a offline_access',
    );
  });

  test('is as configured: always', async () => {
    expect(await asked(unlisted, { offlineAccess: 'always' })).toBe('a offline_access');
    expect(await asked({ resourceScopes: undefined }, { offlineAccess: 'always' })).toBe('offline_access');
  });

  test('is as configured: never', async () => {
    expect(await asked(listed, { offlineAccess: 'never' })).toBe('a');
    expect(
      await asked({ ...listed, resourceScopes: ['a', 'offline_access'] }, { offlineAccess: 'never' }),
    ).toBe('a');
  });

  test('brings prompt=consent with it, and nothing else does', async () => {
    for (const [serverScopes, prompt] of [
      [['offline_access'], 'consent'],
      [[], null],
    ] as const) {
      const sandbox = await provider('plain', { serverScopes });
      await clientOf(sandbox).authorizer.signIn();
      expect(sandbox.log.of('authorize')[0]?.query.get('prompt')).toBe(prompt);
    }
  });

  test('adding it is said, and where every scope was found', async () => {
    const sandbox = await provider('plain', listed);
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect(client.decisions('scopes found')).toEqual([{ in: 'the resource metadata', scopes: ['a'] }]);
    expect(client.decisions('scopes')).toMatchObject([
      {
        asking: ['a', 'offline_access'],
        from: 'the resource metadata',
        offline_access: expect.stringContaining('added'),
      },
    ]);
  });
});

describe('what was granted', () => {
  test('is recorded beside what was asked for', async () => {
    const sandbox = await provider('plain', { grantableScopes: ['mcp:read'], otherScopes: 'dropped' });
    const client = await signedIn(sandbox);
    expect((await client.record()).grant).toMatchObject({
      requestedScopes: ['mcp:read', 'mcp:write'],
      grantedScopes: ['mcp:read'],
    });
    expect(client.decisions('token')).toMatchObject([{ missing: ['mcp:write'] }]);
  });

  test('is what was asked for when the server does not say', async () => {
    const sandbox = await provider('plain', { tokenShapes: ['scope-absent'] });
    const client = await signedIn(sandbox);
    expect((await client.record()).grant).not.toHaveProperty('grantedScopes');
  });

  test('a sign-in that covers what is wanted is not made again', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    expect((await client.authorizer.signIn({ scopes: ['mcp:read'] })).fresh).toBe(false);
    expect((await client.authorizer.signIn({ scopes: ['mcp:admin'] })).fresh).toBe(true);
  });

  test('a later sign-in keeps what was asked for before, unless the person names scopes', async () => {
    const sandbox = await provider('plain', { challengeScope: 'mcp:read' });
    const client = await signedIn(sandbox, {});
    await client.authorizer.signIn({ scopes: ['mcp:read', 'mcp:write'], force: true });
    await client.authorizer.signIn({ force: true });
    expect((await client.record()).grant.requestedScopes).toEqual(['mcp:read', 'mcp:write']);
    await client.authorizer.signIn({ scopes: ['mcp:read'], force: true });
    expect((await client.record()).grant.requestedScopes).toEqual(['mcp:read']);
  });
});

test('a scope of another party cannot smuggle parameters into the request', async () => {
  const { server, client } = await scriptedProvider((origin) => ({
    ...resourceLines(origin, [origin]),
    ...serverLines(origin),
    'POST /mcp': {
      status: 401,
      headers: { 'www-authenticate': 'Bearer scope="a&redirect_uri=https://evil.example&state=x#y"' },
    },
  }));
  await client().authorizer.signIn();
  const [authorize] = server.to('GET /authorize');
  expect(authorize?.query.getAll('scope')).toEqual(['a&redirect_uri=https://evil.example&state=x#y']);
  expect(authorize?.query.getAll('redirect_uri')).toHaveLength(1);
  expect(authorize?.query.getAll('state')).toHaveLength(1);
});

test('scopes that the server does not have are its answer to give', async () => {
  const sandbox = await provider('plain', { grantableScopes: ['mcp:read'] });
  const error = await failure(clientOf(sandbox).authorizer.signIn({ scopes: ['nonsense'] }));
  expect(error).toMatchObject({ code: 'authorization_refused', facts: { error: 'invalid_scope' } });
});
