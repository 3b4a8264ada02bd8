import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { Secret } from '@mcpass/auth';
import { openStore } from '@mcpass/node/stores';
import { sealExport } from '@mcpass/node/transfer';
import { describe, expect, test } from 'vitest';
import { createMachine, type Machine } from './harness/command.js';
import { startHost } from './harness/host.js';
import { registeredScopes, startProvider } from './harness/provider.js';

/* What a new user stumbled over. */

const REGISTERED = 'sandbox-client';

async function signInTwice(machine: Machine, url: string): Promise<void> {
  await machine.prepare('add', 'box', url);
  await machine.prepare('login', 'box');
  await machine.prepare('login', 'box', '--account', 'work');
}

describe('a server that is switched off', () => {
  test('is refused before anything is asked, and shown as disabled', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    machine.writeConfig(`[mcp_servers.box]\nurl = "${sandbox.url}"\nenabled = false\n`);
    for (const words of [
      ['login', 'box'],
      ['tools', 'box'],
      ['token', 'box'],
      ['tools', sandbox.url],
    ]) {
      const { code, stderr } = await machine.run(...words);
      expect(code, stderr).toBe(2);
      expect(stderr).toContain(`enabled = false (${machine.configFile}:3)`);
      expect(stderr).toContain('-c enabled=true');
    }
    expect(sandbox.log.all).toEqual([]);
    expect((await machine.run('list')).stdout).toBe(`box\tdisabled\t\t\t${sandbox.url}\n`);
    const status = await machine.run('status', '--json');
    expect(status.code).toBe(0);
    expect(status.json()).toMatchObject({ servers: [{ name: 'box', enabled: false }] });
    expect((await machine.run('status', 'box', '--online')).stdout).toContain('box: disabled');
    await machine.prepare('login', 'box', '-c', 'enabled=true');
    expect((await machine.run('logout', 'box')).code).toBe(0);
  });
});

