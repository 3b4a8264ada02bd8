import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMachine, type Machine } from './harness/command.js';

const LINEAR = '# mine\n[mcp_servers.linear] # work\nurl = "https://mcp.linear.app/mcp"\n';

function configOf({ configFile }: Machine): string {
  return readFileSync(configFile, 'utf8');
}

describe('add', () => {
  test('writes a block that the other commands read', async () => {
    const machine = createMachine();
    const { code, stdout, stderr } = await machine.run('add', 'linear', 'https://mcp.linear.app/mcp');
    expect([code, stdout]).toEqual([0, 'Added linear: https://mcp.linear.app/mcp\n']);
    expect(stderr).toContain(`written to ${machine.configFile}`);
    expect(stderr).toContain('Try:  mcpass login linear');
    expect(configOf(machine)).toBe('[mcp_servers.linear]\nurl = "https://mcp.linear.app/mcp"\n');
    const { stdout: list } = await machine.run('list');
    expect(list).toBe('linear\tnot signed in\t\t\thttps://mcp.linear.app/mcp\n');
  });

  test('takes every key that it has an option for', async () => {
    const machine = createMachine();
    const { code, stderr } = await machine.run(
      'add',
      'crm',
      '--url',
      'https://crm.example/mcp?team=1',
      '--scopes',
      'a,b',
      '--scopes',
      'c',
      '--resource',
      'https://crm.example/',
      '--client-id',
      'abc',
      '--client-secret-env',
      'CRM_SECRET',
      '--header',
      'X-Team: blue',
      '--callback-port',
      '8710',
    );
    expect(code, stderr).toBe(0);
    const { stdout } = await machine.run('get', 'crm', '--json');
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      server: {
        name: 'crm',
        url: 'https://crm.example/mcp?team=1',
        scopes: ['a', 'b', 'c'],
        oauthResource: 'https://crm.example/',
        oauth: { clientId: 'abc', clientSecretEnv: 'CRM_SECRET', callbackPort: 8710 },
        httpHeaders: { 'X-Team': expect.not.stringContaining('blue') as string },
      },
    });
  });

  test('leaves every other byte alone', async () => {
    const machine = createMachine();
    machine.writeConfig(`${LINEAR}\n[other]\nkey = 1 # not ours\n`);
    await machine.prepare('add', 'notion', 'https://mcp.notion.com/mcp');
    expect(configOf(machine)).toMatch(
      new RegExp(`^${LINEAR.replace(/[[\]().?]/g, String.raw`\$&`)}\n\\[other\\]\nkey = 1 # not ours\n`),
    );
    await machine.run('remove', 'notion');
    expect(configOf(machine).trimEnd()).toBe(`${LINEAR}\n[other]\nkey = 1 # not ours`);
  });

  test('keeps a secret from standard input in a file of its own, and nowhere else', async () => {
    const machine = createMachine();
    const { code, stdout, stderr } = await machine.runWith(
      { stdin: 'hunter2-hunter2\n' },
      'add',
      'crm',
      'https://crm.example/mcp',
      '--client-id',
      'abc',
      '--client-secret-stdin',
    );
    expect(code, stderr).toBe(0);
    const file = /client_secret_file = "([^"]+)"/.exec(configOf(machine))?.[1] ?? '';
    expect(readFileSync(file, 'utf8').trimEnd()).toBe('hunter2-hunter2');
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    const { stdout: got } = await machine.run('get', 'crm', '--json');
    for (const text of [stdout, stderr, configOf(machine), got]) expect(text).not.toContain('hunter2');
    expect((await machine.run('remove', 'crm')).code).toBe(0);
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    [['add', 'a b', 'https://a.example'], 'usage', '"a b" cannot be a name: it takes 1 to 64 letters'],
    [['add', 'a'.repeat(65), 'https://a.example'], 'usage', 'cannot be a name: it takes 1 to 64 letters'],
    [['add', '.a', 'https://a.example'], 'usage', '".a" cannot be a name: it takes 1 to 64 letters'],
    [['add', 'none', 'https://a.example'], 'usage', '"none" cannot be a name: it has a meaning of its own'],
    [
      ['add', 'a', 'https://a.example', '--resource', 'no uri'],
      'usage',
      'add: oauth_resource must be an absolute URI',
    ],
    [['add', 'https://a.example', 'a'], 'usage', 'The name comes first, then the URL.'],
    [['add', 'a', 'ftp://a.example'], 'url_invalid', '"ftp://a.example" is not an http or https URL.'],
    [['add', 'a', 'nonsense'], 'url_invalid', '"nonsense" is not a URL.'],
    [['add', 'a', 'https://ada:pw@a.example'], 'url_invalid', 'has a user name or password in it.'],
    [['add', 'a'], 'usage', 'add needs the URL of the server.'],
    [
      ['add', 'a', 'https://a.example', '--header', 'Authorization: Bearer x'],
      'usage',
      'Authorization is a secret',
    ],
    [['add', 'a', 'https://a.example', '--header', 'no colon'], 'usage', '"no colon" is not a header'],
    [['add', 'a', 'https://a.example', '--client-secret-env', 'X'], 'usage', '--client-id'],
    [
      ['add', 'a', 'https://a.example', '--callback-port', '70000'],
      'usage',
      '--callback-port takes a whole number',
    ],
  ])('%j is refused and writes nothing', async (words, code, message) => {
    const machine = createMachine();
    const ended = await machine.run(...words, '--json');
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.error()).toMatchObject({
      code,
      step: 'config',
      fault: 'yours',
      message: expect.stringContaining(message) as string,
    });
    expect(existsSync(machine.configFile)).toBe(false);
  });

  test('refuses a name in use without --force', async () => {
    const machine = createMachine();
    machine.writeConfig(LINEAR);
    const refused = await machine.run('add', 'linear', 'https://other.example/mcp');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('There is a server "linear" already: https://mcp.linear.app/mcp');
    expect(refused.stderr).toContain('--force');
    expect(configOf(machine)).toBe(LINEAR);
    const forced = await machine.run('add', 'linear', 'https://other.example/mcp', '--force');
    expect([forced.code, forced.stdout]).toEqual([0, 'Replaced linear: https://other.example/mcp\n']);
    expect((await machine.run('list')).stdout).toContain('https://other.example/mcp');
  });
});

