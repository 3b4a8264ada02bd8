import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMachine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

describe('one malformed entry stops no other', () => {
  test.each([
    ['an odd name', '[mcp_servers."odd name"]\nurl = "https://odd.example/mcp"\n', 'odd name'],
    ['a name of another alphabet', '[mcp_servers."müller"]\nurl = "https://odd.example/mcp"\n', 'müller'],
    ['no name', '[mcp_servers.""]\nurl = "https://odd.example/mcp"\n', ''],
    ['no table', '[mcp_servers]\nodd = 3\n', 'odd'],
    ['an array of tables', '[[mcp_servers.odd]]\nurl = "https://odd.example/mcp"\n', 'odd'],
    ['a URL that is none', '[mcp_servers.odd]\nurl = 5\n', 'odd'],
    ['a URL that cannot be used', '[mcp_servers.odd]\nurl = "ftp://odd.example"\n', 'odd'],
    ['a wrong value', '[mcp_servers.odd]\nurl = "https://odd.example/mcp"\nscopes = 7\n', 'odd'],
    [
      'a secret',
      '[mcp_servers.odd]\nurl = "https://odd.example/mcp"\noauth.client_secret = "hidden"\n',
      'odd',
    ],
    [
      'a half client',
      '[mcp_servers.odd]\nurl = "https://odd.example/mcp"\noauth.client_secret_env = "A"\n',
      'odd',
    ],
  ])('%s', async (_, entry, name) => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    const file = join(machine.home, '..', 'codex.toml');
    const text = `${entry}\n[mcp_servers.good]\nurl = "${sandbox.url}"\n`;
    writeFileSync(file, text);
    const list = await machine.run('list', '--config', file);
    expect([list.code, list.stdout], list.stderr).toEqual([0, `good\tnot signed in\t\t\t${sandbox.url}\n`]);
    expect(list.stderr).toContain('warning: ');
    expect(list.stderr).toContain(`${file}:`);
    expect(list.stderr).toContain('left out');
    expect(list.stderr).not.toContain('hidden');
    const login = await machine.run('login', 'good', '--config', file);
    expect(login.code, login.stderr).toBe(0);
    expect((await machine.run('token', 'good', '--config', file)).code).toBe(0);
    const status = await machine.run('status', '--config', file, '--json');
    expect([status.code, status.json()]).toEqual([
      0,
      expect.objectContaining({ servers: [expect.objectContaining({ name: 'good', state: 'signed_in' })] }),
    ]);
    // Asked for, it is an error with its place.
    const asked = await machine.run('status', name, '--config', file, '--json', '--quiet');
    expect([asked.code, asked.stdout]).toEqual([2, '']);
    if (name !== '') expect(asked.error()).toMatchObject({ code: 'config_invalid', fault: 'yours' });
    expect(asked.stderr).not.toContain('hidden');
  });

  test('a project file cannot make a server of the same name another one by being wrong', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'one', sandbox.url);
    await machine.prepare('add', 'two', sandbox.url);
    const project = join(machine.home, '..', 'work');
    writeFileSync(
      join(project, '.mcpass.toml'),
      '[mcp_servers.one]\nscopes = ["a"]\nunsafe.assume_pkce = true\n',
    );
    const one = await machine.run('login', 'one', '--json');
    expect([one.code, one.stdout]).toEqual([2, '']);
    expect(one.stderr).toContain('does not belong in a project file');
    expect(sandbox.log.all).toEqual([]);
    await machine.prepare('login', 'two');
  });
});

describe('a value of -c that begins like TOML and is none', () => {
  test.each([
    'scopes=[oops',
    'scopes=["a", "b',
    'scopes=["a"] and more',
    'oauth.client_id="oops',
    "oauth.client_id='oops",
    'oauth_resource=[oops',
    'oauth.authorize_params.claims={"id_token": null}',
    'oauth.authorize_params={prompt=login',
    'enabled=[',
    'tool_timeout_sec="5',
    'credentials_store="plain',
    'mcp_servers.new={url="https://new.example"',
    'mcp_servers.new.scopes=[oops',
  ])('%s is an error', async (flag) => {
    const machine = createMachine();
    for (const words of [
      ['list', '-c', flag],
      ['-c', flag, 'status', 'https://one.example/mcp'],
    ]) {
      const { code, stdout, stderr } = await machine.run(...words, '--json');
      expect([code, stdout], stderr).toEqual([2, '']);
      expect(stderr).toContain('begins like a TOML value and is none');
    }
  });

  test.each(['scopes=[a,b]', 'scopes=["a","b"]', 'scopes=a b', "scopes='a b'", 'scopes="a,b"'])(
    '%s is two words',
    async (flag) => {
      const machine = createMachine();
      machine.writeConfig('[mcp_servers.one]\nurl = "https://one.example/mcp"\n');
      const { stdout } = await machine.run('get', 'one', '-c', flag, '--json');
      expect(JSON.parse(stdout)).toMatchObject({ server: { scopes: ['a', 'b'] } });
    },
  );
});

describe('a value of -c', () => {
  test.each([
    ['scopes=3', 'scopes must be a list of strings'],
    ['scopes=true', 'scopes must be a list of strings'],
    ['scopes=[1, 2]', 'scopes must be a list of strings'],
    ['enabled_tools=2024-01-01', 'enabled_tools must be a list of strings'],
    ['oauth.client_id=["a"]', 'oauth.client_id must be a string'],
    ['oauth.client_id={}', 'oauth.client_id must be a string'],
    ['unsafe.trusted_issuer=true', 'unsafe.trusted_issuer must be a string'],
    ['http_headers.X-Team=["a"]', 'http_headers.X-Team must be a string'],
    ['http_headers=3', 'http_headers must be a table of strings'],
    ['enabled=1', 'enabled must be true or false'],
    ['enabled=yes', 'enabled must be true or false'],
    ['tool_timeout_sec=soon', 'tool_timeout_sec must be a number of seconds'],
    ['auth=3', 'auth must be one of auto, oauth, bearer, none'],
    ['oauth=3', 'needs a key of the server, or an inline table of them'],
    ['oauth={client_id = 3}', 'oauth.client_id must be a string'],
    ['mcp_servers.one.scopes=3', 'mcp_servers.one.scopes must be a list of strings'],
  ])('%s is of a wrong type', async (flag, message) => {
    const { code, stdout, stderr } = await createMachine().run('list', '-c', flag);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error: -c ${flag.slice(0, flag.indexOf('='))}: ${message}`);
  });

  test('may be digits where it is a text, and yes or no where others read it', async () => {
    const machine = createMachine();
    machine.writeConfig('[mcp_servers.one]\nurl = "https://one.example/mcp"\n');
    const flags = ['oauth.client_id=12', 'oauth.authorize_params.include_granted_scopes=true'];
    const { stdout } = await machine.run('get', 'one', ...flags.flatMap((flag) => ['-c', flag]));
    expect(stdout).toContain('12');
    expect(stdout).toContain('true');
  });
});
