import { expect, test } from 'vitest';

import { createMemoryStore, credentialState, Secret } from '../../src/index.js';
import { failure } from '../support/client.js';
import { call, clientOf, provider, tokensSeen } from '../support/sandbox.js';

/* What needs no person: nobody is there in any of these. */

const client = { id: 'sandbox-machine', secret: async () => new Secret('sandbox-secret') };
const settings = { grant: 'client_credentials', client } as const;
const alone = { attended: false, settings } as const;

test('the first token comes with the first 401, and the next ones in time, with the scopes of the first', async () => {
  const sandbox = await provider('machine');
  const agent = clientOf(sandbox, alone);
  expect((await call(agent)).status).toBe(200);
  expect(sandbox.log.paths()).toEqual([
    'POST /mcp',
    'GET /.well-known/oauth-protected-resource/mcp',
    'GET /.well-known/oauth-authorization-server',
    'POST /token',
    'POST /mcp',
  ]);
  await agent.authorizer.signIn({ scopes: ['mcp:read'], force: true });
  await agent.authorizer.refresh();
  const scopes = sandbox.log.of('token').map(({ form }) => form.get('scope'));
  expect(scopes).toEqual(['mcp:read mcp:write', 'mcp:read', 'mcp:read']);
});

test('more scopes are asked for by itself, too', async () => {
  const sandbox = await provider('machine', {
    resourceScopes: ['mcp:read'],
    scopesNeeded: { 'tools/call write': 'mcp:write' },
  });
  const agent = clientOf(sandbox, alone);
  const write = { name: 'write', arguments: { text: 'x' } };
  const response = await call(agent, 'tools/call', write);
  expect(response.status).toBe(200);
  expect((await agent.record()).grant.requestedScopes).toContain('mcp:write');
});

test('many at once make one request, in one process and over one store', async () => {
  const sandbox = await provider('machine');
  const store = createMemoryStore();
  sandbox.fault('token', { delay: 100 });
  const agents = Array.from({ length: 20 }, () => clientOf(sandbox, { ...alone, store }));
  const tokens = await Promise.all(agents.map(({ authorizer }) => authorizer.accessToken()));
  expect(sandbox.log.of('token')).toHaveLength(1);
  expect(new Set(tokens.map(({ token }) => token.reveal())).size).toBe(1);
});

test('a server in trouble is left alone by all, and nothing is lost', async () => {
  const sandbox = await provider('machine');
  const store = createMemoryStore();
  sandbox.fault('token', { status: 503, retryAfter: 30 });
  const first = await failure(clientOf(sandbox, { ...alone, store }).authorizer.accessToken());
  expect(first).toMatchObject({ code: 'server_error', facts: { kept: false } });
  const others = Array.from({ length: 5 }, () => clientOf(sandbox, { ...alone, store }));
  for (const { authorizer } of others) {
    const error = await failure(authorizer.accessToken());
    expect(error.message).toContain('No token was to be had');
  }
  expect(sandbox.log.of('token')).toHaveLength(1);
  // Whoever asks for it by name is not held up.
  expect((await others[0]?.authorizer.signIn())?.fresh).toBe(true);
});

test('where a token is refused before its time, it is looked up again who issues them', async () => {
  const sandbox = await provider('machine');
  const store = createMemoryStore();
  const agent = () => clientOf(sandbox, { ...alone, store });
  await call(agent());
  const before = sandbox.issuer;
  await sandbox.migrate();
  // A client that somebody brought goes to no other server by itself.
  const error = await failure(call(agent()));
  expect(error).toMatchObject({ code: 'client_issuer_mismatch', facts: { expected: before } });
  expect(sandbox.log.of('token')).toHaveLength(1);
});

test('a public server is used as it is', async () => {
  const sandbox = await provider('machine', { protected: false });
  const agent = clientOf(sandbox, alone);
  expect((await call(agent)).status).toBe(200);
  expect(tokensSeen(sandbox)).toEqual(['none']);
  expect(credentialState(await agent.authorizer.record(), Date.now())).toBe('not_signed_in');
});

test('nothing is begun that waits for a person, and without a client it is said which is needed', async () => {
  const sandbox = await provider('machine');
  expect((await failure(clientOf(sandbox, alone).authorizer.beginSignIn())).code).toBe('usage');
  const unknown = clientOf(sandbox, { attended: false, settings: { grant: 'client_credentials' } });
  const error = await failure(unknown.authorizer.accessToken());
  expect(error).toMatchObject({ code: 'client_needed', remedy: { key: 'oauth.client_id' } });
  expect(error.message).toContain('client credentials');
  const forgotten = await failure(clientOf(sandbox, { settings: {} }).authorizer.signIn());
  expect(forgotten).toMatchObject({ code: 'client_needed', remedy: { key: 'oauth.grant' } });
});
