import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';

type Log = Awaited<ReturnType<typeof provider>>['log'];

/** The `resource` of the authorization, the token and the refresh request, each as often as it was sent. */
function sent(log: Log): string[][] {
  return [
    log.of('authorize').at(-1)?.query.getAll('resource') ?? [],
    ...log.of('token').map(({ form }) => form.getAll('resource')),
  ];
}

describe('the resource is the same, once, in all three requests', () => {
  test('as the metadata names it, byte for byte', async () => {
    for (const resourceIdentifier of ['url', 'origin', 'slash'] as const) {
      const sandbox = await provider('resource-bound', { resourceIdentifier });
      const client = clientOf(sandbox);
      await client.authorizer.signIn();
      await client.authorizer.refresh();
      const expected = {
        url: sandbox.url,
        origin: new URL(sandbox.url).origin,
        slash: `${sandbox.url}/`,
      }[resourceIdentifier];
      expect(sent(sandbox.log)).toEqual([[expected], [expected], [expected]]);
      expect((await client.record()).grant.resource).toBe(expected);
    }
  });

  test('as the server URL when there is no metadata', async () => {
    const sandbox = await provider('legacy-2025-03', { resource: 'required' });
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    await client.authorizer.refresh();
    expect(sent(sandbox.log)).toEqual([[sandbox.url], [sandbox.url], [sandbox.url]]);
  });

  test('as configured: it replaces, and is never added', async () => {
    const sandbox = await provider('plain', { resource: 'ignored' });
    const resource = 'api://0a1b/MCP?x=y';
    const client = clientOf(sandbox, { settings: { resource } });
    await client.authorizer.signIn();
    await client.authorizer.refresh();
    expect(sent(sandbox.log)).toEqual([[resource], [resource], [resource]]);
  });

  test('in none of them when it is configured to be left out (Entra)', async () => {
    const sandbox = await provider('plain', { resource: 'refused' });
    const client = clientOf(sandbox, { settings: { resource: 'none' } });
    await client.authorizer.signIn();
    await client.authorizer.refresh();
    expect(sent(sandbox.log)).toEqual([[], [], []]);
    expect((await client.record()).grant).not.toHaveProperty('resource');
    // The negative: without that setting such a server stays closed.
    expect((await failure(clientOf(sandbox).authorizer.signIn())).code).toBe('authorization_refused');
  });

  test('in the refresh as in the grant; who wants another one has no sign-in', async () => {
    const sandbox = await provider('resource-bound');
    const client = await signedIn(sandbox);
    const later = clientOf(sandbox, { store: client.store, settings: { resource: 'https://other.example' } });
    expect((await failure(later.authorizer.refresh())).code).toBe('login_required');
    expect(sandbox.log.all).toEqual([]);
    await client.authorizer.refresh();
    expect(sandbox.log.of('token').map(({ form }) => form.getAll('resource'))).toEqual([[sandbox.url]]);
  });
});

describe('an override of the resource', () => {
  test('lets metadata through that is about exactly that resource, and no other', async () => {
    const resource = 'https://gateway.example/mcp';
    const sandbox = await provider('plain', { resourceIdentifier: resource });
    await clientOf(sandbox, { settings: { resource } }).authorizer.signIn();
    const other = clientOf(sandbox, { settings: { resource: `${resource}/` } });
    expect((await failure(other.authorizer.signIn())).code).toBe('resource_mismatch');
    expect((await failure(clientOf(sandbox).authorizer.signIn())).code).toBe('resource_mismatch');
  });

  test('"none" does not excuse the metadata of another server', async () => {
    const sandbox = await provider('plain', { resourceIdentifier: 'https://gateway.example/mcp' });
    const client = clientOf(sandbox, { settings: { resource: 'none' } });
    expect((await failure(client.authorizer.signIn())).code).toBe('resource_mismatch');
  });

  test('that is new asks for a new sign-in', async () => {
    const sandbox = await provider('plain', { resource: 'ignored' });
    const client = await signedIn(sandbox);
    const later = clientOf(sandbox, { store: client.store, settings: { resource: 'api://x' } });
    expect((await later.authorizer.signIn()).fresh).toBe(true);
    expect((await later.authorizer.signIn()).fresh).toBe(false);
    expect((await call(later)).status).toBe(200);
  });
});

test('a server that binds tokens to what is asked gives a useless one without the resource', async () => {
  // That the sandbox is strict about it is what makes the tests above worth something.
  const sandbox = await provider('plain', { resource: 'checked', audienceWithoutResource: 'issuer' });
  const client = clientOf(sandbox, { settings: { resource: 'none' } });
  await client.authorizer.signIn();
  expect((await failure(call(client))).code).toMatch(/login_required|token_rejected/);
});

describe('further parameters', () => {
  test('go where they are meant to', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox, {
      settings: {
        authorizeParams: { audience: 'a', access_type: 'offline' },
        tokenParams: { audience: 'b' },
      },
    });
    await client.authorizer.signIn();
    await client.authorizer.refresh();
    const [authorize] = sandbox.log.of('authorize');
    expect(authorize?.query.getAll('audience')).toEqual(['a']);
    expect(authorize?.query.get('access_type')).toBe('offline');
    expect(sandbox.log.of('token').map(({ form }) => form.getAll('audience'))).toEqual([['b'], ['b']]);
  });

  test('can take prompt away, and replace it', async () => {
    for (const [prompt, expected] of [
      ['', null],
      ['select_account', 'select_account'],
    ] as const) {
      const sandbox = await provider('authkit');
      await clientOf(sandbox, { settings: { authorizeParams: { prompt } } }).authorizer.signIn();
      expect(sandbox.log.of('authorize')[0]?.query.get('prompt')).toBe(expected);
    }
  });

  test.each([
    'client_id',
    'redirect_uri',
    'response_type',
    'state',
    'code_challenge',
    'code_challenge_method',
    'scope',
    'resource',
    'request',
    'request_uri',
  ])('cannot be %s', async (name) => {
    const sandbox = await provider('plain');
    for (const value of ['x', '']) {
      const client = clientOf(sandbox, { settings: { authorizeParams: { [name]: value } } });
      expect((await failure(client.authorizer.signIn())).code).toBe('config_invalid');
      expect(client.user.shown).toEqual([]);
    }
  });

  test('do not replace what the token request needs', async () => {
    const sandbox = await provider('plain');
    const tokenParams = {
      grant_type: 'x',
      code: 'x',
      resource: 'x',
      redirect_uri: 'x',
      code_verifier: 'x',
      client_id: 'x',
    };
    await clientOf(sandbox, { settings: { tokenParams } }).authorizer.signIn();
    expect([...(sandbox.log.of('token')[0]?.form.values() ?? [])]).not.toContain('x');
  });
});

test('the query of the authorization endpoint is kept', async () => {
  const sandbox = await provider('plain', { authorizeQuery: { tenant: 'a b', p: '' } });
  await clientOf(sandbox).authorizer.signIn();
  expect(sandbox.log.of('authorize')[0]?.query.get('tenant')).toBe('a b');
});