describe('what is wrong in the configuration', () => {
  test('broken TOML has a file, a line and a column', async () => {
    const machine = createMachine();
    machine.writeConfig('[mcp_servers.a]\nurl = "https://a.example\n');
    for (const words of [['list'], ['login', 'a'], ['status'], ['add', 'b', 'https://b.example']]) {
      const { code, stdout, stderr } = await machine.run(...words);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(`${machine.configFile}:2:`);
      expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
    }
    expect(configOf(machine)).toBe('[mcp_servers.a]\nurl = "https://a.example\n');
  });

  test('an unknown key of ours is a warning with a suggestion', async () => {
    const machine = createMachine();
    machine.writeConfig('[mcp_servers.a]\nurl = "https://a.example/mcp"\nscope = ["x"]\n');
    const { code, stdout, stderr } = await machine.run('list');
    expect([code, stdout]).toEqual([0, 'a\tnot signed in\t\t\thttps://a.example/mcp\n']);
    expect(stderr).toContain('warning:');
    expect(stderr).toContain('scopes');
    const quiet = await machine.run('list', '--quiet');
    expect(quiet.stderr).toBe('');
  });

  test('an unknown server is named, with a suggestion', async () => {
    const machine = createMachine();
    machine.writeConfig(LINEAR);
    for (const command of ['login', 'status', 'token', 'tools', 'get', 'remove', 'refresh', 'logout']) {
      const { code, stdout, stderr } = await machine.run(command, 'linera');
      expect([code, stdout], command).toEqual([2, '']);
      expect(stderr).toContain('"linera"');
      expect(stderr).toContain('linear');
    }
  });

  test('-c with no value, or no TOML, is a usage error', async () => {
    const machine = createMachine();
    machine.writeConfig(LINEAR);
    for (const override of ['scopes', '=x']) {
      const { code, stderr } = await machine.run('list', '-c', override);
      expect(code, override).toBe(2);
      expect(stderr).toContain('-c');
    }
  });

  test('--config names a file that must exist', async () => {
    const machine = createMachine();
    const { code, stderr } = await machine.run('list', '--config', 'missing.toml');
    expect(code).toBe(2);
    expect(stderr).toContain('missing.toml');
  });
});