describe('several accounts, several names', () => {
  test.each([
    ['bearer_token_env_var = "TOKEN"', {}],
    ['http_headers = { authorization = "Basic YTpi" }', {}],
    ['env_http_headers = { Authorization = "BASIC" }', { BASIC: 'Basic YTpi' }],
    ['auth = "bearer"', {}],
    ['auth = "none"', {}],
  ])('login by URL means the name that signs in, not the one with %s', async (line, env) => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    const entry = `url = "${sandbox.url}"`;
    machine.writeConfig(
      `[mcp_servers.fixed]\n${entry}\n${line}\n[mcp_servers.mine]\n${entry}\nscopes = ["mcp:read"]\n`,
    );
    await machine.prepareWith({ env }, 'login', sandbox.url);
    // With the settings of that name.
    expect(registeredScopes(sandbox)).toEqual(['mcp:read']);
    const status = await machine.runWith({ env }, 'status', '--json');
    expect(status.json()).toMatchObject({
      servers: [{ name: 'fixed' }, { name: 'mine', auth: 'oauth', state: 'signed_in' }],
    });
  });

  test('a header whose variable is not set does not stand for a sign-in', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    machine.writeConfig(
      `[mcp_servers.box]\nurl = "${sandbox.url}"\nenv_http_headers = { Authorization = "UNSET" }\n`,
    );
    await machine.prepare('login', sandbox.url);
  });

  test('remove logs out every account', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await signInTwice(machine, sandbox.url);
    const { code, stdout } = await machine.run('remove', 'box');
    expect(code).toBe(0);
    expect(stdout).toContain('Logged out of box:');
    expect(stdout).toContain('Logged out of box (work):');
    expect((await machine.run('list', '--json')).json()).toEqual({ schema: 1, servers: [] });
  });

  test('logout says who remains signed in', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await signInTwice(machine, sandbox.url);
    const { stderr } = await machine.run('logout', 'box');
    expect(stderr).toContain('Still signed in as "work":  mcpass logout box --account work');
    expect((await machine.run('logout', 'box', '--json')).json()).toMatchObject({
      servers: [{ name: 'box', stillSignedIn: ['work'] }],
    });
    const own = await machine.run('logout', 'box', '--account', 'work', '--json');
    expect(own.json()).toMatchObject({ servers: [{ account: 'work', deleted: true }] });
  });

  test('a label with control characters is refused, and one that is there is shown without them', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    const label = 'we\u001b[31mird\nx';
    for (const [env, words] of [
      [{}, ['--account', label]],
      // Seen as the label `work`, and not it.
      [{}, ['--account', 'wo\u200brk']],
      [{ MCPASS_ACCOUNT: label }, []],
    ] as const) {
      const refused = await machine.runWith({ env }, 'login', sandbox.url, ...words);
      const place = words.length === 0 ? 'MCPASS_ACCOUNT' : '--account';
      expect([refused.code, refused.stderr]).toEqual([
        2,
        expect.stringContaining(`${place} must be a label without invisible or control characters`),
      ]);
      expect(refused.stderr).not.toContain('\u001b');
    }
    expect(sandbox.log.of('authorize')).toEqual([]);

    // As an older version left it.
    await machine.prepare('login', sandbox.url);
    const store = openStore({ choice: 'plain', paths: { data: join(machine.home, 'data') }, env: {} });
    const [record] = await store.list();
    if (record === undefined) throw new Error('nothing is stored');
    const older = { ...record, account: label };
    await store.update(older, () => Promise.resolve(older));
    await store.take(record, () => Promise.resolve(undefined));

    const stdin = await sealExport(older, new Secret('correct horse'));
    const take = (...words: string[]) =>
      createMachine().runWith(
        { env: { MCPASS_PASSPHRASE: 'correct horse' }, stdin },
        'credential',
        'import',
        '-',
        ...words,
      );
    expect(await take()).toMatchObject({ code: 2, stdout: '' });
    expect((await take('--account', 'home')).code).toBe(0);

    const token = await machine.run('token', sandbox.url);
    expect(token.stderr).toContain("There is one with --account 'we [31mird x'.");
    const logout = await machine.run('logout', sandbox.url);
    expect(logout.stderr).toContain(`mcpass logout ${sandbox.url} --account 'we [31mird x'\n`);
    expect(token.stderr + logout.stderr).not.toContain('\u001b');
  });

  test('remove keeps the sign-in that another name uses', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'a', sandbox.url);
    await machine.prepare('add', 'b', sandbox.url);
    await machine.prepare('login', 'a');
    const { stderr, stdout } = await machine.run('remove', 'b');
    expect(stdout).not.toContain('Logged out');
    expect(stderr).toContain('The sign-in stays: a uses the same server.');
    expect((await machine.run('tools', 'a')).code).toBe(0);
    await machine.prepare('add', 'b', sandbox.url);
    expect((await machine.run('remove', 'b', '--json')).json()).toMatchObject({ signInKeptFor: ['a'] });
  });

  test('a bearer token is not shown with the sign-in of another name, and a URL finds the one that signs in', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'b', sandbox.url, '--bearer-token-env-var', 'TOKEN');
    const refused = await machine.run('login', sandbox.url);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`b (${machine.configFile}:`);
    await machine.prepare('add', 'j', sandbox.url);
    expect((await machine.run('login', sandbox.url)).stdout).toContain('Signed in to j');
    await machine.prepare('login', 'j', '--account', 'work');
    const { servers } = (await machine.run('status', 'b', '--json')).json() as { servers: object[] };
    expect(servers).toEqual([{ name: 'b', url: sandbox.url, auth: 'bearer', state: 'bearer' }]);
  });

  test('logout --all finds a sign-in behind an entry that does without one', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('login', sandbox.url);
    await machine.prepare('add', 'b', sandbox.url, '--bearer-token-env-var', 'TOKEN');
    const { servers } = (await machine.run('list', '--json')).json() as { servers: object[] };
    expect(servers).toMatchObject([
      { name: 'b', state: 'bearer' },
      { url: sandbox.url, state: 'signed_in' },
    ]);
    expect((await machine.run('logout', '--all')).stdout).toContain('revoked at the server');
    expect((await machine.run('list', '--json')).json()).toMatchObject({ servers: [{ name: 'b' }] });
  });

  test('the account is kept in what is to be run, and named while signing in', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    const { stderr } = await machine.run('login', sandbox.url, '--account', 'work');
    expect(stderr).toContain(`Sign in to ${sandbox.url} as "work"\n`);
    expect(stderr).toContain(`Try:  mcpass tools ${sandbox.url} --account work`);
    const unknown = await machine.run('call', sandbox.url, 'ech', '--account', 'work');
    expect(unknown.stderr).toContain(`mcpass tools ${sandbox.url} --account work lists them`);
    const begun = await machine.run('login', sandbox.url, '--no-wait', '--account', 'home', '--json');
    expect(begun.json()).toMatchObject({ next: `mcpass login ${sandbox.url} --resume --account home` });
    const status = await machine.run('status', sandbox.url, '--account', 'home');
    expect(status.stdout).toContain(`run:  mcpass login ${sandbox.url} --resume --account home`);
  });
});

