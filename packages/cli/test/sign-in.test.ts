import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMachine } from './harness/command.js';
import { authorizationOf, startProvider, tokenRequests } from './harness/provider.js';
import { atTerminal, hasTerminal } from './harness/terminal.js';

describe('login', () => {
  test('prints the address alone on a line, and says who, where, which scopes, until when, and where it is kept', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    const { code, stdout, stderr } = await machine.run('login', sandbox.url);
    expect(code, stderr).toBe(0);
    const [, address = ''] = /^(http\S+\?response_type=code\S*)$/m.exec(stderr) ?? [];
    expect(new URL(address).searchParams.get('client_id')).toBe(authorizationOf(sandbox).get('client_id'));
    expect(stdout).toMatch(/^Signed in to http\S+\n/);
    expect(stdout).toContain(`  server   ${sandbox.url}\n`);
    expect(stdout).toContain(`  issuer   ${sandbox.issuer}\n`);
    expect(stdout).toMatch(/^ {2}scopes {3}mcp:read mcp:write$/m);
    expect(stdout).toMatch(/^ {2}expires {2}in 60 min, renews by itself$/m);
    expect(stdout).toMatch(/^ {2}stored {3}plain file, readable only by you, in /m);
    expect(stderr).toContain(`Try:  mcpass tools ${sandbox.url}`);
  });

  test('makes the requests of a sign-in and no further one', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('login', sandbox.url);
    const shape = sandbox.log.all.map(({ endpoint }) => endpoint);
    expect(shape.filter((endpoint) => endpoint !== 'consent')).toEqual([
      'mcp',
      'resource-metadata',
      'metadata',
      'register',
      'authorize',
      'token',
    ]);
  });

  test('does nothing while a sign-in is there, unless told', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('login', sandbox.url);
    sandbox.log.clear();
    const again = await machine.run('login', sandbox.url);
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^Already signed in to /)]);
    expect(sandbox.log.all).toEqual([]);
    const json = await machine.run('login', sandbox.url, '--json');
    expect(json.json()).toMatchObject({
      schema: 1,
      fresh: false,
      server: { state: 'signed_in', store: 'plain' },
    });
    const forced = await machine.run('login', sandbox.url, '--force');
    expect(forced.stdout).toMatch(/^Signed in to /);
    expect(sandbox.log.of('authorize')).toHaveLength(1);
  });

  test('a narrower grant is shown beside what was asked for', async () => {
    const sandbox = await startProvider('plain', { grantableScopes: ['mcp:read'], otherScopes: 'dropped' });
    const machine = createMachine({ person: 'consents' });
    const { code, stdout, stderr } = await machine.run('login', sandbox.url, '--scopes', 'mcp:read extra');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('  asked    mcp:read extra\n');
    expect(stdout).toContain('  granted  mcp:read   (without extra)\n');
    const { servers } = (await machine.run('list', '--json')).json() as { servers: readonly object[] };
    expect(servers).toEqual([
      {
        url: sandbox.url,
        auth: 'oauth',
        state: 'signed_in',
        issuer: sandbox.issuer,
        scopes: { requested: ['mcp:read', 'extra'], granted: ['mcp:read'] },
        expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
        renewable: true,
        store: 'plain',
      },
    ]);
  });

  test("a denial ends with 4, in the provider's words", async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'denies' });
    const { code, stdout, stderr } = await machine.run('login', sandbox.url);
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toContain('access_denied');
    expect(tokenRequests(sandbox, 'authorization_code')).toEqual([]);
  });

  test('nobody at the browser: ends with 4 after --timeout', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'closes' });
    const { code, stderr } = await machine.run('login', sandbox.url, '--timeout', '1');
    expect(code).toBe(4);
    expect(stderr).toContain('Waiting up to 1 second');
    expect(stderr).toContain(`run:   mcpass login ${sandbox.url}\n`);
  });

  test('an attacker who calls back first changes nothing', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'forges' });
    await machine.prepare('login', sandbox.url);
    expect(tokenRequests(sandbox, 'authorization_code')).toHaveLength(1);
  });

  test('without a terminal and without a browser it prints the address and waits', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    const running = machine.start({ env: { BROWSER: 'none' } }, 'login', sandbox.url);
    await running.said('Waiting up to');
    const address = /^http\S+\?response_type=code\S*$/m.exec(running.saidSoFar())?.[0] ?? '';
    await sandbox.user().open(address);
    expect((await running.ended).code).toBe(0);
  });

  test('with CI set and no browser configured it fails at once', async () => {
    const sandbox = await startProvider('plain');
    const { code, stderr } = await createMachine().runWith({ env: { CI: 'true' } }, 'login', sandbox.url);
    expect(code).toBe(4);
    expect(stderr).toContain('CI');
    expect(sandbox.log.all).toEqual([]);
    const machine = createMachine({ person: 'consents' });
    expect((await machine.runWith({ env: { CI: 'true' } }, 'login', sandbox.url)).code).toBe(0);
    // Nobody needs to be asked now.
    expect(
      (await machine.runWith({ env: { CI: 'true', MCPASS_BROWSER: '' } }, 'login', sandbox.url)).code,
    ).toBe(0);
  });

  test('a callback port in use is named', async () => {
    const sandbox = await startProvider('plain');
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => {
      blocker.once('listening', resolve);
    });
    const { port } = blocker.address() as { port: number };
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url, '--callback-port', String(port));
    const { code, stderr } = await machine.run('login', 'box');
    blocker.close();
    expect(code).toBe(1);
    expect(stderr).toContain(String(port));
    expect(sandbox.log.of('register')).toEqual([]);
  });

  test('Ctrl-C while waiting: one line, exit code 130, nothing stored', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    const running = machine.start({ env: { BROWSER: 'none' } }, 'login', sandbox.url);
    await running.said('Waiting up to');
    running.process.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr.trimEnd()).toMatch(/^Interrupted\.$/m);
    expect((await machine.run('status', sandbox.url)).code).toBe(4);
  });

  test('a termination ends with 143', async () => {
    const sandbox = await startProvider('plain');
    const running = createMachine().start({ env: { BROWSER: 'none' } }, 'login', sandbox.url);
    await running.said('Waiting up to');
    running.process.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
  });
});

