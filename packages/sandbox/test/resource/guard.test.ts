import { describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/index.js';
import { signIn } from '../support/oauth.js';
import { newRpc, rawRpc, rpc } from '../support/rpc.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

async function tokenOf(sandbox: Sandbox, scope?: string): Promise<unknown> {
  return (await (await signIn(sandbox, scope === undefined ? {} : { scope })).exchange()).json[
    'access_token'
  ];
}

test('no token, a wrong one, a good one', async () => {
  const sandbox = await start('plain');
  const none = await rpc(sandbox, 'tools/list');
  expect(none.status).toBe(401);
  expect(none.headers.get('www-authenticate')).not.toContain('error=');
  const wrong = await rpc(sandbox, 'tools/list', {}, { token: 'made-up' });
  expect(wrong.status).toBe(401);
  expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"');
  expect((await rpc(sandbox, 'tools/list', {}, { token: await tokenOf(sandbox) })).status).toBe(200);
});

test("another server's token is no token", async () => {
  const [one, other] = [await start('plain'), await start('plain')];
  expect((await rpc(other, 'tools/list', {}, { token: await tokenOf(one) })).status).toBe(401);
});

test('every method of HTTP is guarded', async () => {
  const sandbox = await start('plain');
  for (const method of ['GET', 'DELETE']) expect((await fetch(sandbox.url, { method })).status).toBe(401);
});

test('a server that takes no token at all', async () => {
  const sandbox = await start('plain', { tokensRefused: true });
  expect((await rpc(sandbox, 'tools/list', {}, { token: await tokenOf(sandbox) })).status).toBe(401);
});

test('a server without protection', async () => {
  const sandbox = await start('plain', { protected: false });
  const { json } = await newRpc(sandbox, 'tools/call', { name: 'whoami' });
  expect(json['result']).toMatchObject({ structuredContent: { subject: 'anonymous', scopes: [] } });
});

describe('anonymous operations', () => {
  test('by method, and the rest still needs a token', async () => {
    const sandbox = await start('plain', { anonymous: ['initialize', 'tools/list'] });
    expect((await rpc(sandbox, 'initialize')).status).toBe(200);
    expect((await rpc(sandbox, 'tools/list')).status).toBe(200);
    expect((await rpc(sandbox, 'tools/call', { name: 'whoami' })).status).toBe(401);
  });

  test('by tool, and everything', async () => {
    const one = await start('plain', { anonymous: ['tools/call whoami'] });
    expect((await rpc(one, 'tools/call', { name: 'whoami' })).status).toBe(200);
    expect((await rpc(one, 'tools/call', { name: 'fail' })).status).toBe(401);
    const all = await start('plain', { anonymous: ['*'] });
    expect((await rpc(all, 'tools/call', { name: 'fail' })).status).toBe(200);
  });

  test('a bad token is refused even there', async () => {
    const sandbox = await start('plain', { anonymous: ['*'] });
    expect((await rpc(sandbox, 'initialize', {}, { token: 'made-up' })).status).toBe(401);
  });
});

describe('scopes', () => {
  test('the most particular entry counts', async () => {
    const sandbox = await start('plain', {
      scopesNeeded: { '*': 'base', 'tools/call': 'call', 'tools/call write': 'a b' },
    });
    const token = await tokenOf(sandbox, 'base call a');
    expect((await rpc(sandbox, 'tools/list', {}, { token })).status).toBe(200);
    expect((await rpc(sandbox, 'tools/call', { name: 'whoami' }, { token })).status).toBe(200);
    const refused = await rpc(sandbox, 'tools/call', { name: 'write', arguments: { text: '' } }, { token });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    expect(refused.headers.get('www-authenticate')).toContain('scope="a b"');
  });

  test('a refusal without a word', async () => {
    const sandbox = await start('plain', { scopesNeeded: { '*': 'base' }, scopeRefusal: 'bare' });
    const refused = await rpc(sandbox, 'tools/list', {}, { token: await tokenOf(sandbox) });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toBeNull();
  });
});

test('a header that the whole origin wants', async () => {
  const sandbox = await start('plain', { requiredHeader: { name: 'X-Tenant', value: 'acme' } });
  const headers = { 'x-tenant': 'acme' };
  expect((await rpc(sandbox, 'initialize')).status).toBe(400);
  expect((await rpc(sandbox, 'initialize', {}, { headers })).status).toBe(401);
  const metadata = new URL('/.well-known/oauth-protected-resource/mcp', sandbox.url);
  expect((await fetch(metadata)).status).toBe(400);
  expect((await fetch(metadata, { headers })).status).toBe(200);
  expect((await fetch(`${sandbox.issuer}/.well-known/oauth-authorization-server`)).status).toBe(200);
});

test('a web page from elsewhere is kept out', async () => {
  const sandbox = await start('plain', { protected: false });
  const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize' };
  const foreign = await rawRpc(sandbox, initialize, { headers: { origin: 'https://evil.test' } });
  expect(foreign.status).toBe(403);
  const local = await rawRpc(sandbox, initialize, { headers: { origin: 'http://localhost:6274' } });
  expect(local.status).toBe(200);
});

test('a migration: another issuer in the metadata, and old tokens are worth nothing', async () => {
  const sandbox = await start('plain');
  const { issuer } = sandbox;
  const token = await tokenOf(sandbox);
  expect((await rpc(sandbox, 'tools/list', {}, { token })).status).toBe(200);
  await sandbox.migrate();
  expect(sandbox.issuer).not.toBe(issuer);
  expect((await rpc(sandbox, 'tools/list', {}, { token })).status).toBe(401);
  const metadata = await fetch(new URL('/.well-known/oauth-protected-resource/mcp', sandbox.url));
  expect(await metadata.json()).toMatchObject({ authorization_servers: [sandbox.issuer] });
  expect((await rpc(sandbox, 'tools/list', {}, { token: await tokenOf(sandbox) })).status).toBe(200);
});
