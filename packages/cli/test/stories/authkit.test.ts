import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createMachine } from '../harness/command.js';
import { authorizationOf, registeredScopes, startProvider, tokenRequests } from '../harness/provider.js';

/*
 * AuthKit gives a refresh token only to those who ask for `offline_access`, which its resource metadata lists, and its
 * access tokens are short-lived. A person signs in once.
 */

const SCOPE = 'openid profile email offline_access';

test('asks for scopes_supported, offline_access included, and keeps the refresh token', async () => {
  const sandbox = await startProvider('authkit');
  const machine = createMachine({ person: 'consents' });
  const { code, stdout, stderr } = await machine.run('login', sandbox.url);
  expect(code, stderr).toBe(0);
  expect(registeredScopes(sandbox)).toEqual([SCOPE]);
  expect(authorizationOf(sandbox).get('scope')).toBe(SCOPE);
  expect(stdout).toContain('renews by itself');
  const { servers } = (await machine.run('status', sandbox.url, '--json')).json() as {
    servers: readonly unknown[];
  };
  expect(servers).toEqual([
    expect.objectContaining({
      state: 'signed_in',
      renewable: true,
      scopes: { requested: SCOPE.split(' '), granted: SCOPE.split(' ') },
    }),
  ]);
});

async function goOn(accessTokenSeconds: number): Promise<void> {
  const sandbox = await startProvider('authkit', { accessTokenSeconds });
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('login', sandbox.url);
  const renewals = () => tokenRequests(sandbox, 'refresh_token').length;
  const began = performance.now();
  let calls = 0;
  while (renewals() < 2 || calls < 4) {
    const { code, stdout, stderr } = await machine.run('call', sandbox.url, 'echo', `text=${calls}`);
    expect([code, stdout], stderr).toEqual([0, `${calls}\n`]);
    calls += 1;
    await wait(500);
  }
  expect(sandbox.log.of('authorize')).toHaveLength(1);
  const seconds = (performance.now() - began) / 1000;
  expect(renewals()).toBeLessThanOrEqual(Math.ceil(seconds / (accessTokenSeconds * 0.7)) + 1);
  // Renewed before use, not after a refusal.
  expect(sandbox.log.of('mcp', 'tools/call').filter(({ status }) => status === 401)).toEqual([]);
}

test('with access tokens of five seconds a session goes on: no second sign-in, no failed call', () =>
  goOn(5));

test('a token that is refused before its time is renewed once and the call repeated', async () => {
  const sandbox = await startProvider('authkit');
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('login', sandbox.url);
  sandbox.revokeAccessTokens();
  const { code, stdout } = await machine.run('call', sandbox.url, 'echo', 'text=still here');
  expect([code, stdout]).toEqual([0, 'still here\n']);
  expect(tokenRequests(sandbox, 'refresh_token')).toHaveLength(1);
  expect(sandbox.log.of('authorize')).toHaveLength(1);
});

test('--debug says what was found, asked, received, and every request, and no secret', async () => {
  const sandbox = await startProvider('authkit');
  const machine = createMachine({ person: 'consents' });
  const { code, stderr } = await machine.run('login', sandbox.url, '--debug');
  expect(code).toBe(0);
  // Which scopes were found, and where.
  expect(stderr).toMatch(new RegExp(`^debug scopes: .*${SCOPE}`, 'm'));
  expect(stderr).toContain('scopes_supported');
  // The authorization URL's parameters.
  for (const name of [
    'response_type',
    'client_id',
    'redirect_uri',
    'scope',
    'resource',
    'code_challenge_method',
  ]) {
    expect(stderr).toMatch(new RegExp(`^debug authorization: .*${name}=`, 'm'));
  }
  // Whether a refresh token came, and the seconds to expiry.
  expect(stderr).toMatch(/^debug token: .*refresh_token="came".*$/m);
  expect(stderr).toMatch(/^debug token: .*expires_in=300.*$/m);
  // Every request that the command made, with status and time.
  const made = sandbox.log.all.filter(({ endpoint }) => endpoint !== 'authorize' && endpoint !== 'consent');
  const lines = stderr.match(/^debug \w+: (?:GET|POST|DELETE) \S+ -> \d{3} \(\d+\.\d{3} s\)$/gm) ?? [];
  expect(lines).toHaveLength(made.length);
  for (const { method, status } of made) {
    expect(lines.some((line) => line.includes(`: ${method} `) && line.includes(`-> ${status} `))).toBe(true);
  }
  const { stdout: token } = await machine.run('token', sandbox.url);
  const [exchange] = tokenRequests(sandbox, 'authorization_code');
  for (const secret of [token.trim(), exchange?.get('code'), exchange?.get('code_verifier')]) {
    expect(secret?.length).toBeGreaterThan(8);
    expect(stderr).not.toContain(secret);
  }
});

test('-v tells it as a story, a sentence a line, and no secret', async () => {
  const sandbox = await startProvider('authkit');
  const machine = createMachine({ person: 'consents' });
  const login = await machine.run('login', sandbox.url, '-v');
  const { host } = new URL(sandbox.url);
  for (const line of [
    `Asked ${host} whether it wants a sign-in: it answered 401.`,
    /^The server wants a sign-in; it names its metadata at http\S+\.$/m,
    /^The token is asked for the resource http\S+, because its metadata says so\.$/m,
    /^The scopes that are asked for come from the resource metadata: ".*offline_access"\.$/m,
    /^The client is client-\S+, registered now; the answer comes back to http\S+\.$/m,
    /^A person has to agree at http\S+\.\nWaiting for a person\.$/m,
    /^A token came that lives for 5 min, with a refresh token: it renews itself;/m,
  ]) {
    expect(login.stderr).toMatch(line);
  }
  expect(login.stderr).not.toMatch(/debug|undefined|\bms\b/);
  const { stdout: token } = await machine.run('token', sandbox.url);
  const [exchange] = tokenRequests(sandbox, 'authorization_code');
  for (const secret of [token.trim(), exchange?.get('code'), exchange?.get('code_verifier')]) {
    expect(login.stderr).not.toContain(secret);
  }
  sandbox.revokeAccessTokens();
  const call = await machine.run('call', sandbox.url, 'echo', 'text=x', '-v');
  expect(call.stderr).toMatch(
    /^Sent a message to \S+: it answered 401\.\nAsked \S+ to renew the token: it answered 200\.\nThe token was renewed: .*\.\nConnected: .*\.\n$/,
  );
});

test('--trace writes the same as JSON lines that only their owner can read', async () => {
  const { statSync, readFileSync } = await import('node:fs');
  const sandbox = await startProvider('authkit');
  const machine = createMachine({ person: 'consents' });
  const file = `${machine.configFile}.trace`;
  machine.writeConfig('');
  await machine.prepare('login', sandbox.url, '--trace', file);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, 'utf8');
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  expect(new Set(events.map(({ type }) => type))).toEqual(
    new Set(['start', 'request', 'answer', 'decision', 'consent']),
  );
  const { stdout: token } = await machine.run('token', sandbox.url);
  expect(text).not.toContain(token.trim());
});
