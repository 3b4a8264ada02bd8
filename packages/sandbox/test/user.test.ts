import { describe, expect, test } from 'vitest';
import { HOSTILE_TEXT, type UserKind } from '../src/index.js';
import { openCallback } from './support/callback.js';
import { register, signIn } from './support/oauth.js';
import { sandboxes } from './support/sandboxes.js';

const start = sandboxes();

test('consents: the page is shown, clicked, and the client is called back', async () => {
  const sandbox = await start('plain');
  const flow = await signIn(sandbox, { scope: 'mcp:read', user: 'consents' });
  expect(flow.callback.get('code')).toBeTruthy();
  expect(flow.html).toBe('<h1>Back at the client</h1>');
  expect(sandbox.log.paths('authorization').slice(-2)).toEqual(['GET /authorize', 'POST /consent']);
});

test('denies', async () => {
  const { callback } = await signIn(await start('plain'), { user: 'denies' });
  expect(callback.get('error')).toBe('access_denied');
  expect(callback.get('state')).toBe('some-state');
});

test('closes: sees the page, and that is all', async () => {
  const sandbox = await start('plain');
  const flow = await signIn(sandbox, { scope: 'mcp:read', user: 'closes' });
  expect(flow.html).toContain('Allow Test client?');
  expect(flow.html).toContain('mcp:read');
  expect(flow.html).toContain(sandbox.resource);
  expect(flow.callback.size).toBe(0);
});

test('never: does nothing at all', async () => {
  const sandbox = await start('plain');
  await signIn(sandbox, { user: 'never' });
  expect(sandbox.log.of('authorize')).toEqual([]);
});

test('forges: a wrong state first, the right one after', async () => {
  const sandbox = await start('plain');
  await using callback = await openCallback();
  const registered = await register(sandbox, { redirect_uris: [callback.url] });
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: String(registered.json['client_id']),
    redirect_uri: callback.url,
    state: 'the-right-one',
    code_challenge: 'c'.repeat(43),
    code_challenge_method: 'S256',
  });
  await sandbox.user('forges').open(`${sandbox.issuer}/authorize?${query}`);
  expect(callback.calls.map((call) => call.get('state'))).toEqual(['forged-state', 'the-right-one']);
});

test('tells what the client showed', async () => {
  const sandbox = await start('plain', { consent: 'auto' });
  await using callback = await openCallback();
  const registered = await register(sandbox, { redirect_uris: [callback.url] });
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: String(registered.json['client_id']),
    redirect_uri: callback.url,
    code_challenge: 'c'.repeat(43),
    code_challenge_method: 'S256',
  });
  const page = await sandbox.user().open(`${sandbox.issuer}/authorize?${query}`);
  expect(page).toMatchObject({ status: 200, html: '<h1>Back at the client</h1>' });
  expect(page?.headers['x-client']).toBe('yes');
  expect(page?.url.startsWith(callback.url)).toBe(true);
});

describe('a client that is not there', () => {
  for (const user of ['consents', 'denies'] as UserKind[]) {
    test(`${user} in vain`, async () => {
      const sandbox = await start('plain');
      const authorize = { redirect_uri: 'http://127.0.0.1:9/callback' };
      await expect(signIn(sandbox, { user, authorize })).rejects.toThrow('ECONNREFUSED');
    });
  }
});

test('the consent page shows foreign names as text', async () => {
  const sandbox = await start('plain');
  const flow = await signIn(sandbox, { user: 'closes', registration: { client_name: HOSTILE_TEXT } });
  expect(flow.html).not.toContain('<script>');
  expect(flow.html).toContain('&lt;script&gt;');
});
