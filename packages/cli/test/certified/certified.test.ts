import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
const SECRET = 'a-secret-of-thirty-two-characters';

test('signs in to a certified authorization server, calls a tool, renews with rotation, and logs out', async () => {
  await using provider = await startCertifiedProvider({ accessTokenSeconds: TOKEN_SECONDS });
  const machine = createMachine();
  const env = { MCPASS_BROWSER: PERSON };
  await machine.prepare('add', 'certified', provider.url);

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

test('gives tokens to programs: by a secret in either place, and by a key of each kind', async () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed25519 = generateKeyPairSync('ed25519');
  const machine = createMachine();
  const file = (name: string, content: string) => {
    const path = join(machine.home, name);
    mkdirSync(machine.home, { recursive: true });
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const pem = ({ privateKey }: typeof key) => privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const kinds = [
    { id: 'basic', method: 'client_secret_basic', lines: ['oauth.client_secret_env = "S"'] },
    { id: 'post', method: 'client_secret_post', lines: ['oauth.client_secret_env = "S"'] },
    { id: 'es256', method: 'private_key_jwt', key, lines: [keyLine('es256.pem', key)] },
    { id: 'eddsa', method: 'private_key_jwt', key: ed25519, lines: [keyLine('eddsa.pem', ed25519)] },
  ];
  function keyLine(name: string, pair: typeof key): string {
    return `oauth.private_key_file = "${file(name, pem(pair))}"`;
  }
  await using provider = await startCertifiedProvider({
    accessTokenSeconds: 60,
    clients: kinds.map(({ id, method, key: pair }) => ({
      client_id: id,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: method,
      ...(pair === undefined
        ? { client_secret: SECRET }
        : { jwks: { keys: [pair.publicKey.export({ format: 'jwk' })] } }),
    })),
  });
  machine.writeConfig(
    kinds
      .map(({ id, method, lines }) =>
        [
          `[mcp_servers.${id}]`,
          `url = "${provider.url}"`,
          'oauth.grant = "client_credentials"',
          `oauth.client_id = "${id}"`,
          `oauth.token_endpoint_auth_method = "${method}"`,
          ...lines,
          '',
        ].join('\n'),
      )
      .join('\n'),
  );
  for (const { id } of kinds) {
    const called = await machine.runWith({ env: { S: SECRET } }, 'call', id, 'whoami');
    expect([called.code, called.stdout], called.stderr).toEqual([0, `${id}\n`]);
    expect((await machine.runWith({ env: { S: SECRET } }, 'logout', id)).stdout).toContain('deleted here');
  }
  expect(provider.seen('/token')).toHaveLength(kinds.length);
  expect(provider.seen('/auth')).toEqual([]);
});
