import type { LoggedRequest, Sandbox } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';
import { createMachine, type Machine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

/* Tokens that are bound to a key (RFC 9449): whoever steals one has nothing. */

/** The claims of the proof of a request, as the other side received it. */
function proofOf({ headers }: LoggedRequest): { header: Claims; claims: Claims } {
  const [header = '', claims = ''] = (headers['dpop'] ?? '').split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString() || '{}') as Claims;
  return { header: read(header), claims: read(claims) };
}
type Claims = Record<string, unknown>;

function proved(sandbox: Sandbox): LoggedRequest[] {
  return sandbox.log.all.filter(({ headers }) => headers['dpop'] !== undefined);
}

async function signedIn(sandbox: Sandbox): Promise<Machine> {
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('login', sandbox.url);
  return machine;
}

test('every request has a proof of its own, with the key of the sign-in, through a renewal and another process', async () => {
  const sandbox = await startProvider('dpop');
  const machine = await signedIn(sandbox);
  const call = () => machine.run('call', sandbox.url, 'echo', 'text=hi');
  expect((await call()).stdout).toBe('hi\n');
  sandbox.expireAccessTokens();
  // Two processes at once renew once, with the key that both find with the credential.
  const both = await Promise.all([call(), call()]);
  expect(both.map(({ stdout }) => stdout)).toEqual(['hi\n', 'hi\n']);
  expect((await machine.run('refresh', sandbox.url)).code).toBe(0);
  expect((await call()).stdout).toBe('hi\n');

  const requests = proved(sandbox);
  const proofs = requests.map(proofOf);
  expect(new Set(proofs.map(({ claims }) => claims['jti'])).size).toBe(requests.length);
  expect(new Set(proofs.map(({ header }) => JSON.stringify(header['jwk']))).size).toBe(1);
  expect(
    proofs.every(({ header }) => header['typ'] === 'dpop+jwt' && !('d' in (header['jwk'] as Claims))),
  ).toBe(true);
  for (const request of requests) {
    const { claims } = proofOf(request);
    const isMcp = request.endpoint === 'mcp';
    expect(claims).toMatchObject({
      htm: request.method,
      htu: isMcp ? sandbox.url : `${sandbox.issuer}/token`,
    });
    expect('ath' in claims).toBe(isMcp);
    if (isMcp) expect(request.headers['authorization']).toMatch(/^DPoP /);
  }
  // One refusal of the expired tokens at the most for each process, and none of a proof.
  expect(sandbox.log.of('token').map(({ status }) => status)).not.toContain(400);
  expect(sandbox.log.of('authorize')[0]?.query.get('dpop_jkt')).toMatch(/^[\w-]{43}$/);
  expect((await machine.run('status', sandbox.url)).stdout).toMatch(/^ *bound +to a key \(DPoP\)/m);
  expect((await machine.run('status', sandbox.url, '--json')).json()).toMatchObject({
    servers: [{ bound: true }],
  });
});

test('the token is not handed out, unless somebody asks for it with its key left behind', async () => {
  const sandbox = await startProvider('dpop');
  const machine = await signedIn(sandbox);
  for (const words of [[], ['--header'], ['--json']]) {
    const { code, stdout, stderr } = await machine.run('token', sandbox.url, ...words);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain('useless without it');
    expect(stderr).toContain('mcpass bridge');
    expect(stderr).toContain('mcpass call');
  }
  const bound = await machine.run('token', sandbox.url, '--bound', '--header');
  expect(bound.stdout).toMatch(/^Authorization: DPoP ey/);
  const [, token = ''] = /DPoP (\S+)/.exec(bound.stdout) ?? [];
  const stolen = await fetch(sandbox.url, { method: 'POST', headers: { authorization: `DPoP ${token}` } });
  expect(stolen.status).toBe(401);
  expect(stolen.headers.get('www-authenticate')).toContain('there is no DPoP proof');
});

test('the key is never said, and travels with its credential, sealed', async () => {
  const sandbox = await startProvider('dpop');
  const machine = await signedIn(sandbox);
  const said = await machine.run('call', sandbox.url, 'echo', 'text=hi', '--debug');
  expect(said.stderr).toContain('POST');
  expect(said.stderr).not.toMatch(/"d"|eyJ|P-256/);
  const env = { MCPASS_PASSPHRASE: 'correct horse' };
  const exported = await machine.runWith({ env }, 'credential', 'export', sandbox.url);
  expect(exported.code, exported.stderr).toBe(0);
  expect(exported.stdout).not.toContain('P-256');
  const elsewhere = createMachine();
  const store = ['-c', 'credentials_store=plain'];
  const input = { env, stdin: exported.stdout };
  const imported = await elsewhere.runWith(input, 'credential', 'import', '-', ...store);
  expect(imported.code, imported.stderr).toBe(0);
  const there = await elsewhere.run('call', sandbox.url, 'echo', 'text=there', ...store);
  expect(there.stdout, there.stderr).toBe('there\n');
});

describe('nonces and clocks', () => {
  test('both servers get the nonce that they want, and no sign-in comes of it', async () => {
    const sandbox = await startProvider('dpop-nonce');
    const machine = await signedIn(sandbox);
    expect(sandbox.log.of('token').map(({ status }) => status)).toEqual([400, 200]);
    sandbox.log.clear();
    for (const text of ['a', 'b'])
      expect((await machine.run('call', sandbox.url, 'echo', `text=${text}`)).stdout).toBe(`${text}\n`);
    const statuses = sandbox.log.of('mcp').map(({ status }) => status);
    // One refusal for each process, which knows no nonce yet.
    expect(statuses.filter((status) => status === 401)).toHaveLength(2);
    expect(sandbox.log.of('authorize')).toHaveLength(0);
    expect(sandbox.log.of('token')).toHaveLength(0);
  });

  test.each([-900, 900])('a clock that is %s s away is the server’s to tell', async (clockOffsetSeconds) => {
    const sandbox = await startProvider('dpop', { clockOffsetSeconds, accessTokenSeconds: 7200 });
    const machine = await signedIn(sandbox);
    const { code, stdout, stderr } = await machine.run('call', sandbox.url, 'echo', 'text=hi');
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('hi\n');
    expect(sandbox.log.of('token').map(({ status }) => status)).toEqual([400, 200]);
  });
});

describe('oauth.dpop', () => {
  test('always has it wherever it is offered, auto only where it is wanted, never forbids it', async () => {
    const offered = await startProvider('plain', { dpop: 'offered' });
    const machine = await signedIn(offered);
    expect(proved(offered)).toEqual([]);
    expect((await machine.run('token', offered.url)).code).toBe(0);
    const always = ['-c', 'oauth.dpop=always'];
    await machine.prepare('login', offered.url, ...always, '--force');
    expect((await machine.run('call', offered.url, 'echo', 'text=hi', ...always)).stdout).toBe('hi\n');
    expect(proved(offered).length).toBeGreaterThan(1);

    const required = await startProvider('dpop');
    const never = await machine.run('login', required.url, '-c', 'oauth.dpop=never');
    expect(never.code).toBe(2);
    expect(never.stderr).toContain('oauth.dpop');
  });
});