describe('config', () => {
  test('path prints where everything is', async () => {
    const machine = createMachine();
    const { code, stdout } = await machine.run('config', 'path');
    const inside = (name: string) => join(machine.home, name);
    expect([code, stdout]).toEqual([
      0,
      `config   ${machine.configFile}\ndata     ${inside('data')}\nstate    ${inside('state')}\ncache    ${inside('cache')}\n`,
    ]);
    const json = (await machine.run('config', 'path', '--json')).json();
    expect(json).toEqual({
      schema: 1,
      config: [{ kind: 'user', path: machine.configFile, exists: false }],
      data: join(machine.home, 'data'),
      state: join(machine.home, 'state'),
      cache: join(machine.home, 'cache'),
    });
  });

  test('explain says who won and who was overruled', async () => {
    const machine = createMachine();
    machine.writeConfig(`${LINEAR}scopes = ["read"]\n`);
    const { code, stdout } = await machine.run(
      'config',
      'explain',
      'scopes',
      'linear',
      '-c',
      'mcp_servers.linear.scopes=["write"]',
    );
    expect(code).toBe(0);
    const [first, from, overrules, flag, project, user] = stdout.split('\n');
    expect([first, from, overrules]).toEqual([
      'mcp_servers.linear.scopes = ["write"]',
      '  from       -c mcp_servers.linear.scopes (flag)',
      `  overrules  ["read"]  from ${machine.configFile}:4 (user)`,
    ]);
    expect(flag).toBe('  change it  -c mcp_servers.linear.scopes=VALUE, for one run');
    expect(project).toContain('.mcpass.toml, under [mcp_servers.linear]');
    expect(user).toBe(
      `             ${machine.configFile}:4 (user); overruled by -c mcp_servers.linear.scopes (flag)`,
    );
  });

  test('explain tells of a server, of a key of all servers, and of everything', async () => {
    const machine = createMachine();
    machine.writeConfig(
      `credentials_store = "plain"\n${LINEAR}scopes = ["read"]\nhttp_headers.X-Key = "sesame"\n`,
    );
    const explain = (...words: readonly string[]) => machine.run('config', 'explain', ...words);
    const own = `${machine.configFile}:`;
    const all = (await explain()).stdout;
    expect(all).toContain(`  credentials_store  "plain"  from ${own}1 (user)\n\nlinear\n  url `);
    expect(all).toMatch(/^ {2}scopes +\["read"\] {2}from .*:5 \(user\)$/m);
    expect(all).not.toContain('sesame');
    expect(all).not.toContain('default');
    const one = (await explain('linear')).stdout;
    expect(one).toMatch(/^ {2}tool_timeout_sec +300 {2}from default$/m);
    expect((await explain('linear.scopes')).stdout).toBe((await explain('scopes', 'linear')).stdout);
    expect((await explain('scopes')).stdout).toBe((await explain('scopes', 'linear')).stdout);
    // What is no key of a file overrules it as well.
    const account = await explain('linear.account', '--account', 'work');
    expect(account.stdout).toContain('the variable MCPASS_ACCOUNT; overruled by --account (flag)\n');
    expect((await explain('linar')).stderr).toContain(
      'There is no key and no server "linar". Did you mean linear?',
    );
    expect((await explain('linear.scopes', '--json')).json()).toMatchObject({
      schema: 1,
      key: 'mcp_servers.linear.scopes',
      origin: { source: 'user', line: 5 },
      changes: [{ source: 'flag' }, { source: 'project' }, { source: 'user', how: `${own}5 (user)` }],
    });
    expect((await explain('--json')).json()).toMatchObject({
      keys: [{ key: 'credentials_store' }, { key: 'mcp_servers.linear.url' }, {}, {}],
    });
  });

  test('explain refuses a key that does not exist, with a suggestion', async () => {
    const machine = createMachine();
    const table = await machine.run('config', 'explain', 'http_headers', 'linear');
    expect([table.code, table.stderr]).toEqual([
      2,
      expect.stringContaining('"http_headers" is a table, and none of its entries was named.'),
    ]);
    machine.writeConfig(LINEAR);
    const { code, stderr } = await machine.run('config', 'explain', 'scope', 'linear');
    expect(code).toBe(2);
    expect(stderr).toContain('scopes');
  });

  test('edit runs the editor on the file and checks what came of it', async () => {
    const machine = createMachine();
    const editor = (script: string) => ({ env: { EDITOR: `${process.execPath} -e ${script}` } });
    const append = (text: string) =>
      editor(
        `require("fs").appendFileSync(process.argv[1],${JSON.stringify(text).replaceAll(' ', String.raw`\u0020`)})`,
      );
    const good = await machine.runWith(
      append('[mcp_servers.a]\nurl = "https://a.example"\n'),
      'config',
      'edit',
    );
    expect(good.code, good.stderr).toBe(0);
    expect((await machine.run('list')).stdout).toContain('https://a.example');
    const bad = await machine.runWith(append('[[['), 'config', 'edit');
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain(`${machine.configFile}:3:`);
    const failed = await machine.runWith({ env: { EDITOR: 'no-such-editor' } }, 'config', 'edit');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('no-such-editor');
  });

  test('edit without an editor and without a terminal says what to set', async () => {
    const { code, stderr } = await createMachine().run('config', 'edit');
    expect(code).toBe(2);
    expect(stderr).toContain('VISUAL or EDITOR');
  });
});

