import { expect, test } from 'vitest';

import { clientOf, provider, signedIn } from '../support/sandbox.js';
import { scriptedProvider } from '../support/scripted-provider.js';

const ALL = ['challenge', 'resource', 'server', 'scopes', 'client', 'authorization'];

test('examining a sign-in says what it would do, and nobody is asked, nothing registered and nothing kept', async () => {
  const sandbox = await provider('fastmail');
  const client = clientOf(sandbox);
  const { steps, found, client: plan, answers } = await client.authorizer.examine();

  expect(steps.map(({ step, error }) => [step, error?.code])).toEqual(ALL.map((step) => [step, undefined]));
  expect(found.authorizationServer?.issuer).toBe(sandbox.issuer);
  expect(plan).toMatchObject({ registration: { scope: found.scopes?.join(' ') } });
  expect(answers.map(({ step, status }) => [step, status])).toEqual([
    ['challenge', 401],
    ['resource', 200],
    ['server', 200],
  ]);
  // The one address that is shown has no `state` in it, and what the answer would be tied to is forgotten.
  expect(client.decisions('authorization URL')[0]).toMatchObject({ client_id: 'not registered yet' });
  expect(Object.keys(client.decisions('authorization URL')[0] ?? {})).not.toContain('state');
  expect(sandbox.log.of('register')).toEqual([]);
  expect(client.user.shown).toEqual([]);
  expect(client.user.open).toBe(0);
  expect(await client.store.list()).toEqual([]);
});

test('a registration that there is would be used again, and stays as it is', async () => {
  const sandbox = await provider('plain');
  const client = await signedIn(sandbox);
  const before = await client.record();
  const { client: plan } = await client.authorizer.examine();
  expect(plan).toMatchObject({ reused: true, client: { id: before.grant.client.id } });
  expect(await client.record()).toEqual(before);
  expect(sandbox.log.of('token')).toEqual([]);
});

test('what stands in the way ends it, with what was found until then', async () => {
  const { client } = await scriptedProvider((origin) => ({
    'GET /.well-known/oauth-authorization-server': { body: { issuer: `${origin}/other` } },
  }));
  const { authorizer } = client();
  const { steps, found } = await authorizer.examine();
  expect(steps.map(({ step, error }) => [step, error?.code])).toEqual([
    ['challenge', undefined],
    ['resource', undefined],
    ['server', 'issuer_mismatch'],
  ]);
  expect(found.metadata?.authorizationServers).toHaveLength(1);
});

test('a server that wants no sign-in is not remembered as one by a look at it', async () => {
  const { client } = await scriptedProvider(() => ({
    'POST /mcp': { body: {} },
    'GET /.well-known/oauth-protected-resource/mcp': undefined,
    'GET /.well-known/oauth-authorization-server': undefined,
  }));
  const { authorizer, store } = client();
  const { steps } = await authorizer.examine();
  expect(steps.at(-1)).toMatchObject({ step: 'server', error: { code: 'login_not_wanted' } });
  expect(await store.list()).toEqual([]);
});