describe('a command to run', () => {
  test('repeats the options without which it would mean another server', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    const file = join(machine.home, '..', 'my servers.toml');
    writeFileSync(file, '');
    const own = ['--config', file];
    const shown = ` --config '${file}'`;
    expect((await machine.run('list', ...own)).stderr).toContain(`Try:  mcpass add NAME URL${shown}\n`);
    const added = await machine.run('add', 'box', sandbox.url, ...own);
    expect(added.stderr).toContain(`Try:  mcpass login box${shown}\n`);

    const key = ['-c', 'scopes=["mcp:tools"]'];
    const all = `${shown} -c 'scopes=["mcp:tools"]'`;
    const tools = await machine.run('tools', 'box', ...own, ...key);
    expect(tools.stderr).toContain(`run:   mcpass login box${all}\n`);
    expect((await machine.run('token', 'box', ...own, '--json')).error()['hint']).toBe(
      `mcpass login box${shown}`,
    );
    const status = await machine.run('status', 'box', ...own, ...key);
    expect(status.stdout).toContain(`run:  mcpass login box${all}\n`);
    const host = await startHost(machine, 'box', '--config', join('..', basename(file)));
    expect(await host.tool('echo')).toContain(`mcpass login box${shown}`);
    await host.leave();

    const login = await machine.run('login', 'box', ...own, ...key);
    expect(login.stderr).toContain(`Try:  mcpass tools box${all}\n`);
    const again = await machine.run('login', 'box', ...own, ...key);
    expect(again.stderr).toContain(`mcpass login box --force${all}\n`);
    const call = await machine.run('call', 'box', 'ech', ...own);
    expect(call.stderr).toContain(`mcpass tools box${shown} lists them`);
    const begun = await machine.run('login', 'box', '--account', 'a', '--no-wait', '--json', ...own);
    expect(begun.json()).toMatchObject({ next: `mcpass login box --resume --account a${shown}` });
    const unknown = await machine.run('get', 'bix', ...own);
    expect(unknown.stderr).toContain(`do:    mcpass list${shown} shows the servers`);
  });

  test('has no value of a header in it, in the answer to a host neither', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    await machine.prepare('add', 'box', sandbox.url);
    const given = [
      '-c',
      'http_headers.X-Key=s3cret',
      '-c',
      `mcp_servers.box={http_headers={X-Key="s3cret"}}`,
    ];
    const next = 'mcpass login box -c http_headers.X-Key=VALUE -c mcp_servers.box=VALUE';
    const tools = await machine.run('tools', 'box', ...given);
    expect(tools.stderr).toContain(`run:   ${next}\n`);
    const host = await startHost(machine, 'box', ...given);
    const answer = await host.tool('echo');
    expect(answer).toContain(next);
    expect(tools.stderr + answer).not.toContain('s3cret');
    await host.leave();
    const named = await machine.run('tools', 'box', '-c', 'env_http_headers.X-Key=BOX_KEY');
    expect(named.stderr).toContain('-c env_http_headers.X-Key=BOX_KEY\n');
  });

  test('finishes a sign-in that was begun, whoever asks for it', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    await machine.run('login', sandbox.url, '--no-wait');
    const resume = `run:   mcpass login ${sandbox.url} --resume\n`;
    for (const command of ['token', 'tools', 'refresh']) {
      const { code, stderr } = await machine.run(command, sandbox.url);
      expect([code, stderr], command).toEqual([4, expect.stringContaining(resume)]);
    }
    expect((await machine.run('token', sandbox.url, '--json')).error()['hint']).toBe(
      `mcpass login ${sandbox.url} --resume`,
    );
    const other = await machine.run('token', sandbox.url, '--account', 'b');
    expect(other.stderr).toContain(`run:   mcpass login ${sandbox.url} --account b\n`);
  });
});

