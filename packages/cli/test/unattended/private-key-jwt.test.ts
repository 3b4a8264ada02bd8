import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { clockOff } from '../harness/clock.js';
import { createMachine } from '../harness/command.js';
import { startProvider, tokenRequests } from '../harness/provider.js';
import { createUnattended } from './machine.js';

/* A client that proves itself with a key, where nobody shares a secret with anybody. */

const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string;
const jwkOf = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid });

function machineFor(url: string, pem: string, more: readonly string[] = []) {
  const unattended = createUnattended((directory) => {
    writeFileSync(join(directory, 'key.pem'), pem, { mode: 0o600 });
    return [
      `url = "${url}"`,
      'oauth.grant = "client_credentials"',
      'oauth.client_id = "sandbox-machine"',
      `oauth.private_key_file = "${directory}/key.pem"`,
      ...more,
    ];
  });
  return { ...unattended, keyFile: join(unattended.directory, 'key.pem') };
}

test('signs for the issuer, with a new jti each time, and the key is read again when it changes', async () => {
  const before = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const after = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const sandbox = await startProvider('machine-jwt', {
    staticClients: [
      {
        id: 'sandbox-machine',
        name: 'machine',
        authMethod: 'private_key_jwt',
        redirectUris: [],
        keys: { keys: [jwkOf(before.publicKey, 'one'), jwkOf(after.publicKey, 'two')] as never },
      },
    ],
  });
  const { run, expire, host, keyFile, machine } = machineFor(sandbox.url, pemOf(before.privateKey), [
    'oauth.private_key_id = "one"',
  ]);
  const first = await run('call', 'm', 'whoami');
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toContain('sandbox-machine');
  const bridge = await host();
  expect(await bridge.tool('whoami')).toContain('sandbox-machine');

  // Rotated while the bridge runs, to a JWK that names itself.
  writeFileSync(keyFile, JSON.stringify(jwkOf(after.privateKey, 'two')));
  sandbox.revokeAccessTokens();
  expect(await bridge.tool('whoami')).toContain('sandbox-machine');
  expire();
  expect((await run('call', 'm', 'whoami')).code).toBe(0);
  expect((await run('logout', 'm')).stdout).toContain('revoked at the server');

  const assertions = [
    ...tokenRequests(sandbox, 'client_credentials'),
    ...sandbox.log.of('revoke').map(({ form }) => form),
  ].map((form) => form.get('client_assertion') ?? '');
  expect(assertions.map((assertion) => decodeProtectedHeader(assertion))).toMatchObject([
    { alg: 'ES256', kid: 'one' },
    { alg: 'RS256', kid: 'two' },
    { alg: 'RS256', kid: 'two' },
    { alg: 'RS256', kid: 'two' },
  ]);
  const claims = assertions.map((assertion) => decodeJwt(assertion));
  expect(new Set(claims.map(({ jti }) => jti)).size).toBe(4);
  for (const { aud, iss, sub } of claims)
    expect([aud, iss, sub]).toEqual([sandbox.issuer, 'sandbox-machine', 'sandbox-machine']);
  expect(machine.home).not.toBe('');
});