describe('after it', () => {
  test('token prints the token alone, fresh, or as a header', async () => {
    const sandbox = await startProvider('plain', { accessTokenSeconds: 1 });
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('login', sandbox.url);
    const first = await machine.run('token', sandbox.url);
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toMatch(/^\S{20,}\n$/);
    expect((await machine.run('token', sandbox.url, '--header')).stdout).toMatch(
      /^Authorization: Bearer \S{20,}\n$/,
    );
    expect((await machine.run('token', sandbox.url, '--json')).json()).toEqual({
      schema: 1,
      token: expect.any(String) as string,
      type: 'Bearer',
      expiresAt: expect.stringMatching(/Z$/) as string,
    });
  });

  test('a refused refresh ends with 4, a server in trouble with 3, an unreachable one with 5, and only the first needs a sign-in', async () => {
    const sandbox = await startProvider('plain', { accessTokenSeconds: 1 });
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url);
    await machine.prepare('login', 'box');
    sandbox.fault('token', { status: 503, retryAfter: 7 }, 10);
    const later = await machine.run('refresh', 'box');
    expect(later.code).toBe(3);
    expect(later.stderr).toContain('the sign-in is kept');
    expect((await machine.run('refresh', 'box', '--json')).error()['code']).toBe('server_error');
    const state = async () => {
      const { servers } = (await machine.run('status', 'box', '--json')).json() as {
        servers: readonly { state: string }[];
      };
      return servers[0]?.state;
    };
    sandbox.fault('token', 'reset', 10);
    const away = await machine.run('refresh', 'box');
    expect(away.code, away.stderr).toBe(5);
    expect(await state()).not.toBe('login_required');
    sandbox.fault('token', 'reset', 0);
    sandbox.revokeGrants();
    const refused = await machine.run('refresh', 'box');
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('run:   mcpass login box');
    // When the access token has ended too.
    await expect.poll(state).toBe('login_required');
  });

  test('logout revokes and deletes, remove logs out first, and both say so', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url);
    await machine.prepare('login', 'box');
    const out = await machine.run('logout', 'box');
    expect([out.code, out.stdout]).toEqual([0, 'Logged out of box: deleted here, revoked at the server\n']);
    expect(sandbox.log.of('revoke')).toHaveLength(2);
    expect((await machine.run('logout', 'box')).stdout).toBe('box: not signed in\n');

    await machine.prepare('login', 'box');
    sandbox.fault('revoke', { status: 500 }, 5);
    const removed = await machine.run('remove', 'box');
    expect(removed.code).toBe(0);
    expect(removed.stdout).toContain('deleted here, not revoked, because that failed');
    expect(removed.stdout).toContain(`Removed box from ${machine.configFile}\n`);
    expect((await machine.run('list', '--json')).json()).toEqual({ schema: 1, servers: [] });
  });

  test('logout --all covers every server and account, and --keep-client keeps the registration', async () => {
    const [one, two] = [await startProvider('plain'), await startProvider('plain')];
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'one', one.url);
    await machine.prepare('login', 'one');
    await machine.prepare('login', 'one', '--account', 'work');
    await machine.prepare('login', two.url);
    expect((await machine.run('status')).stdout.match(/: signed in$/gm)).toHaveLength(3);
    const all = await machine.run('logout', '--all', '--keep-client', '--json');
    expect(all.code).toBe(0);
    const { servers } = all.json() as { servers: readonly object[] };
    expect(servers).toHaveLength(3);
    expect((await machine.run('status', 'one')).code).toBe(4);
    await machine.prepare('login', 'one');
    expect(one.log.of('register')).toHaveLength(2);
  });

  test('credentials are readable only by their owner, and nothing prints them', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url);
    const login = await machine.run('login', 'box', '-vv');
    const token = (await machine.run('token', 'box')).stdout.trim();
    const shown = await Promise.all(
      [
        ['status', '--json'],
        ['status', '-vv'],
        ['list', '--json'],
        ['get', 'box', '--json'],
        ['tools', 'box', '--debug'],
      ].map((words) => machine.run(...words)),
    );
    for (const { stdout, stderr } of [login, ...shown]) expect(stdout + stderr).not.toContain(token);
    const directory = join(machine.home, 'data', 'credentials');
    if (process.platform !== 'win32') {
      expect(statSync(directory).mode & 0o777).toBe(0o700);
      for (const name of readdirSync(directory))
        expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    }
    expect(readFileSync(machine.configFile, 'utf8')).not.toContain(token);
  });
});