describe('a configured client', () => {
  test('that is still to be made: which redirect URI to register is said for every setting, and the line to add', async () => {
    const sandbox = await startProvider('pre-registered');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url);
    const { code, stderr } = await machine.run('login', 'box');
    expect(code).toBe(2);
    const lines = stderr.trimEnd().split('\n');
    // Where credentials would be kept is told before.
    expect(lines.filter((line) => !line.startsWith('warning: '))).toEqual([
      expect.stringContaining('registers no clients by itself.'),
      '  redirect URI to register:  http://127.0.0.1/callback (any port; if the provider wants one, set oauth.callback_port)',
      expect.stringContaining('  add:   oauth.client_id = "'),
      expect.stringContaining('  see:   '),
    ]);
    for (const [setting, uri] of [
      ['oauth.callback_port=8765', 'http://127.0.0.1:8765/callback'],
      ['oauth.callback_host="localhost"', 'http://localhost/callback (any port;'],
      ['oauth.callback_path="/back"', 'http://127.0.0.1/back (any port;'],
      ['oauth.callback_url="https://me.example/back"', 'https://me.example/back;'],
    ] as const) {
      const { hint } = (
        await machine.run('login', 'box', '--json', '-c', `mcp_servers.box.${setting}`)
      ).error();
      expect(hint).toContain(`redirect URI to register: ${uri}`);
    }
    const byUrl = await machine.run('login', sandbox.url);
    expect(byUrl.stderr).toContain('redirect URI to register:  http://127.0.0.1/callback (any port;');
    expect(byUrl.stderr).toContain('  run:   mcpass add NAME ');
    expect(sandbox.log.of('authorize')).toEqual([]);
  });

  test('without its secret it is told where a secret goes, whenever it is asked', async () => {
    const sandbox = await startProvider('pre-registered');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url, '--client-id', REGISTERED);
    const { stderr } = await machine.run('login', 'box', '--json');
    const error = (JSON.parse(stderr.slice(stderr.indexOf('{"schema"'))) as { error: Record<string, string> })
      .error;
    expect(error).toMatchObject({ code: 'client_rejected', fault: 'yours' });
    expect(error['hint']).toContain('oauth.client_secret_env');
    expect(error['hint']).not.toContain('--force');
  });

  test('a secret that is not there is missed before anybody is asked', async () => {
    const sandbox = await startProvider('pre-registered');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare(
      'add',
      'box',
      sandbox.url,
      '--client-id',
      REGISTERED,
      '--client-secret-env',
      'NOT_SET',
    );
    const { code, stderr } = await machine.run('login', 'box');
    expect(code).toBe(2);
    expect(stderr).toContain('do:    set the variable NOT_SET, then run the command again');
    expect(sandbox.log.of('authorize')).toEqual([]);
    expect((await machine.runWith({ env: { NOT_SET: 'sandbox-secret' } }, 'login', 'box')).code).toBe(0);
  });

  test('a wrong secret does not end a sign-in: with the right one it renews again', async () => {
    const sandbox = await startProvider('pre-registered');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare(
      'add',
      'box',
      sandbox.url,
      '--client-id',
      REGISTERED,
      '--client-secret-env',
      'SECRET',
    );
    const right = { env: { SECRET: 'sandbox-secret' } };
    await machine.runWith(right, 'login', 'box');
    const wrong = await machine.runWith({ env: { SECRET: 'nonsense' } }, 'refresh', 'box', '--json');
    expect(wrong.error()).toMatchObject({ code: 'client_rejected', fault: 'yours' });
    expect(wrong.error()['hint']).toBe('check oauth.client_id and the secret in the variable SECRET');
    expect((await machine.runWith(right, 'refresh', 'box')).code).toBe(0);
  });

  test('a bearer token that is not there is told the same way', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    const added = await machine.run('add', 'b', sandbox.url, '--bearer-token-env-var', 'NO_TOKEN');
    expect(added.stderr).toContain('Try:  mcpass tools b');
    const { code, stderr } = await machine.run('tools', 'b');
    expect(code).toBe(2);
    expect(stderr).toContain('do:    set the variable NO_TOKEN, then run the command again');
    // One that is there and wrong is named as well, by what is refused here and by what the server refuses.
    for (const [value, words] of [
      ['to ken', 'what is in the variable NO_TOKEN has characters that no token in a header may have'],
      ['wrong', 'refuses the token that is configured for it (in the variable NO_TOKEN).'],
    ] as const) {
      const wrong = await machine.runWith({ env: { NO_TOKEN: value } }, 'tools', 'b');
      expect(wrong.stderr).toContain(words);
    }
    machine.writeConfig(
      `[mcp_servers.h]\nurl = "${sandbox.url}"\nenv_http_headers = { authorization = "MY_HEADER" }\n`,
    );
    for (const [value, words] of [
      ['wr\u2019ng', 'what is in the variable MY_HEADER has characters that no header may have'],
      [
        'Bearer wrong',
        'refuses the header "Authorization" that is configured for it (in the variable MY_HEADER).',
      ],
      // What is only blank is no value.
      [' ', 'the variable MY_HEADER is not set, so authorization is not sent'],
    ] as const) {
      const wrong = await machine.runWith({ env: { MY_HEADER: value } }, 'tools', 'h');
      expect(wrong.stderr).toContain(words);
    }
  });

  test('where none can be registered, a URL gets the command that adds one', async () => {
    const sandbox = await startProvider('pre-registered');
    const machine = createMachine({ person: 'consents' });
    const { code, stderr } = await machine.run('login', sandbox.url);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `run:   mcpass add NAME ${sandbox.url} --client-id ID --client-secret-env VARIABLE`,
    );
    const documents = await startProvider('cimd');
    expect((await machine.run('login', documents.url)).stderr).toContain('oauth.client_metadata_url');
  });
});

