import { describe, expect, test } from 'vitest';
import { createMachine } from './harness/command.js';
import { startProvider, tokenRequests } from './harness/provider.js';

/* A sign-in by a code that the person enters on another device (RFC 8628). */

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

interface Code {
  readonly state: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete: string;
  readonly expiresAt: string;
  readonly next?: string;
}

function jsonLines(stdout: string): readonly Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('login --device says where to enter which code, opens nothing, and goes on when it was entered', async () => {
  const sandbox = await startProvider('device');
  const machine = createMachine();
  // Nobody can open a browser there, and nobody has to.
  const running = machine.start({ env: { CI: '1' } }, 'login', sandbox.url, '--device');
  await running.said('Waiting up to');
  const said = running.saidSoFar();
  const [, address = '', code = ''] =
    /^(http\S+\/device)\nand enter the code: {2}([A-Z]{4}-[A-Z]{4})$/m.exec(said) ?? [];
  expect(said).toContain(`${address}?user_code=${code}`);
  await sandbox.user('consents').open(`${address}?user_code=${code}`);
  const ended = await running.ended;
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stdout).toContain('Signed in');
  const [registration] = sandbox.log.of('register');
  expect(registration?.json).toMatchObject({ grant_types: [DEVICE_GRANT, 'refresh_token'] });
  expect(registration?.json).not.toHaveProperty('redirect_uris');
  const [asked] = sandbox.log.of('device-authorization');
  expect(asked?.form.get('scope')).toBe('mcp:read mcp:write');
  expect(asked?.form.getAll('resource')).toEqual([sandbox.resource]);
  expect(sandbox.log.of('authorize')).toHaveLength(0);

  // The credential is like any other: it is used, renewed, and signed in to anew with the same client.
  expect((await machine.run('call', sandbox.url, 'echo', 'text=hi')).stdout).toBe('hi\n');
  expect((await machine.run('refresh', sandbox.url)).code).toBe(0);
  expect(tokenRequests(sandbox, 'refresh_token')).toHaveLength(1);
  const again = machine.start({}, 'login', sandbox.url, '--device', '--force', '--json');
  await again.said('Waiting up to');
  const [, second = ''] = /^(http\S+\?user_code=\S+)$/m.exec(again.saidSoFar()) ?? [];
  await sandbox.user('consents').open(second);
  const { code: exit, stdout } = await again.ended;
  expect(exit).toBe(0);
  const [first, result, ...more] = jsonLines(stdout);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ schema: 1, state: 'pending', verificationUriComplete: second });
  expect(Date.parse((first as unknown as Code).expiresAt)).toBeGreaterThan(Date.now());
  expect(result).toMatchObject({ schema: 1, fresh: true, server: { state: 'signed_in' } });
  expect(sandbox.log.of('register')).toHaveLength(1);
});

test('--no-wait prints the code and ends with 7; --resume waits for it, by configuration too', async () => {
  // The tokens to come are bound to a key that waits with the code.
  const sandbox = await startProvider('device', { dpop: 'required' });
  const machine = createMachine();
  machine.writeConfig(`[mcp_servers.s]\nurl = "${sandbox.url}"\noauth.grant = "device_code"\n`);
  const begun = await machine.run('login', 's', '--no-wait', '--json');
  expect(begun.code, begun.stderr).toBe(7);
  const [first, ...more] = jsonLines(begun.stdout) as unknown as Code[];
  expect(more).toEqual([]);
  expect(first).toMatchObject({ state: 'pending', next: 'mcpass login s --resume' });
  expect(first?.userCode).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
  const status = await machine.run('status', 's', '--json');
  expect(status.json()).toMatchObject({ servers: [{ state: 'not_signed_in', pending: true }] });

  await sandbox.user('consents').open(first?.verificationUriComplete ?? '');
  sandbox.log.clear();
  const finished = await machine.run('login', 's', '--resume', '--json');
  expect(finished.code, finished.stderr).toBe(0);
  expect(finished.json()).toMatchObject({ fresh: true });
  // Nothing is discovered or registered a second time.
  expect(sandbox.log.all.map(({ endpoint }) => endpoint)).toEqual(['token']);
  expect((await machine.run('login', 's', '--resume')).code).toBe(2);
  expect((await machine.run('call', 's', 'echo', 'text=hi')).stdout).toBe('hi\n');

  // Whoever calls without a terminal gets what somebody else can go on with.
  await machine.run('logout', 's');
  const call = await machine.run('call', 's', 'echo', 'text=hi', '--login');
  expect(call.code).toBe(4);
  expect(call.stderr).toContain('and then run: mcpass login s --resume');
  const [address = ''] = /^http\S+user_code=\S+$/m.exec(call.stderr) ?? [];
  await sandbox.user('consents').open(address);
  await machine.prepare('login', 's', '--resume');
});

test('doctor --login waits for the code that somebody enters, as login does', async () => {
  const sandbox = await startProvider('device');
  const machine = createMachine();
  machine.writeConfig(`[mcp_servers.s]\nurl = "${sandbox.url}"\noauth.grant = "device_code"\n`);
  const looked = await machine.run('doctor', 's');
  expect(looked.stdout).toContain('/device_authorization is where a code for another device comes from');
  expect(sandbox.log.of('device-authorization')).toEqual([]);
  const running = machine.start({}, 'doctor', 's', '--login');
  await running.said('Waiting up to');
  const [address = ''] = /^http\S+\?user_code=\S+$/m.exec(running.saidSoFar()) ?? [];
  await sandbox.user('consents').open(address);
  const { code, stdout, stderr } = await running.ended;
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/ok +signed-in +signed in; expires/);
  expect(stdout).toContain('the server accepts the token');
});

describe('what ends with 4', () => {
  test('a refusal, and a code that nobody enters in time', async () => {
    // Long enough for the refusal to come, however busy this machine is.
    const asked = await startProvider('device');
    const sandbox = await startProvider('device', { deviceCodeSeconds: 2 });
    const machine = createMachine();
    const running = machine.start({}, 'login', asked.url, '--device', '--json');
    await running.said('Waiting up to');
    const [, address = ''] = /^(http\S+\?user_code=\S+)$/m.exec(running.saidSoFar()) ?? [];
    await asked.user('denies').open(address);
    const refused = await running.ended;
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('"login_refused"');

    const late = await machine.run('login', sandbox.url, '--device');
    expect(late.code).toBe(4);
    expect(late.stderr).toContain(`mcpass login ${sandbox.url} --device`);
    const given = machine.start({}, 'login', sandbox.url, '--device');
    await given.said('Waiting up to');
    given.process.kill('SIGINT');
    expect((await given.ended).code).toBe(130);
    expect(late.stderr).toMatch(/Nobody entered the code in time|has expired/);
    expect(late.stderr).not.toContain('█');
  });

  test('a server without codes says so, and asks for nothing', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    const { code, stderr } = await machine.run('login', sandbox.url, '--device');
    expect(code).toBe(2);
    expect(stderr).toContain('no sign-in by a code');
    expect(stderr).toContain('without --device');
    expect(sandbox.log.of('register')).toHaveLength(0);
  });
});

test('where no browser is and the server takes codes, the way is told', async () => {
  const sandbox = await startProvider('device');
  const machine = createMachine();
  const running = machine.start({ keepInput: true }, 'login', sandbox.url);
  await running.said('Or sign in by a code on any device');
  expect(running.saidSoFar()).toContain(`mcpass login ${sandbox.url} --device`);
  running.process.kill('SIGTERM');
  await running.ended;
});