describe('login without a server', () => {
  const TWO = `[mcp_servers.first]
url = "https://first.example/mcp"
[mcp_servers.off]
url = "https://off.example/mcp"
enabled = false
[mcp_servers.keyed]
url = "https://keyed.example/mcp"
auth = "none"
`;

  test('names what there is where nobody can choose, and ends with 2', async () => {
    const machine = createMachine();
    machine.writeConfig(`${TWO}[mcp_servers.second]\nurl = "https://second.example/mcp"\n`);
    const { code, stdout, stderr } = await machine.run('login');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('error: login needs SERVER: first, second.\n');
    expect((await machine.run('login', '--json')).error()).toMatchObject({
      code: 'usage',
      message: 'login needs SERVER: first, second.',
    });
  });

  test.skipIf(!hasTerminal)(
    'is a choice on a terminal: by number or name, asked again, with a way back',
    async () => {
      const sandbox = await startProvider('plain');
      const machine = createMachine({ person: 'consents' });
      machine.writeConfig(`${TWO}[mcp_servers.box]\nurl = "${sandbox.url}"\n`);
      const question = 'Number or name (1-2): ';
      const signedIn = await atTerminal(
        machine,
        ['login'],
        [
          [question, '3'],
          [question, 'bxo'],
          [question, ' 2 '],
        ],
      );
      expect(signedIn).toContain('1  first  https://first.example/mcp');
      expect(signedIn).not.toMatch(/off\.example|keyed\.example/);
      expect(signedIn).toContain('There is no "3" in the list.');
      expect(signedIn).toContain('There is no "bxo" in the list. Did you mean box?');
      expect(signedIn).toMatch(/Signed in\S* to box/);
      expect(await atTerminal(machine, ['login'], [[question, 'box']])).toMatch(
        /Already signed in\S* to box/,
      );
      expect(await atTerminal(machine, ['login'], [[question, '']])).toContain(
        'login needs SERVER: first, box.',
      );
      expect(await atTerminal(machine, ['login'], [[question, '\u0003']])).not.toContain('error:');
      expect(await atTerminal(machine, ['login', '--no-input'], [])).toContain(
        'login needs SERVER: first, box.',
      );
    },
  );
});