test('a key that is no good, or not at hand, is told with its place, and nothing is sent', async () => {
  const sandbox = await startProvider('machine-jwt');
  const { run, runWith, keyFile, directory } = machineFor(sandbox.url, sandbox.clientKey);
  const refused = async (...words: readonly string[]) => {
    const ended = await run('token', 'm', ...words);
    expect([ended.code, ended.stdout], ended.stderr).toEqual([2, '']);
    return ended.stderr;
  };
  chmodSync(keyFile, 0o640);
  expect(await refused()).toContain(`chmod 600 ${keyFile}`);
  chmodSync(keyFile, 0o600);
  writeFileSync(keyFile, '');
  expect(await refused()).toContain('is empty');
  writeFileSync(keyFile, sandbox.clientKey.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'));
  expect(await refused()).toContain('encrypted with a passphrase');
  rmSync(keyFile);
  expect(await refused()).toContain('it does not exist');
  mkdirSync(keyFile);
  expect(await refused()).toContain('it is a directory');
  rmSync(keyFile, { recursive: true });
  writeFileSync(keyFile, sandbox.clientKey, { mode: 0o600 });
  expect(await refused('-c', 'oauth.signing_algorithm=RS256')).toContain('it is an EC key on P-256');
  expect(await refused('-c', 'oauth.token_endpoint_auth_method=client_secret_basic')).toContain(
    'private_key_jwt only',
  );
  expect(sandbox.log.of('token')).toEqual([]);

  const command = JSON.stringify([process.execPath, '-e', 'console.log(process.env.PEM)']);
  const line = (kind: string, value: string) => ['-c', `mcp_servers.x.oauth.private_key_${kind}=${value}`];
  const entry = [
    `url="${sandbox.url}"`,
    'oauth.grant="client_credentials"',
    'oauth.client_id="sandbox-machine"',
  ].flatMap((one) => ['-c', `mcp_servers.x.${one}`]);
  const env = { PEM: sandbox.clientKey.replaceAll('\n', String.raw`\n`) };
  expect((await runWith(env, 'token', 'x', ...entry, ...line('env', '"PEM"'))).code).toBe(0);
  expect(
    (await runWith(env, 'token', 'x', '--account', 'b', ...entry, ...line('command', command))).code,
  ).toBe(0);
  const failing = JSON.stringify(['false']);
  const failed = await runWith(env, 'token', 'x', '--account', 'c', ...entry, ...line('command', failing));
  expect(failed.code).toBe(2);
  expect(failed.stderr).toContain('"false" failed with exit code 1');

  // A key that the server does not know, and a clock that is wrong by ten minutes.
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  writeFileSync(join(directory, 'foreign.pem'), pemOf(foreign), { mode: 0o600 });
  const before = sandbox.log.of('token').length;
  const unknown = await run(
    'token',
    'm',
    '--account',
    'd',
    '-c',
    `oauth.private_key_file=${directory}/foreign.pem`,
  );
  expect(unknown.code).toBe(3);
  expect(unknown.stderr).toContain('the signature is not of that key');
  expect(unknown.stderr).toContain(`the private key in ${directory}/foreign.pem`);
  expect(sandbox.log.of('token')).toHaveLength(before + 1);

  for (const [minutes, words] of [
    [10, 'is 10 min ahead of'],
    [-10, 'is 10 min behind'],
  ] as const) {
    const wrong = await runWith(clockOff(minutes * 60_000), 'token', 'm', '--account', `e${minutes}`);
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain(`this machine's clock ${words} the server's`);
  }
  expect(sandbox.log.of('token')).toHaveLength(before + 3);
});

test('a client that is a document: printed for hosting, and signed for with its key', async () => {
  const machine = createMachine({ person: 'consents' });
  const sandbox = await startProvider('cimd', { authMethods: ['none', 'private_key_jwt'] });
  let document = '';
  const host = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(document),
  );
  await new Promise<void>((resolve) => void host.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void host.close());
  const address = `http://127.0.0.1:${(host.address() as AddressInfo).port}/client.json`;
  const key = join(machine.home, '..', 'key.pem');
  writeFileSync(key, sandbox.clientKey, { mode: 0o600 });
  machine.writeConfig(
    `[mcp_servers.m]\nurl = "${sandbox.url}"\noauth.client_metadata_url = "${address}"\noauth.private_key_file = "${key}"\n`,
  );
  const printed = await machine.run('client', 'document', 'm');
  expect(printed.code, printed.stderr).toBe(0);
  expect(printed.json()).toMatchObject({ client_id: address, token_endpoint_auth_method: 'private_key_jwt' });
  expect(printed.stdout).not.toContain('"d"');
  document = printed.stdout;
  const keys = await machine.run('client', 'document', 'm', '--keys');
  expect(keys.json()).toEqual((printed.json() as { jwks: object }).jwks);

  const login = await machine.run('login', 'm');
  expect(login.code, login.stderr).toBe(0);
  expect((await machine.run('refresh', 'm')).code).toBe(0);
  const assertions = sandbox.log.of('token').map(({ form }) => decodeJwt(form.get('client_assertion') ?? ''));
  expect(assertions).toMatchObject([{ sub: address }, { sub: address }]);
});
