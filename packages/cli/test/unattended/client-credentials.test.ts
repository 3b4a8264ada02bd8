import { expect, test } from 'vitest';
import { startProvider, tokenRequests } from '../harness/provider.js';
import { createUnattended, type UnattendedMachine } from './machine.js';

/* What nobody signs in to: a program, or the machine that it runs on, gets its tokens by itself. */

const SECRET = 'sandbox-secret';
const EXTENSION = 'io.modelcontextprotocol/oauth-client-credentials';

function machineFor(url: string): UnattendedMachine {
  return createUnattended(
    () => [
      `url = "${url}"`,
      'oauth.client_id = "sandbox-machine"',
      'oauth.client_secret_env = "MACHINE_SECRET"',
      'oauth.grant = "client_credentials"',
    ],
    { MACHINE_SECRET: SECRET },
  );
}

test('client credentials: ready at once, a token by itself, renewed in time, revoked at the end', async () => {
  const sandbox = await startProvider('machine');
  const { run, expire } = machineFor(sandbox.url);

  const fresh = await run('status', 'm');
  expect(fresh).toMatchObject({ code: 0 });
  expect(fresh.stdout).toContain('m: ready\n');
  expect((await run('status', 'm', '--json')).json()).toMatchObject({
    servers: [{ state: 'not_signed_in', grant: 'client_credentials' }],
  });
  expect(sandbox.log.all).toHaveLength(0);

  const call = await run('call', 'm', 'whoami');
  expect(call.code, call.stderr).toBe(0);
  expect(call.stdout).toContain('sandbox-machine');
  expect(JSON.stringify(sandbox.log.of('mcp', 'server/discover').at(-1)?.json)).toContain(EXTENSION);
  const [request, ...others] = sandbox.log.of('token');
  expect(others).toEqual([]);
  expect(Object.fromEntries(request?.form ?? [])).toEqual({
    grant_type: 'client_credentials',
    resource: sandbox.resource,
    scope: 'mcp:read mcp:write',
  });
  expect(request?.headers['authorization']).toBe(`Basic ${btoa(`sandbox-machine:${SECRET}`)}`);
  expect((await run('status', 'm')).stdout).toContain('m: signed in\n');

  const login = await run('login', 'm');
  expect(login).toMatchObject({ code: 0 });
  expect(login.stdout).toContain('needs no person');
  expect((await run('token', 'm')).stdout.trim()).toMatch(/^ey/);
  expect(sandbox.log.of('token')).toHaveLength(1);

  expire();
  expect((await run('call', 'm', 'whoami')).code).toBe(0);
  expect(sandbox.log.of('token')).toHaveLength(2);
  expect((await run('login', 'm', '--force')).code).toBe(0);
  expect(sandbox.log.of('token')).toHaveLength(3);

  const logout = await run('logout', 'm');
  expect(logout.stdout).toContain('revoked at the server');
  expect(sandbox.log.of('revoke').map(({ form }) => form.get('token_type_hint'))).toEqual(['access_token']);
  expect((await run('status', 'm')).stdout).toContain('m: ready\n');
});

test('the bridge needs nobody either, and a wrong secret is told with its place', async () => {
  const sandbox = await startProvider('machine');
  const host = await machineFor(sandbox.url).host();
  expect(await host.tool('whoami')).toContain('sandbox-machine');
  expect(sandbox.log.of('mcp', 'initialize').at(-1)?.json).toMatchObject({
    params: { capabilities: { extensions: { [EXTENSION]: {} } } },
  });
  sandbox.revokeAccessTokens();
  expect(await host.tool('whoami')).toContain('sandbox-machine');
  expect(tokenRequests(sandbox, 'client_credentials')).toHaveLength(2);
  expect(await host.leave()).toBe(0);

  const refused = await machineFor(sandbox.url).runWith({ MACHINE_SECRET: 'wrong' }, 'tools', 'm');
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain('wrong client secret');
  expect(refused.stderr).toContain('the secret in the variable MACHINE_SECRET');
  expect(refused.stderr).not.toContain('browser');
});

test('add --grant writes an entry that nobody has to sign in to', async () => {
  const sandbox = await startProvider('machine');
  const { run } = machineFor(sandbox.url);
  const own = ['--client-id', 'sandbox-machine', '--client-secret-env', 'MACHINE_SECRET'];
  const added = await run('add', 'jobs', sandbox.url, '--grant', 'client_credentials', ...own);
  expect(added.code, added.stderr).toBe(0);
  const called = await run('call', 'jobs', 'whoami');
  expect([called.code, called.stdout], called.stderr).toEqual([
    0,
    expect.stringContaining('sandbox-machine'),
  ]);
  const wrong = await run('add', 'more', sandbox.url, '--grant', 'password');
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('device_code')]);
});
