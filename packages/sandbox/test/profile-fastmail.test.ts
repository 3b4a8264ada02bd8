import { expect, test } from 'vitest';
import { register, signIn } from './support/oauth.js';
import { rpc } from './support/rpc.js';
import { sandboxes } from './support/sandboxes.js';

const SCOPE = 'https://www.fastmail.com/dev/mcp';
const start = sandboxes();

test('the challenge carries the scope and the metadata', async () => {
  const answer = await rpc(await start('fastmail'), 'initialize');
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain(`scope="${SCOPE}"`);
  expect(answer.headers.get('www-authenticate')).toContain('/.well-known/oauth-protected-resource/mcp"');
});

test('refuses a registration without scope in its own words', async () => {
  const answer = await register(await start('fastmail'), { redirect_uris: ['http://localhost/callback'] });
  expect(answer.status).toBe(400);
  expect(answer.json).toEqual({ error: 'invalid_request', error_description: 'invalid_request no scope' });
});

test('refuses 127.0.0.1, takes localhost', async () => {
  const sandbox = await start('fastmail');
  const refused = await register(sandbox, { scope: SCOPE, redirect_uris: ['http://127.0.0.1/callback'] });
  expect(refused.status).toBe(400);
  expect(refused.json).toEqual({
    error: 'invalid_redirect_uri',
    error_description: 'redirect_uri not valid scheme',
  });
  const taken = await register(sandbox, { scope: SCOPE, redirect_uris: ['http://localhost/callback'] });
  expect(taken.status).toBe(201);
});

test('no refresh token without offline_access, one with it', async () => {
  const sandbox = await start('fastmail');
  const without = await (await signIn(sandbox, { scope: SCOPE, hostname: 'localhost' })).exchange();
  expect(without.json).not.toHaveProperty('refresh_token');
  const scope = `${SCOPE} offline_access`;
  const answer = await (await signIn(sandbox, { scope, hostname: 'localhost' })).exchange();
  expect(answer.json).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope });
  expect(answer.json['refresh_token']).toBeTypeOf('string');
});

test('offline_access at the authorization endpoint alone is a scope too many', async () => {
  const authorize = { scope: `${SCOPE} offline_access` };
  const flow = await signIn(await start('fastmail'), { scope: SCOPE, hostname: 'localhost', authorize });
  expect(flow.callback.get('error')).toBe('invalid_scope');
});

test('asking for the other products ends on an error page', async () => {
  const scope = `${SCOPE} urn:ietf:params:oauth:scope:mail`;
  const flow = await signIn(await start('fastmail'), { scope, hostname: 'localhost' });
  expect(flow.html).toContain('This did not work');
  expect(flow.callback.size).toBe(0);
});

test('sessions end on their own, the token does not', async () => {
  const sandbox = await start('fastmail');
  const { json } = await (await signIn(sandbox, { scope: SCOPE, hostname: 'localhost' })).exchange();
  const token = json['access_token'];
  const first = await rpc(sandbox, 'initialize', { protocolVersion: '2025-11-25' }, { token });
  const headers = { 'mcp-session-id': first.headers.get('mcp-session-id') ?? '' };
  expect((await rpc(sandbox, 'tools/list', {}, { token, headers })).status).toBe(200);
  sandbox.dropSessions();
  expect((await rpc(sandbox, 'tools/list', {}, { token, headers })).status).toBe(404);
  expect((await rpc(sandbox, 'initialize', { protocolVersion: '2025-11-25' }, { token })).status).toBe(200);
});
