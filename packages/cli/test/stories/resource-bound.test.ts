import { describe, expect, test } from 'vitest';
import type { Sandbox } from '@mcpass/sandbox';
import { createMachine, type Machine } from '../harness/command.js';
import { authorizationOf, startProvider, tokenRequests } from '../harness/provider.js';

/*
 * A server that takes RFC 8707 seriously wants the same `resource`, byte for byte, exactly once in each of the
 * authorization request, the token request and every refresh.
 */

async function signIn(machine: Machine, sandbox: Sandbox, ...more: readonly string[]): Promise<void> {
  await machine.prepare('login', sandbox.url, ...more);
}

function resources(sandbox: Sandbox): string[][] {
  return [
    authorizationOf(sandbox),
    ...tokenRequests(sandbox, 'authorization_code'),
    ...tokenRequests(sandbox, 'refresh_token'),
  ].map((parameters) => parameters.getAll('resource'));
}

describe('resource', () => {
  test('is the same in all three requests, and tools and calls succeed', async () => {
    const sandbox = await startProvider('resource-bound');
    const machine = createMachine({ person: 'consents' });
    await signIn(machine, sandbox);
    expect((await machine.run('refresh', sandbox.url)).code).toBe(0);
    expect((await machine.run('refresh', sandbox.url)).code).toBe(0);
    expect(resources(sandbox)).toEqual(Array.from({ length: 4 }, () => [sandbox.resource]));

    const tools = await machine.run('tools', sandbox.url);
    expect([tools.code, tools.stdout]).toEqual([0, expect.stringContaining('echo')]);
    const call = await machine.run('call', sandbox.url, 'echo', 'text=hello');
    expect([call.code, call.stdout]).toEqual([0, 'hello\n']);
  });

  test.each(['origin', 'slash', 'url'] as const)("is the metadata's byte for byte (%s)", async (form) => {
    const sandbox = await startProvider('resource-bound', { resourceIdentifier: form });
    const machine = createMachine({ person: 'consents' });
    await signIn(machine, sandbox);
    expect((await machine.run('refresh', sandbox.url)).code).toBe(0);
    expect(resources(sandbox)).toEqual(Array.from({ length: 3 }, () => [sandbox.resource]));
  });

  test('is replaced by oauth_resource in all three', async () => {
    const sandbox = await startProvider('resource-bound', { resource: 'ignored' });
    const machine = createMachine({ person: 'consents' });
    machine.writeConfig(
      `[mcp_servers.bound]\nurl = "${sandbox.url}"\noauth_resource = "https://other.example/api?x=1"\n`,
    );
    await machine.prepare('login', 'bound');
    expect((await machine.run('refresh', 'bound')).code).toBe(0);
    expect(resources(sandbox)).toEqual(Array.from({ length: 3 }, () => ['https://other.example/api?x=1']));
  });

  test('is left out of all three by "none"', async () => {
    const sandbox = await startProvider('resource-bound', { resource: 'ignored' });
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'bound', sandbox.url, '--resource', 'none');
    await machine.prepare('login', 'bound');
    expect((await machine.run('refresh', 'bound')).code).toBe(0);
    expect(resources(sandbox)).toEqual([[], [], []]);
  });
});

test('a server without resources is a clear line, and no error', async () => {
  const sandbox = await startProvider('resource-bound', { capabilities: ['tools'] });
  const machine = createMachine({ person: 'consents' });
  await signIn(machine, sandbox);
  const text = await machine.run('resources', sandbox.url);
  expect([text.code, text.stdout]).toEqual([0, '']);
  expect(text.stderr).toContain('offers no resources.');
  const json = await machine.run('resources', sandbox.url, '--json');
  expect([json.code, json.json()]).toEqual([0, { schema: 1, resources: [], resourceTemplates: [] }]);
});

test("configured headers go to the MCP server's origin and to no other", async () => {
  const sandbox = await startProvider('resource-bound');
  const machine = createMachine({ person: 'consents' });
  await machine.prepare(
    'add',
    'bound',
    sandbox.url,
    '--header',
    'X-Team: blue',
    '--header',
    'X-Region: north',
  );
  await machine.prepare('login', 'bound');
  expect((await machine.run('call', 'bound', 'echo', 'text=a')).code).toBe(0);
  const seen = (server: 'resource' | 'authorization') =>
    sandbox.log.to(server).map(({ headers }) => [headers['x-team'], headers['x-region']]);
  expect(seen('resource').length).toBeGreaterThan(3);
  for (const headers of seen('resource')) expect(headers).toEqual(['blue', 'north']);
  // The browser asks the authorization server too; none of those requests may know them.
  for (const headers of seen('authorization')) expect(headers).toEqual([undefined, undefined]);
});