describe('list and status', () => {
  test('say what to do when there is nothing', async () => {
    const machine = createMachine();
    const list = await machine.run('list');
    expect([list.code, list.stdout]).toEqual([0, '']);
    expect(list.stderr).toContain('mcpass add NAME URL');
    expect((await machine.run('list', '--json')).json()).toEqual({ schema: 1, servers: [] });
  });

  test('know bearer tokens and servers without a sign-in', async () => {
    const machine = createMachine();
    machine.writeConfig(
      '[mcp_servers.a]\nurl = "https://a.example/mcp"\nbearer_token_env_var = "A"\n[mcp_servers.b]\nurl = "https://b.example/mcp"\nauth = "none"\n[mcp_servers.c]\nurl = "https://c.example/mcp"\n',
    );
    expect((await machine.run('list', '--json')).json()).toEqual({
      schema: 1,
      servers: [
        { name: 'a', url: 'https://a.example/mcp', auth: 'bearer', state: 'bearer' },
        { name: 'b', url: 'https://b.example/mcp', auth: 'none', state: 'none' },
        { name: 'c', url: 'https://c.example/mcp', auth: 'oauth', state: 'not_signed_in' },
      ],
    });
    expect((await machine.run('status', 'a')).code).toBe(0);
    expect((await machine.run('status', 'b')).code).toBe(0);
    const { code, stdout } = await machine.run('status', 'c');
    expect(code).toBe(4);
    expect(stdout).toContain('run:  mcpass login c');
    expect((await machine.runWith({ env: { A: 'abc' } }, 'token', 'a')).stdout).toBe('abc\n');
  });

  test.each([
    ['bearer_token_env_var = "A"', 'from the environment'],
    ['http_headers = { AUTHORIZATION = "Basic YTpi" }', 'from the configured headers'],
    ['auth = "bearer"\nhttp_headers = { Authorization = "Basic YTpi" }', 'from the configured headers'],
    ['auth = "bearer"', 'none is configured'],
  ])('status says where the token of %j is', async (lines, place) => {
    const machine = createMachine();
    machine.writeConfig(`[mcp_servers.a]\nurl = "https://a.example/mcp"\n${lines}\n`);
    const { code, stdout } = await machine.run('status', 'a');
    expect([code, stdout]).toEqual([0, expect.stringContaining(`token   ${place}\n`)]);
  });

  test('status shows the overrides that are on', async () => {
    const machine = createMachine();
    machine.writeConfig('[mcp_servers.a]\nurl = "https://a.example/mcp"\nunsafe.assume_pkce = true\n');
    expect((await machine.run('status', 'a')).stdout).toContain('unsafe.assume_pkce');
    expect((await machine.run('status', 'a', '--json')).json()).toMatchObject({
      servers: [{ overrides: ['unsafe.assume_pkce'] }],
    });
  });
});

test('token and refresh without a sign-in end with 4 and the command to run', async () => {
  const machine = createMachine();
  machine.writeConfig(LINEAR);
  for (const command of ['token', 'refresh']) {
    const { code, stdout, stderr } = await machine.run(command, 'linear');
    expect([code, stdout], stderr).toEqual([4, '']);
    expect(stderr).toContain('run:   mcpass login linear');
    const json = await machine.run(command, 'linear', '--json');
    expect(json.error()).toMatchObject({ code: 'login_required', hint: 'mcpass login linear' });
  }
});
