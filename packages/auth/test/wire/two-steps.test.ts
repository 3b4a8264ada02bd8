import { expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { clientOf, provider } from '../support/sandbox.js';

/* A sign-in whose answer comes later is redeemed by one, once. */

test('what was begun is finished without asking anybody anything twice', async () => {
  const sandbox = await provider('plain');
  const client = clientOf(sandbox);
  const { authorizationUrl, expiresAtS } = await client.authorizer.beginSignIn();
  expect(client.user.shown).toEqual([]);
  expect(expiresAtS * 1000).toBeGreaterThan(Date.now());
  sandbox.log.clear();
  const record = await client.authorizer.finishSignIn();
  expect(client.user.shown).toEqual([authorizationUrl]);
  expect(record.grant?.client.origin).toBe('registered');
  expect(record.pending).toBeUndefined();
  const asked = sandbox.log.all.map(({ endpoint }) => endpoint);
  expect(asked).toEqual(['authorize', 'consent', 'token']);
});

test('a refused code is not sent a second time', async () => {
  const sandbox = await provider('plain');
  const client = clientOf(sandbox);
  await client.authorizer.beginSignIn();
  sandbox.fault('token', { status: 400 });
  expect((await failure(client.authorizer.finishSignIn())).code).toBe('token_refused');
  expect((await failure(client.authorizer.finishSignIn())).code).toBe('usage');
  expect(sandbox.log.of('token')).toHaveLength(1);
});

test('a later beginning replaces an earlier one, whose answer is not redeemed', async () => {
  const sandbox = await provider('plain');
  let replaced = false;
  const client = clientOf(sandbox, {
    visit: async (url) => {
      if (!replaced) await client.authorizer.beginSignIn();
      replaced = true;
      return sandbox.user('consents').open(url);
    },
  });
  await client.authorizer.beginSignIn();
  expect((await failure(client.authorizer.finishSignIn())).code).toBe('usage');
  expect(sandbox.log.of('token')).toEqual([]);
});
