import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
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

test('pushes its request, binds its tokens to a key, and renews them with it, where all of that is required', async () => {
  await using provider = await startCertifiedProvider({ accessTokenSeconds: TOKEN_SECONDS, strict: true });
  const machine = createMachine();
  const env = { MCPASS_BROWSER: PERSON };
  const login = await machine.runWith({ env }, 'login', provider.url);
  expect(login.code, login.stderr).toBe(0);
  const [pushed] = provider.seen('/request');
  expect(pushed?.parameters.get('dpop_jkt')).toMatch(/^[\w-]{43}$/);
  expect([...(provider.seen('/auth')[0]?.parameters.keys() ?? [])]).toEqual(['client_id', 'request_uri']);

  const call = () => machine.run('call', provider.url, 'whoami');
  expect(await call()).toMatchObject({ code: 0, stdout: 'ada\n' });
  await wait(TOKEN_SECONDS * 1000);
  const both = await Promise.all([call(), call()]);
  expect(both.map(({ stdout }) => stdout)).toEqual(['ada\n', 'ada\n']);
  expect(provider.seen('/auth')).toHaveLength(1);
  expect((await machine.run('token', provider.url)).code).toBe(3);
  expect((await machine.run('logout', provider.url)).code).toBe(0);
});

test('signs in by a code on another device', async () => {
  await using provider = await startCertifiedProvider({ accessTokenSeconds: 60 });
  const machine = createMachine();
  const running = machine.start({}, 'login', provider.url, '--device');
  await running.said('Waiting up to');
  const [, address = ''] = /^(http\S+\?user_code=\S+)$/m.exec(running.saidSoFar()) ?? [];
  const person = fileURLToPath(new URL('person.mjs', import.meta.url));
  await promisify(execFile)(process.execPath, [person, address]);
  const { code, stderr } = await running.ended;
  expect(code, stderr).toBe(0);
  expect(await machine.run('call', provider.url, 'whoami')).toMatchObject({ code: 0, stdout: 'ada\n' });
});
