import { expect, test } from 'vitest';
import { createMachine } from './harness/command.js';
import { authorizationOf, startProvider } from './harness/provider.js';

test('what a server wants pushed goes to the server itself, and the browser carries a reference to it', async () => {
  const sandbox = await startProvider('par-required');
  const machine = createMachine({ person: 'consents' });
  const { code, stderr } = await machine.run('login', sandbox.url);
  expect(code, stderr).toBe(0);
  const [pushed, ...more] = sandbox.log.of('pushed-request');
  expect(more).toEqual([]);
  expect(pushed?.form.get('scope')).toBe('mcp:read mcp:write offline_access');
  expect(pushed?.form.getAll('resource')).toEqual([sandbox.resource]);
  expect(pushed?.form.get('code_challenge_method')).toBe('S256');
  const seen = authorizationOf(sandbox);
  expect([...seen.keys()].toSorted()).toEqual(['client_id', 'request_uri']);
  expect((await machine.run('call', sandbox.url, 'echo', 'text=hi')).stdout).toBe('hi\n');
});

test('oauth.par decides where it is only offered, and says so where it cannot have its way', async () => {
  const offered = await startProvider('plain', { pushedRequests: 'offered' });
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('login', offered.url);
  expect(offered.log.of('pushed-request')).toHaveLength(0);
  const always = ['-c', 'oauth.par=always', '--force'];
  await machine.prepare('login', offered.url, ...always);
  expect(offered.log.of('pushed-request')).toHaveLength(1);

  const required = await startProvider('par-required');
  const never = await machine.run('login', required.url, '-c', 'oauth.par=never');
  expect(never.code).toBe(2);
  expect(never.stderr).toContain('takes only pushed ones');
  expect(never.stderr).toContain('oauth.par');
  const plain = await startProvider('plain');
  expect((await machine.run('login', plain.url, ...always)).stderr).toContain('no place to push them to');
});

test('a refusal of what was pushed is quoted, and helps itself where another attempt can', async () => {
  const sandbox = await startProvider('par-required', {
    grantableScopes: ['mcp:read', 'mcp:write'],
  });
  const machine = createMachine({ person: 'consents' });
  // The server lists offline_access and refuses it: asked again without.
  await machine.prepare('login', sandbox.url);
  expect(sandbox.log.of('pushed-request').map(({ status }) => status)).toEqual([400, 201]);
  const refused = await machine.run('login', sandbox.url, '--scopes', 'mcp:none', '--json');
  expect(refused.code).not.toBe(0);
  expect(refused.error()).toMatchObject({ code: 'authorization_refused', step: 'authorization' });
  expect(refused.error()['message']).toContain('unknown scope mcp:none');
  expect(sandbox.log.of('authorize')).toHaveLength(1);
});

test('in two steps the address is good as long as the server remembers what was pushed', async () => {
  const sandbox = await startProvider('par-required');
  const machine = createMachine();
  const begun = await machine.run('login', sandbox.url, '--no-wait', '--json');
  expect(begun.code, begun.stderr).toBe(7);
  const { authorizationUrl = '', expiresAt = '' } = begun.json() as Record<string, string>;
  expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(60_000);
  const running = machine.start({ keepInput: true }, 'login', sandbox.url, '--resume');
  await running.said('request_uri');
  await sandbox.user('consents').open(authorizationUrl);
  const { code, stderr } = await running.ended;
  expect(code, stderr).toBe(0);
});
