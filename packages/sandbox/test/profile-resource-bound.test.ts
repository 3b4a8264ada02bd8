import { expect, test } from 'vitest';
import { signIn } from './support/oauth.js';
import { newRpc } from './support/rpc.js';
import { sandboxes } from './support/sandboxes.js';

const start = sandboxes();

test('the same resource everywhere opens the server', async () => {
  const sandbox = await start('resource-bound');
  const flow = await signIn(sandbox);
  const first = await flow.exchange();
  const second = await flow.refresh(first.json['refresh_token']);
  expect(second.status).toBe(200);
  expect((await newRpc(sandbox, 'tools/list', {}, { token: second.json['access_token'] })).status).toBe(200);
});

test('a missing, another or a second resource is refused at the authorization endpoint', async () => {
  const sandbox = await start('resource-bound');
  expect((await signIn(sandbox, { resource: undefined })).callback.get('error')).toBe('invalid_target');
  expect((await signIn(sandbox, { resource: `${sandbox.resource}/` })).callback.get('error')).toBe(
    'invalid_target',
  );
});

test('a missing or another resource is refused at the token endpoint, and the code survives that', async () => {
  const flow = await signIn(await start('resource-bound'));
  expect((await flow.exchange({ resource: undefined })).json).toMatchObject({ error: 'invalid_target' });
  expect((await flow.exchange({ resource: 'https://other.test' })).json).toMatchObject({
    error: 'invalid_target',
  });
  expect((await flow.exchange()).status).toBe(200);
});

test('a missing or another resource is refused at a refresh, and the refresh token survives that', async () => {
  const flow = await signIn(await start('resource-bound'));
  const { refresh_token: token } = (await flow.exchange()).json;
  expect((await flow.refresh(token, { resource: undefined })).json).toMatchObject({
    error: 'invalid_target',
  });
  expect((await flow.refresh(token, { resource: 'https://other.test' })).json).toMatchObject({
    error: 'invalid_target',
  });
  expect((await flow.refresh(token)).status).toBe(200);
});
