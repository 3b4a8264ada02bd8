import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createMachine } from '../harness/command.js';
import { startCertifiedProvider } from './provider.js';

/*
 * `oidc-provider` is certified for OpenID Connect and shares no line and no idea with our sandbox: what works against
 * both is not a mistake that both make.
 */

const PERSON = `"${process.execPath}" "${fileURLToPath(new URL('person.mjs', import.meta.url))}"`;
const TOKEN_SECONDS = 3;

test('signs in to a certified authorization server, calls a tool, renews with rotation, and logs out', async () => {
  await using provider = await startCertifiedProvider({ accessTokenSeconds: TOKEN_SECONDS });
  const machine = createMachine();
  const env = { MCPASS_BROWSER: PERSON };
  await machine.run('add', 'certified', provider.url);

  const login = await machine.runWith({ env }, 'login', 'certified', '--json');
  expect(login.stderr).not.toContain('error');
  expect(login.code).toBe(0);
  const [registration] = provider.seen('/reg');
  expect(JSON.parse(registration?.body ?? '')).toMatchObject({
    application_type: 'native',
    scope: 'mcp:read offline_access',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
  });
  const [authorization] = provider.seen('/auth');
  expect(authorization?.parameters.get('scope')).toBe('mcp:read offline_access');
  expect(authorization?.parameters.getAll('resource')).toEqual([provider.url]);

  const before = await machine.run('call', 'certified', 'whoami');
  expect(before).toMatchObject({ code: 0, stdout: 'ada\n' });
  await wait(TOKEN_SECONDS * 1000);
  const after = await machine.run('call', 'certified', 'whoami');
  expect(after).toMatchObject({ code: 0, stdout: 'ada\n' });

  const [exchange, ...refreshes] = provider.seen('/token').map(({ parameters }) => parameters);
  expect(exchange?.getAll('resource')).toEqual([provider.url]);
  expect(refreshes.length).toBeGreaterThanOrEqual(1);
  for (const refresh of refreshes) {
    expect(refresh.get('grant_type')).toBe('refresh_token');
    expect(refresh.getAll('resource')).toEqual([provider.url]);
  }
  // Rotation: no refresh token is used twice.
  const used = refreshes.map((refresh) => refresh.get('refresh_token'));
  expect(new Set(used).size).toBe(used.length);
  expect(provider.seen('/auth')).toHaveLength(1);

  const logout = await machine.run('logout', 'certified');
  expect(logout.code).toBe(0);
  expect(
    provider.seen('/token/revocation').map(({ parameters }) => parameters.get('token_type_hint')),
  ).toEqual(['refresh_token', 'access_token']);
  expect((await machine.run('tools', 'certified')).code).toBe(4);
});