describe('answers for programs', () => {
  test('add --login --json is one document', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    const { stdout } = await machine.run('add', 'box', sandbox.url, '--login', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      replaced: false,
      file: machine.configFile,
      fresh: true,
      server: { name: 'box', state: 'signed_in' },
    });
  });

  test('login, refresh and status answer with the same members', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    const login = (await machine.run('login', sandbox.url, '--json')).json() as { server: object };
    expect(login.server).toMatchObject({
      client: { origin: 'registered' },
      storeLocation: expect.any(String),
    });
    const refresh = (await machine.run('refresh', sandbox.url, '--json')).json() as { server: object };
    const status = (await machine.run('status', sandbox.url, '--json')).json() as { servers: object[] };
    expect(Object.keys(status.servers[0] ?? {})).toEqual(Object.keys(refresh.server));
    expect(Object.keys(refresh.server)).toEqual([...Object.keys(login.server), 'lastRefresh']);
  });

  test("the sandbox's errors are like all others", async () => {
    const machine = createMachine();
    const text = await machine.run('sandbox', 'fastmial');
    expect([text.code, text.stdout]).toEqual([2, '']);
    expect(text.stderr).toMatch(/^error: Unknown profile fastmial; did you mean fastmail\?\n/);
    expect((await machine.run('sandbox', 'fastmial', '--json')).error()).toMatchObject({
      code: 'usage',
      fault: 'yours',
    });
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => {
      blocker.once('listening', resolve);
    });
    const { port } = blocker.address() as { port: number };
    const busy = await machine.run('sandbox', '--port', String(port), '--json');
    blocker.close();
    expect(busy.code).toBe(1);
    expect(busy.error()).toMatchObject({ code: 'port_in_use' });
  });
});

