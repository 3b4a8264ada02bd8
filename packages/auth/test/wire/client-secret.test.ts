import { Secret } from '../../src/index.js';
import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { scriptedProvider, TOKENS } from '../support/scripted-provider.js';

const SECRET = 'p@ss:w%rd+ &=/ü';
const ID = 'cli:ent id+1';
const configured = { id: ID, secret: async () => new Secret(SECRET) };

function staticClient(authMethod: 'client_secret_basic' | 'client_secret_post') {
  return {
    registration: 'off',
    staticClients: [
      { id: ID, secret: SECRET, name: 'x', authMethod, redirectUris: ['http://127.0.0.1/callback'] },
    ],
  } as const;
}

describe('a configured client', () => {
  test('proves itself with a Basic header, form-encoded, and nothing in the body', async () => {
    const sandbox = await provider('plain', staticClient('client_secret_basic'));
    await clientOf(sandbox, { settings: { client: configured } }).authorizer.signIn();
    const [token] = sandbox.log.of('token');
    expect(token?.headers['authorization']).toMatch(/^Basic [A-Za-z0-9+/]+=*$/);
    expect(token?.form.has('client_id')).toBe(false);
    expect(token?.form.has('client_secret')).toBe(false);
    expect(sandbox.log.of('register')).toEqual([]);
  });

  test('or in the body, where that is what the server takes', async () => {
    const sandbox = await provider('plain', {
      ...staticClient('client_secret_post'),
      authMethods: ['client_secret_post'],
    });
    await clientOf(sandbox, { settings: { client: configured } }).authorizer.signIn();
    const [token] = sandbox.log.of('token');
    expect(token?.headers['authorization']).toBeUndefined();
    expect(token?.form.get('client_id')).toBe(ID);
    expect(token?.form.get('client_secret')).toBe(SECRET);
  });

  test('or as configured, whatever the server says', async () => {
    const sandbox = await provider('plain', {
      ...staticClient('client_secret_post'),
      authMethods: ['client_secret_basic'],
    });
    const client = { ...configured, authMethod: 'client_secret_post' } as const;
    await clientOf(sandbox, { settings: { client } }).authorizer.signIn();
    expect(sandbox.log.of('token').map(({ headers }) => headers['authorization'])).toEqual([undefined]);
  });

  test('without a secret is a public one', async () => {
    const { server, client } = await scriptedProvider();
    await client({ settings: { client: { id: 'public' } } }).authorizer.signIn();
    const [token] = server.to('POST /token');
    expect(token?.form.get('client_id')).toBe('public');
    expect(token?.headers['authorization']).toBeUndefined();
  });

  test('keeps its secret out of the record', async () => {
    const sandbox = await provider('plain', staticClient('client_secret_basic'));
    const client = await signedIn(sandbox, { settings: { client: configured } });
    expect((await client.record()).grant.client).not.toHaveProperty('secret');
    await client.authorizer.refresh();
    expect(sandbox.log.of('token')).toHaveLength(1);
  });
});