describe('login with a client of your own', () => {
  test('writes it on success only: for a URL a block of its own, for a name in place of the one before', async () => {
    const sandbox = await startProvider('pre-registered');
    const machine = createMachine({ person: 'consents' });
    const secret = ['--client-secret-env', 'BOX_SECRET'];
    const refused = await machine.runWith(
      { env: { BOX_SECRET: 'wrong' } },
      'login',
      sandbox.url,
      '--client-id',
      'sandbox-client',
      ...secret,
    );
    expect(refused.code).not.toBe(0);
    expect(existsSync(machine.configFile)).toBe(false);

    const env = { BOX_SECRET: 'sandbox-secret' };
    const login = await machine.runWith(
      { env },
      'login',
      sandbox.url,
      '--client-id',
      'sandbox-client',
      ...secret,
    );
    expect(login.code, login.stderr).toBe(0);
    const name = /^Signed in to (\S+)$/m.exec(login.stdout)?.[1] ?? '';
    expect(readFileSync(machine.configFile, 'utf8')).toBe(
      `[mcp_servers.${name}]\nurl = "${sandbox.url}"\noauth.client_id = "sandbox-client"\noauth.client_secret_env = "BOX_SECRET"\n`,
    );
    expect((await machine.runWith({ env }, 'status', name)).stdout).toContain('signed in');

    machine.writeConfig(
      `# mine\n[mcp_servers.box]\nurl = "${sandbox.url}"\noauth.client_id = "old"\noauth.client_secret_env = "OLD"\nscopes = ["mcp:read"] # few\n\n[other]\na = 1\n`,
    );
    const piped = await machine.runWith(
      { stdin: 'sandbox-secret\n' },
      'login',
      'box',
      '--client-id',
      'sandbox-client',
      '--client-secret-stdin',
      '--force',
    );
    expect(piped.code, piped.stderr).toBe(0);
    const kept = /client_secret_file = "([^"]+)"/.exec(readFileSync(machine.configFile, 'utf8'))?.[1] ?? '';
    expect(readFileSync(machine.configFile, 'utf8')).toBe(
      `# mine\n[mcp_servers.box]\nurl = "${sandbox.url}"\nscopes = ["mcp:read"] # few\noauth.client_id = "sandbox-client"\noauth.client_secret_file = "${kept}"\n\n[other]\na = 1\n`,
    );
    expect(readFileSync(kept, 'utf8')).toBe('sandbox-secret\n');
    expect(piped.stderr + piped.stdout).not.toContain('sandbox-secret');
    expect((await machine.run('refresh', 'box')).code).toBe(0);
  });

  test.skipIf(!hasTerminal)('asks for it on a terminal where one is needed, the secret hidden', async () => {
    const sandbox = await startProvider('pre-registered');
    const machine = createMachine({ person: 'consents' });
    const login = ['login', sandbox.url];
    const [id, secret] = ['Client id (nothing ends this): ', 'nothing if it has none): '];
    const left = await atTerminal(machine, login, [[id, '']]);
    expect(left).toContain('redirect URI to register:  http://127.0.0.1/callback');
    const typed = await atTerminal(machine, login, [
      [id, ' sandbox-client '],
      [secret, 'sandbox-secret'],
    ]);
    expect(typed).toContain('http://127.0.0.1/callback (any port');
    expect(typed).toMatch(/Signed in\S* to /);
    expect(typed).not.toContain('sandbox-secret');
    const quiet = await atTerminal(machine, ['login', sandbox.url, '--no-input', '--account', 'b'], []);
    expect(quiet).not.toContain('Client id (');
  });
});