describe('a sign-in in two steps', () => {
  test('says what to run, status knows that it was begun, and a pipe with nothing usable ends it', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    const begun = await machine.run('login', sandbox.url, '--no-wait');
    expect(begun.stderr).toMatch(
      /Open this address before \S+\. Then run\n {2}mcpass login \S+ --resume\nand paste/,
    );
    const status = await machine.run('status', sandbox.url, '--json');
    expect(status.json()).toMatchObject({
      servers: [
        { state: 'not_signed_in', pending: true, pendingUntil: expect.stringMatching(/Z$/) as string },
      ],
    });
    expect((await machine.run('list')).stdout).toContain('sign-in begun');
    const resumed = await machine.runWith({ stdin: 'nonsense\n' }, 'login', sandbox.url, '--resume');
    expect(resumed.code).toBe(4);
    expect(resumed.stderr).not.toContain('it is not shown');
    expect(resumed.stderr).toContain('Standard input has ended');
  });
});

describe('what was called wrongly', () => {
  test('arguments: what is missing, and how a number is written', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url, '--login');
    const text = await machine.run('call', 'box', 'add', 'a=1', 'b:=2');
    expect(text.code).toBe(3);
    expect(text.stderr).toContain('a takes number, so write a:=1; mcpass tools box shows its arguments');
    expect((await machine.run('call', 'box', 'add', 'a:=1')).stderr).toContain('b is missing');
    const typed = await machine.run('call', 'box', 'echo', 'text:=5');
    expect(typed.stderr).toContain('text takes string, so write text=5; mcpass tools box');
    const prompt = await machine.run('prompt', 'box', 'nosuch');
    expect([prompt.code, prompt.stderr]).toEqual([
      3,
      expect.stringContaining('mcpass prompts box lists them'),
    ]);
    expect((await machine.run('prompt', 'box', 'nosuch', '--json')).error()).toMatchObject({
      fault: 'yours',
    });
    const resource = await machine.run('read', 'box', 'nosuch://x');
    expect([resource.code, resource.stderr]).toEqual([
      3,
      expect.stringContaining('mcpass resources box lists them'),
    ]);
  });

  test('a password in an address is not repeated', async () => {
    const machine = createMachine();
    for (const words of [
      ['add', 'k', 'http://user:hunter2@host.example/mcp'],
      ['add', 'http://user:hunter2@host.example/mcp', 'k'],
      ['login', 'https://user:hunter2@host.example/mcp'],
    ]) {
      const { code, stdout, stderr } = await machine.run(...words);
      expect(code).toBe(2);
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });

  test('small things', async () => {
    const machine = createMachine();
    const trace = await machine.run('list', '--trace', '/nonexistent/dir/trace.jsonl');
    expect([trace.code, trace.stderr]).toEqual([2, expect.stringContaining('there is no such directory')]);
    expect((await machine.run('help', 'nosuch')).stderr).toMatch(/see: {3}mcpass help\n/);
    const explain = await machine.run('config', 'explain', 'scopes');
    expect(explain.stderr).toContain('mcp_servers.NAME.scopes');
    const places = (await machine.run('config', 'path')).stdout;
    for (const place of ['config', 'data', 'state', 'cache']) {
      expect(places).toMatch(new RegExp(`^${place} +/`, 'm'));
    }
  });

  test('a browser that cannot be started is named', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    const { stderr } = await machine.runWith(
      { env: { MCPASS_BROWSER: '/no/such/browser' } },
      'login',
      sandbox.url,
      '--timeout',
      '1',
    );
    expect(stderr).toContain('MCPASS_BROWSER ("/no/such/browser") could not be started.');
    const order = stderr.slice(stderr.indexOf('error:'));
    expect(order).toContain('run:');
  });
});