describe('metadata that is wrong about the method (E10)', () => {
  test.each([
    ['client_secret_post', ['client_secret_basic']],
    ['client_secret_basic', ['client_secret_post']],
  ] as const)(
    'the server takes %s and says %j: the other one is tried once, and kept',
    async (takes, says) => {
      const sandbox = await provider('plain', { ...staticClient(takes), authMethods: says });
      const client = clientOf(sandbox, { settings: { client: configured } });
      await client.authorizer.signIn();
      const requests = sandbox.log.of('token');
      expect(requests.map(({ status }) => status)).toEqual([401, 200]);
      // Never both at once (RFC 6749 section 2.3).
      for (const { headers, form } of requests) {
        expect(headers['authorization'] === undefined).toBe(form.has('client_secret'));
      }
      expect(client.deviations()).toEqual(['E10']);
      expect((await client.record()).grant.client.authMethod).toBe(takes);

      sandbox.log.clear();
      await client.authorizer.refresh();
      expect(sandbox.log.of('token').map(({ status }) => status)).toEqual([200]);
    },
  );

  test('a registration that says none and comes with a secret (Supabase)', async () => {
    const sandbox = await provider('plain', {
      authMethodForced: 'client_secret_post',
      registrationMembers: { token_endpoint_auth_method: null },
    });
    await clientOf(sandbox).authorizer.signIn();
    expect(sandbox.log.of('token').map(({ status }) => status)).toEqual([401, 200]);
  });

  test('both refused: the client is not accepted, and no third way is tried', async () => {
    const sandbox = await provider('plain', staticClient('client_secret_basic'));
    const client = { id: ID, secret: async () => new Secret('wrong') };
    const error = await failure(clientOf(sandbox, { settings: { client } }).authorizer.signIn());
    expect(error.code).toBe('client_rejected');
    expect(sandbox.log.of('token')).toHaveLength(2);
  });

  test('what the server says to the method that it takes is what counts', async () => {
    const invalidClient = { status: 401, body: { error: 'invalid_client' } };
    const { client } = await scriptedProvider(() => ({
      'POST /token': [{ body: TOKENS }, invalidClient, { status: 400, body: { error: 'invalid_grant' } }],
    }));
    const one = client({ settings: { client: configured } });
    await one.authorizer.signIn();
    await failure(one.authorizer.refresh());
    expect((await one.record()).lastRefresh?.outcome).toBe('refused');
  });

  test('other errors are no reason to try', async () => {
    const { server, client } = await scriptedProvider(() => ({
      'POST /token': { status: 400, body: { error: 'invalid_grant' } },
    }));
    expect((await failure(client({ settings: { client: configured } }).authorizer.signIn())).code).toBe(
      'token_refused',
    );
    expect(server.to('POST /token')).toHaveLength(1);
  });
});

test('a configured client is never sent to another authorization server than its own', async () => {
  const sandbox = await provider('plain', staticClient('client_secret_basic'));
  const client = await signedIn(sandbox, { settings: { client: configured } });
  expect((await call(client)).status).toBe(200);
  const first = sandbox.issuer;
  await sandbox.migrate();
  sandbox.log.clear();
  const error = await failure(client.authorizer.signIn({ force: true }));
  expect(error).toMatchObject({
    code: 'client_issuer_mismatch',
    facts: { expected: first, received: sandbox.issuer },
  });
  expect(sandbox.log.to('authorization').map(({ path }) => path)).toEqual([
    '/.well-known/oauth-authorization-server',
  ]);
  expect(client.user.shown).toHaveLength(1);
});

describe('what a strict server looks at', () => {
  test('every form says application/x-www-form-urlencoded, and not a word more', async () => {
    const sandbox = await provider('par-required');
    const { authorizer } = clientOf(sandbox);
    await authorizer.signIn();
    await authorizer.refresh();
    await authorizer.signOut();
    const places = new Set(['pushed-request', 'token', 'revoke']);
    const forms = sandbox.log.all.filter(({ endpoint }) => places.has(endpoint));
    expect(forms.map(({ endpoint }) => endpoint)).toEqual([
      'pushed-request',
      'token',
      'token',
      'revoke',
      'revoke',
    ]);
    for (const { headers } of forms)
      expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  test.each(['https://app.example/client?a=1&b=2', 'urn:x:ü id', '0', 'a%20b+c'])(
    'a client id of any shape arrives as it was configured: %s',
    async (id) => {
      const { server, client } = await scriptedProvider();
      await client({ settings: { client: { id } } }).authorizer.signIn();
      expect(server.to('GET /authorize')[0]?.query.get('client_id')).toBe(id);
      expect(server.to('POST /token')[0]?.form.get('client_id')).toBe(id);
      expect(server.to('POST /register')).toEqual([]);
    },
  );
});