describe('login --with-token', () => {
  test('keeps a token, or an answer that renews itself, of a sign-in that was made elsewhere', async () => {
    const sandbox = await startProvider('pre-registered');
    const env = { BOX_SECRET: 'sandbox-secret' };
    const own = 'oauth.client_id = "sandbox-client"\noauth.client_secret_env = "BOX_SECRET"\n';
    const config = `[mcp_servers.box]\nurl = "${sandbox.url}"\n${own}`;
    const elsewhere = createMachine({ person: 'consents' });
    elsewhere.writeConfig(config);
    await elsewhere.prepareWith({ env }, 'login', 'box');
    const token = (await elsewhere.runWith({ env }, 'token', 'box')).stdout;
    const refresh = /"refresh":\s*"([^"]+)"/.exec(storedText(elsewhere.home))?.[1] ?? '';
    const answer = { access_token: token.trim(), refresh_token: refresh, expires_in: 60, scope: 'mcp:read' };

    const machine = createMachine();
    const bare = await machine.runWith({ stdin: token }, 'login', sandbox.url, '--with-token');
    expect(bare.code, bare.stderr).toBe(0);
    expect((await machine.run('token', sandbox.url)).stdout).toBe(token);
    expect((await machine.run('refresh', sandbox.url)).code).toBe(4);
    const out = await machine.run('logout', sandbox.url);
    expect([out.code, out.stdout + out.stderr]).toEqual([
      0,
      expect.stringContaining('nobody knows its client'),
    ]);
    const needy = await machine.runWith(
      { stdin: JSON.stringify(answer) },
      'login',
      sandbox.url,
      '--with-token',
    );
    expect([needy.code, needy.stderr]).toEqual([2, expect.stringContaining('only to the client')]);

    machine.writeConfig(config);
    const whole = await machine.runWith(
      { env, stdin: JSON.stringify(answer) },
      'login',
      'box',
      '--with-token',
      '--json',
    );
    expect(whole.code, whole.stderr).toBe(0);
    expect(whole.json()).toMatchObject({
      server: {
        state: 'signed_in',
        renewable: true,
        issuer: sandbox.issuer,
        scopes: { granted: ['mcp:read'] },
      },
    });
    const renewed = await machine.runWith({ env }, 'refresh', 'box');
    expect(renewed.code, renewed.stderr).toBe(0);
    expect(tokenRequests(sandbox, 'refresh_token')).toHaveLength(1);
    for (const stdin of ['', ' \n', 'two words', '{"error":"invalid_grant"}', '{"token_type":"Bearer"}']) {
      const refused = await machine.runWith({ env, stdin }, 'login', 'box', '--with-token');
      expect([stdin, refused.code, refused.stdout]).toEqual([stdin, 2, '']);
    }
    for (const { stdout, stderr } of [bare, needy, whole])
      expect(stdout + stderr).not.toContain(token.trim());
  });
});

function storedText(home: string): string {
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}
