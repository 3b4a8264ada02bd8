import { expect, test } from 'vitest';
import { createMachine } from '../harness/command.js';
import { authorizationOf, startProvider, tokenRequests } from '../harness/provider.js';

/* Who mcpass is at an authorization server: brought along, a metadata document, registered, or a clear word. */

test('a client that was brought is used, and its secret goes in the header', async () => {
  const sandbox = await startProvider('pre-registered');
  const machine = createMachine({ person: 'consents' });
  const env = { BOX_SECRET: 'sandbox-secret' };
  const words = ['--client-id', 'sandbox-client', '--client-secret-env', 'BOX_SECRET'];
  await machine.prepare('add', 'box', sandbox.url, ...words);
  await machine.prepareWith({ env }, 'login', 'box');

  expect(sandbox.log.of('register')).toEqual([]);
  expect(authorizationOf(sandbox).get('client_id')).toBe('sandbox-client');
  const [token] = sandbox.log.of('token');
  const pair = Buffer.from('sandbox-client:sandbox-secret').toString('base64');
  expect(token?.headers['authorization']).toBe(`Basic ${pair}`);
  expect(token?.form.has('client_secret')).toBe(false);
  // The secret stays where it was.
  expect((await machine.run('get', 'box', '--json')).stdout).not.toContain('sandbox-secret');
});

test('without a client of one’s own, a server that registers none is a clear word, and nothing is opened', async () => {
  const sandbox = await startProvider('pre-registered');
  const machine = createMachine({ person: 'consents' });
  const { code, stderr } = await machine.run('login', sandbox.url);
  expect(code).toBe(2);
  expect(stderr).toContain('--client-id ID');
  // Where credentials would be kept is told before.
  expect(
    stderr
      .trim()
      .replace(/^warning: .*\n/, '')
      .split('\n').length,
  ).toBeLessThanOrEqual(4);
  expect(sandbox.log.of('authorize')).toEqual([]);
});

test('a client ID metadata document is used where the server takes it, and nothing is registered', async () => {
  const sandbox = await startProvider('cimd');
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('add', 'modern', sandbox.url);
  const own = `mcp_servers.modern.oauth.client_metadata_url="${sandbox.clientDocumentUrl}"`;
  const login = await machine.run('login', 'modern', '-c', own);
  expect(login.code, login.stderr).toBe(0);
  expect(authorizationOf(sandbox).get('client_id')).toBe(sandbox.clientDocumentUrl);
  expect(sandbox.log.of('register')).toEqual([]);
  expect(sandbox.log.of('token')[0]?.form.get('client_id')).toBe(sandbox.clientDocumentUrl);
});

test('the same document is not used where the server does not take it: a client is registered', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  const own = `oauth.client_metadata_url="https://client.example/mcpass.json"`;
  await machine.prepare('login', sandbox.url, '-c', own);
  expect(sandbox.log.of('register')).toHaveLength(1);
});

test('a registration is used again as long as it fits, and made anew when the scopes grow beyond it', async () => {
  const sandbox = await startProvider('plain', { scopesFrozen: true });
  const machine = createMachine({ person: 'consents' });
  const login = (...words: string[]) => machine.run('login', sandbox.url, '--force', ...words);
  expect((await login('--scopes', 'mcp:read')).code).toBe(0);
  expect((await login('--scopes', 'mcp:read')).code).toBe(0);
  expect(sandbox.log.of('register')).toHaveLength(1);
  expect((await login('--scopes', 'mcp:read,mcp:write')).code).toBe(0);
  expect(sandbox.log.of('register')).toHaveLength(2);
});

test('a client that the server has forgotten is registered anew at the next sign-in', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('login', sandbox.url);
  sandbox.revokeGrants();
  sandbox.forgetClients();
  sandbox.expireAccessTokens();
  expect((await machine.run('tools', sandbox.url)).code).toBe(4);
  const again = await machine.run('login', sandbox.url);
  expect(again.code, again.stderr).toBe(0);
  expect(sandbox.log.of('register')).toHaveLength(2);
  expect(tokenRequests(sandbox, 'authorization_code')).toHaveLength(2);
});

for (const profile of ['legacy-2025-03', 'legacy-2025-03-bare'] as const) {
  test(`a server of the 2025-03-26 revision (${profile}) is signed in to by its own rules`, async () => {
    const sandbox = await startProvider(profile);
    const machine = createMachine({ person: 'consents' });
    const login = await machine.run('login', sandbox.url);
    expect(login.code, login.stderr).toBe(0);
    expect(authorizationOf(sandbox).getAll('resource')).toHaveLength(1);
    expect((await machine.run('call', sandbox.url, 'echo', 'text=old')).stdout).toBe('old\n');
  });
}
