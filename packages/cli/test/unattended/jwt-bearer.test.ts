import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Sandbox } from '@mcpass/sandbox';
import { expect, onTestFinished, test } from 'vitest';
import { clockOff } from '../harness/clock.js';
import { startProvider } from '../harness/provider.js';
import { createUnattended } from './machine.js';

/* Workload identity: the platform vouches for a program with a token that it writes anew every few minutes. */

function machineFor(sandbox: Sandbox) {
  const unattended = createUnattended((directory) => [
    `url = "${sandbox.url}"`,
    'oauth.grant = "jwt_bearer"',
    `oauth.assertion_file = "${directory}/token"`,
  ]);
  const file = join(unattended.directory, 'token');
  const write = async (claims?: Parameters<Sandbox['workloadToken']>[0]) => {
    writeFileSync(file, `${await sandbox.workloadToken(claims)}\n`);
    // As Kubernetes writes it.
    chmodSync(file, 0o644);
  };
  return { ...unattended, file, write };
}

test('the token is read afresh for every request, and each is sent once', async () => {
  const sandbox = await startProvider('workload');
  const { run, write, file, expire, host, machine } = machineFor(sandbox);
  await write();
  const first = readFileSync(file, 'utf8').trim();
  expect((await run('status', 'm')).stdout).toContain('m: ready\n');
  const call = await run('call', 'm', 'whoami');
  expect(call.code, call.stderr).toBe(0);
  expect(call.stdout).toContain('system:serviceaccount:agents:reporter');
  const [request] = sandbox.log.of('token');
  expect(Object.fromEntries(request?.form ?? [])).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: first,
    resource: sandbox.resource,
    scope: 'mcp:read mcp:write',
  });

  const bridge = await host();
  await write();
  sandbox.revokeAccessTokens();
  expect(await bridge.tool('whoami')).toContain('reporter');
  expire();
  await write();
  const debugged = await run('call', 'm', 'whoami', '--debug', '--trace', join(machine.home, 'trace'));
  expect(debugged.code, debugged.stderr).toBe(0);
  expect(debugged.stderr).toContain('system:serviceaccount:agents:reporter');
  const sent = sandbox.log.of('token').map(({ form }) => form.get('assertion') ?? '');
  expect(new Set(sent).size).toBe(3);
  const told = debugged.stderr + readFileSync(join(machine.home, 'trace'), 'utf8');
  for (const assertion of sent) expect(told).not.toContain(assertion.split('.')[2]);
  expect((await run('logout', 'm')).stdout).toContain('revoked at the server');
});

test('expired, for somebody else, malformed, refused: each is blamed on whom it belongs to, and never tried twice', async () => {
  const sandbox = await startProvider('workload');
  const { run, runWith, write, file } = machineFor(sandbox);
  const refused = async (code: number) => {
    const ended = await run('token', 'm', '--json');
    expect([ended.code, ended.stdout], ended.stderr).toEqual([code, '']);
    const error = ended.error();
    expect(error['message']).toContain(file);
    return error;
  };
  await write({ expiresInS: -5 });
  expect(await refused(2)).toMatchObject({ fault: 'yours', step: 'token' });
  await write({ audience: 'https://elsewhere.example' });
  const foreign = await refused(2);
  expect(foreign['message']).toContain(`is for "https://elsewhere.example", and not for "${sandbox.issuer}"`);
  writeFileSync(file, 'no token at all');
  expect((await refused(2))['message']).toContain('is malformed: it is no JWT');
  rmSync(file);
  expect((await refused(2))['message']).toContain('it does not exist');
  writeFileSync(file, `${await sandbox.workloadToken()}\n${await sandbox.workloadToken()}\n`);
  expect((await refused(2))['message']).toContain('more than one line');
  expect(sandbox.log.of('token')).toEqual([]);

  await write();
  const late = await runWith(clockOff(3_600_000), 'token', 'm');
  expect(late.code).toBe(2);
  expect(late.stderr).toContain('by the clock of this machine');

  await write({ subject: 'somebody else' });
  const untrusted = await refused(4);
  expect(untrusted).toMatchObject({ code: 'login_refused', step: 'token' });
  expect(untrusted['message']).toContain('sub is wrong');
  // The next process knows; it does not ask.
  expect((await refused(4))['message']).toContain('sub is wrong');
  expect(sandbox.log.of('token')).toHaveLength(1);
  await write({ foreign: true });
  const forced = await run('login', 'm', '--json');
  expect([forced.code, forced.error()['code']]).toEqual([4, 'login_refused']);
  await write();
  expect((await run('login', 'm', '--force')).code).toBe(0);
});

test('GitHub Actions gives its token for that audience, and says what a job lacks', async () => {
  const sandbox = await startProvider('workload');
  const asked: { audience: string | null; authorization: string | undefined }[] = [];
  const github = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://here');
    asked.push({ audience: searchParams.get('audience'), authorization: request.headers.authorization });
    void sandbox
      .workloadToken()
      .then((value) => response.writeHead(200).end(JSON.stringify({ count: 1, value })));
  });
  await new Promise<void>((resolve) => void github.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void github.close());
  const { runWith } = createUnattended(() => [`url = "${sandbox.url}"`, 'oauth.grant = "jwt_bearer"']);
  const env = {
    GITHUB_ACTIONS: 'true',
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job-secret',
  };
  const call = await runWith(env, 'call', 'm', 'whoami');
  expect(call.code, call.stderr).toBe(0);
  expect(asked).toEqual([{ audience: sandbox.issuer, authorization: 'bearer job-secret' }]);

  const without = await runWith({ GITHUB_ACTIONS: 'true' }, 'token', 'm', '--account', 'b');
  expect(without.code).toBe(2);
  expect(without.stderr).toContain('permissions: id-token: write');
  const elsewhere = await runWith({}, 'token', 'm');
  expect(elsewhere.code).toBe(2);
  expect(elsewhere.stderr).toContain('oauth.assertion_file');
});
