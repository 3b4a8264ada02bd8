import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, type LoadOptions } from '../../src/config/load.js';
import { temporaryDirectory } from '../fixtures/directory.js';

const FASTMAIL = `
[mcp_servers.fastmail]
url = "https://api.fastmail.com/mcp"
scopes = ["https://www.fastmail.com/dev/mcp", "offline_access"]
`;

interface Place {
  readonly root: string;
  readonly user: string;
  readonly project: string;
  readonly load: (options?: Partial<LoadOptions>) => ReturnType<typeof loadConfig>;
}

/** A home with a user file, and a repository with a project file two directories above the working directory. */
async function place(user?: string, project?: string): Promise<Place> {
  const root = await temporaryDirectory();
  const cwd = join(root, 'repo', 'deep', 'er');
  await mkdir(cwd, { recursive: true });
  await mkdir(join(root, 'repo', '.git'));
  const userFile = join(root, 'config.toml');
  const projectFile = join(root, 'repo', '.mcpass.toml');
  if (user !== undefined) await writeFile(userFile, user);
  if (project !== undefined) await writeFile(projectFile, project);
  const paths = { configFile: userFile, configNamed: false };
  return {
    root,
    user: userFile,
    project: projectFile,
    load: (options = {}) => loadConfig({ paths, env: {}, cwd, home: root, ...options }),
  };
}

/** What loading, or looking up a server, throws. */
async function failure(
  user: string,
  project?: string,
  server?: string,
): Promise<Record<string, unknown> & Error> {
  const { load } = await place(user, project);
  try {
    const config = load();
    // What is wrong with one entry is thrown where that is asked for.
    const leftOut = config.warnings.filter(({ message }) => message.includes('left out'));
    const names = leftOut.map(({ message }) => /mcp_servers\.(?:"([^"]+)"|([\w-]+))/.exec(message));
    const asked = server === undefined ? names.map((found) => found?.[1] ?? found?.[2] ?? '') : [server];
    for (const name of asked) config.server(name);
  } catch (thrown) {
    return thrown as Record<string, unknown> & Error;
  }
  throw new Error('nothing was thrown');
}

describe('a configuration', () => {
  it('may be missing', async () => {
    const { load, user } = await place();
    const config = load();
    expect(config.files).toEqual([{ kind: 'user', path: user, exists: false }]);
    expect(config.credentialsStore).toBe('auto');
    expect(config.servers()).toEqual([]);
  });

  it('must be there when it was named', async () => {
    const { root, load } = await place();
    const paths = { configFile: join(root, 'missing.toml'), configNamed: true };
    expect(() => load({ paths })).toThrowError(expect.objectContaining({ code: 'config_invalid' }));
  });

  it('gives the engine what the file says', async () => {
    const { load, user } = await place(`
credentials_store = "memory"
[mcp_servers.full]
url = "https://mcp.example.com/mcp?team=1"
enabled = false
scopes = ["a", "b"]
offline_access = "never"
oauth_resource = "none"
auth = "oauth"
http_headers = { "X-Team" = "blue" }
env_http_headers = { "X-Key" = "THE_KEY", "X-Gone" = "NOT_SET" }
startup_timeout_sec = 2.5
tool_timeout_sec = 7
enabled_tools = ["t"]
disabled_tools = ["u"]
oauth.client_id = "id"
oauth.token_endpoint_auth_method = "client_secret_post"
oauth.registration = "dcr"
oauth.callback_port = 4000
oauth.callback_host = "localhost"
oauth.callback_path = "/cb"
oauth.authorize_params = { prompt = "login" }
oauth.token_params = { audience = "x" }
[mcp_servers.full.unsafe]
trusted_issuer = "https://i.example"
trusted_callback_issuer = "https://c.example"
allow_missing_iss = true
assume_pkce = true
upgrade_http = false
private_hosts = ["10.0.0.1"]
`);
    const config = load({ env: { THE_KEY: 'k' } });
    expect(config.credentialsStore).toBe('memory');
    const server = config.server('full');
    expect(server).toEqual({
      name: 'full',
      enabled: false,
      startupTimeoutMs: 2_500,
      toolTimeoutMs: 7_000,
      enabledTools: ['t'],
      disabledTools: ['u'],
      origin: { source: 'user', place: user, line: 4, column: 1 },
      overrides: [
        'unsafe.trusted_issuer',
        'unsafe.trusted_callback_issuer',
        'unsafe.allow_missing_iss',
        'unsafe.assume_pkce',
        'unsafe.private_hosts',
      ],
      warnings: [expect.objectContaining({ key: 'env_http_headers.X-Gone' })],
      settings: {
        url: 'https://mcp.example.com/mcp?team=1',
        auth: 'oauth',
        headers: { 'X-Team': 'blue', 'X-Key': 'k' },
        scopes: ['a', 'b'],
        offlineAccess: 'never',
        resource: 'none',
        client: { id: 'id', authMethod: 'client_secret_post' },
        places: { headers: { 'X-Key': 'in the variable THE_KEY', 'X-Gone': 'in the variable NOT_SET' } },
        registration: 'dcr',
        redirect: { host: 'localhost', port: 4000, path: '/cb' },
        authorizeParams: { prompt: 'login' },
        tokenParams: { audience: 'x' },
        unsafe: {
          trustedIssuer: 'https://i.example',
          trustedCallbackIssuer: 'https://c.example',
          allowMissingIss: true,
          assumePkce: true,
          privateHosts: ['10.0.0.1'],
        },
      },
    });
  });

  it('says nothing to the engine that nobody said', async () => {
    const { load } = await place('[mcp_servers.x]\nurl = "https://x.example/"\n');
    expect(load().server('x').settings).toEqual({ url: 'https://x.example/' });
  });

  it('leaves what is not ours alone: other tables, local servers, keys of other programs', async () => {
    const { load } = await place(`
model = "some-model"
mcp_oauth_credentials_store = "keyring"
big = 99999999999999999999
[profiles.x]
url = 3
[mcp_servers.local]
command = "npx"
args = ["-y", "thing"]
env = { TOKEN = "x" }
[mcp_servers.remote]
url = "https://x.example"
required = true
tools = { a = { approval_mode = "approve" } }
`);
    const config = load();
    expect(config.warnings).toEqual([]);
    expect(config.servers().map((server) => server.name)).toEqual(['remote']);
    expect(() => config.server('local')).toThrowError(
      expect.objectContaining({
        code: 'server_unknown',
        message: expect.stringContaining('program on this machine') as string,
      }),
    );
  });

  it('warns of a key that does not exist, with the place and the one that was meant', async () => {
    const { load, user } = await place(
      '[mcp_servers.x]\nurl = "https://x.example"\nscope = ["a"]\n[mcp_servers.x.oauth]\nclient = "y"\n',
    );
    expect(load().warnings.map((warning) => warning.message)).toEqual([
      `${user}:3:1: mcpass does not know "mcp_servers.x.scope". Did you mean scopes?`,
      `${user}:5:1: mcpass does not know "mcp_servers.x.oauth.client". Did you mean oauth.client_id?`,
    ]);
  });
});

describe('a wrong configuration', () => {
  it('is shown by file, line and column, without the text of the line', async () => {
    const thrown = await failure('a = 1\n[mcp_servers.x]\nclient_secret = "hidden\n');
    expect(thrown).toMatchObject({ code: 'config_invalid', step: 'config', fault: 'yours' });
    expect(thrown.message).toMatch(/config\.toml:3:\d+: this is not TOML/);
    expect(thrown.message).not.toContain('hidden');
  });

  it.each([
    ['url = 3', '2:1', 'mcp_servers.x.url must be a string.'],
    [
      'url = "ftp://x.example"',
      '2:1',
      'mcp_servers.x.url cannot be used: "ftp://x.example" is not an http or https URL.',
    ],
    ['scopes = "a b"', '2:1', 'mcp_servers.x.scopes must be a list of strings.'],
    ['scopes = ["a b"]', '2:1', 'mcp_servers.x.scopes must be a list with one scope in each item.'],
    ['  enabled = "yes"', '2:3', 'mcp_servers.x.enabled must be true or false.'],
    ['offline_access = true', '2:1', 'mcp_servers.x.offline_access must be one of auto, always, never.'],
    ['auth = "basic"', '2:1', 'mcp_servers.x.auth must be one of auto, oauth, bearer, none, not "basic".'],
    ...['0', '-1', '1e9', 'inf', '"9"'].map((value) => [
      `tool_timeout_sec = ${value}`,
      '2:1',
      'mcp_servers.x.tool_timeout_sec must be a number of seconds above 0 and not above 86400, which is a day.',
    ]),
    ['oauth = "x"', '2:1', 'mcp_servers.x.oauth must be a table.'],
    [
      'oauth.callback_port = 70000',
      '2:1',
      'mcp_servers.x.oauth.callback_port must be a port from 1 to 65535.',
    ],
    [
      'oauth.callback_host = "evil.example"',
      '2:1',
      'mcp_servers.x.oauth.callback_host must be a name of this machine, such as localhost; see oauth.callback_url.',
    ],
    [
      'oauth.client_metadata_url = "http://x.example/c"',
      '2:1',
      'mcp_servers.x.oauth.client_metadata_url must be an https URL with a path and without a fragment.',
    ],
    [
      'oauth = { client_id = "y", callback_path = "cb" }',
      '2:28',
      'mcp_servers.x.oauth.callback_path must be a path that begins with /.',
    ],
    [
      'oauth_resource = "https://x.example/#a"',
      '2:1',
      'mcp_servers.x.oauth_resource must be an absolute URI without a fragment, or "none".',
    ],
    [
      'oauth.client_secret_command = "op read"',
      '2:1',
      'mcp_servers.x.oauth.client_secret_command must be a list: the program, then its arguments.',
    ],
    ['http_headers = { "a b" = "c" }', '2:18', 'mcp_servers.x.http_headers.a b is not the name of a header.'],
    [
      'http_headers = { A = "b\\nC: d" }',
      '2:18',
      'mcp_servers.x.http_headers.A has characters that no header may have.',
    ],
    ['unsafe.assume_pkce = "yes"', '2:1', 'mcp_servers.x.unsafe.assume_pkce must be true or false.'],
    ['enabled = 2020-01-01', '2:1', 'mcp_servers.x.enabled must be true or false.'],
  ])('says what is wrong with %s', async (line, at, message) => {
    const thrown = await failure(`[mcp_servers.x]\n${line}\n`);
    expect(thrown.message.replace(/^.*config\.toml:/, '')).toBe(`${at}: ${message}`);
    expect(thrown).toMatchObject({ code: 'config_invalid', facts: { line: 2 } });
  });

  it.each([
    ['client_secret = "hidden"', 'oauth.client_secret_env'],
    ['oauth.client_secret = "hidden"', 'oauth.client_secret_file'],
    ['bearer_token = "hidden"', 'bearer_token_env_var'],
    ['bearer_token_env_var = "sk-hidden"', 'name of an environment variable'],
    ['oauth.refresh_token = "hidden"', 'mcpass login'],
    ['oauth.token_params = { client_secret = "hidden" }', 'oauth.client_secret_command'],
    ['oauth.client_secret_env = "hidden value"', 'name of an environment variable'],
  ])('refuses the secret in %s and says where it belongs', async (line, alternative) => {
    const thrown = await failure(`[mcp_servers.x]\n${line}\n`);
    expect(thrown).toMatchObject({ code: 'config_invalid' });
    expect(thrown.message).toContain(alternative);
    expect(thrown.message).toMatch(/config\.toml:2:/);
    expect(JSON.stringify(thrown) + thrown.message).not.toContain('hidden');
  });

  it.each([
    ['mcp_servers = 3\n', 'must be a table of tables'],
    ['[mcp_servers]\nx = 3\n', 'must be a table'],
    ['[[mcp_servers.x]]\nurl = "https://x.example"\n', 'must be a table'],
    ['[mcp_servers."a b"]\nurl = "https://x.example"\n', 'cannot be a name: it takes 1 to 64 letters'],
    [
      'credentials_store = "cloud"\n',
      'one of auto, keyring, passphrase, plain, memory, postgres, not "cloud"',
    ],
  ])('refuses %j', async (text, message) => {
    expect((await failure(text)).message).toContain(message);
  });

  it.each([
    ['oauth.grant = "enterprise"', 'oauth.grant enterprise needs oauth.idp beside it'],
    ['oauth.client_secret_env = "A"', 'needs oauth.client_id'],
    ['oauth.client_id = "x"\noauth.client_secret_env = "A"\noauth.client_secret_file = "b"', 'are both set'],
  ])('stops one server and no other: %s', async (line, message) => {
    const text = `[mcp_servers.x]\nurl = "https://x.example"\n${line}\n[mcp_servers.y]\nurl = "https://y.example"\n`;
    const { load } = await place(text);
    expect(load().server('y').settings.url).toBe('https://y.example');
    expect(() => load().server('x')).toThrowError(message);
  });
});

describe('a lookup', () => {
  const text = `${FASTMAIL}[mcp_servers.off]\nurl = "https://twin.example/mcp"\nenabled = false\n[mcp_servers.on]\nurl = "https://twin.example/mcp"\n`;

  it('suggests the name that was meant', async () => {
    const { load } = await place(text);
    expect(() => load().server('fastmial')).toThrowError(
      'No server is called "fastmial". Did you mean fastmail?',
    );
    expect(() => load().server('fastmial')).toThrowError(expect.objectContaining({ code: 'server_unknown' }));
  });

  it('by URL finds the configured server that has it, however it is spelled', async () => {
    const { load } = await place(text);
    expect(load().server('https://API.fastmail.com:443/mcp').name).toBe('fastmail');
    expect(load().server('https://twin.example/mcp').name).toBe('on');
  });

  it('by URL stands for itself otherwise', async () => {
    const { load } = await place(text);
    const server = load().server('https://api.fastmail.com/other');
    expect(server).toMatchObject({ settings: { url: 'https://api.fastmail.com/other' }, enabled: true });
    expect(server.name).toBeUndefined();
    expect(server.settings).toEqual({ url: 'https://api.fastmail.com/other' });
  });

  it.each(['ftp://x.example', 'https://user:pass@x.example', 'https://'])(
    'refuses the URL %s',
    async (url) => {
      const { load } = await place();
      expect(() => load().server(url)).toThrowError(expect.objectContaining({ code: 'url_invalid' }));
    },
  );

  it('is not fooled by names of the language itself', async () => {
    const { load } = await place(text);
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(() => load().server(name)).toThrowError(expect.objectContaining({ code: 'server_unknown' }));
    }
  });
});

describe('a project file', () => {
  it('is found upward, and beats the user file where it may', async () => {
    const { load, project } = await place(
      FASTMAIL,
      '[mcp_servers.fastmail]\nscopes = ["less"]\n[mcp_servers.ours]\nurl = "https://ours.example/mcp"\noauth.client_id = "team"\n',
    );
    const config = load();
    expect(config.files[1]).toEqual({ kind: 'project', path: project, exists: true });
    expect(config.server('fastmail').settings.scopes).toEqual(['less']);
    expect(config.server('ours')).toMatchObject({
      settings: { client: { id: 'team' } },
      origin: { source: 'project', place: project, line: 4 },
    });
  });

  it('is not read above the repository, nor with a named configuration', async () => {
    const { load, root } = await place(FASTMAIL);
    await writeFile(join(root, '.mcpass.toml'), '[mcp_servers.above]\nurl = "https://above.example"\n');
    expect(
      load()
        .servers()
        .map((server) => server.name),
    ).toEqual(['fastmail']);
    const named = await place(FASTMAIL, '[mcp_servers.ours]\nurl = "https://ours.example"\n');
    const config = named.load({ paths: { configFile: named.user, configNamed: true } });
    expect(config.servers().map((server) => server.name)).toEqual(['fastmail']);
  });

  it('outside a repository counts only in the working directory itself', async () => {
    const root = await temporaryDirectory();
    await mkdir(join(root, 'inner'));
    await writeFile(join(root, '.mcpass.toml'), '[mcp_servers.p]\nurl = "https://p.example"\n');
    const paths = { configFile: join(root, 'none.toml'), configNamed: false };
    expect(loadConfig({ paths, env: {}, cwd: root }).servers()).toHaveLength(1);
    expect(loadConfig({ paths, env: {}, cwd: join(root, 'inner') }).servers()).toEqual([]);
  });

  it.each([
    'oauth.client_secret_command = ["sh", "-c", "evil"]',
    'oauth.client_secret_env = "AWS_SECRET_ACCESS_KEY"',
    'oauth.client_secret_file = "/etc/passwd"',
    'bearer_token_env_var = "GITHUB_TOKEN"',
    'env_http_headers = { X = "GITHUB_TOKEN" }',
    'http_headers = { X = "y" }',
    'oauth_resource = "https://other.example"',
    'oauth.callback_url = "https://evil.example/cb"',
    'oauth.callback_host = "localhost"',
    'oauth.authorize_params = { a = "b" }',
    'oauth.token_params = { a = "b" }',
    'oauth.client_metadata_url = "https://evil.example/c"',
    'auth = "bearer"',
    'unsafe.assume_pkce = true',
    'unsafe = { trusted_issuer = "https://evil.example" }',
    'disabled_tools = []',
  ])('may not set %s', async (line) => {
    const key = `mcp_servers.x.${line.startsWith('unsafe = ') ? 'unsafe.trusted_issuer' : line.split(' ')[0]}`;
    const thrown = await failure('', `[mcp_servers.x]\nurl = "https://x.example"\n${line}\n`);
    expect(thrown).toMatchObject({ code: 'config_invalid', facts: { line: 3, key } });
    expect(thrown.message).toMatch(/\.mcpass\.toml:3:\d+: /);
    expect(thrown.message).toContain(key);
  });

  it('may not choose the store', async () => {
    expect((await failure('', 'a = 1\ncredentials_store = "plain"\n')).message).toMatch(
      /\.mcpass\.toml:2:1: /,
    );
  });

  it('does not choose the url for headers that the person keeps without one', async () => {
    const { load, user } = await place(
      `[mcp_servers.x]\nenabled = false\nhttp_headers = { X-Key = "mine" }\nbearer_token_env_var = "T"\ndisabled_tools = ["rm"]\n`,
      '[mcp_servers.x]\nurl = "https://project.example"\n',
    );
    const config = load({ env: { T: 'hidden' } });
    const server = config.server('x');
    expect(server.settings.headers).toBeUndefined();
    expect(server.settings.bearerToken).toBeUndefined();
    expect(server.warnings[0]?.message).toContain('another server than the one in');
    expect(server.warnings[0]?.message).toContain(user);
    // What only narrows stays.
    expect(server).toMatchObject({ enabled: false, disabledTools: ['rm'] });
    expect(config.servers()).toMatchObject([{ name: 'x', enabled: false }]);
  });

  it('is no concern of an entry that only switches a server off', async () => {
    const { load } = await place(
      '[mcp_servers.x]\nenabled = false\n',
      '[mcp_servers.x]\nurl = "https://project.example"\n',
    );
    expect(load().server('x')).toMatchObject({ enabled: false, warnings: [] });
  });

  it('cannot move the cursor or turn the text around with a name', async () => {
    for (const escape of ['\\u009b2J', '\\u202e', '\\u2066', '\\u200b']) {
      for (const text of [
        `[mcp_servers."a${escape}b"]\nurl = "https://x.example"\n`,
        `mcp_servers."a${escape}b" = 1\n`,
        `[mcp_servers.x]\nhttp_headers."a${escape}b" = "v"\n`,
        `[mcp_servers.x.oauth]\n"a${escape}b" = "v"\n`,
      ]) {
        const { load } = await place(undefined, text);
        const messages: string[] = [];
        try {
          messages.push(...load().warnings.map(({ message }) => message));
        } catch (thrown) {
          messages.push(String(thrown));
        }
        expect(messages.join('')).toMatch(/\.mcpass\.toml.*a/);
        expect(messages.join('')).not.toMatch(/[\u0080-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
      }
    }
  });

  it.runIf(process.getuid?.() === 0)('of another user is not read by root either', async () => {
    const { load, project } = await place(undefined, '[mcp_servers.x]\nurl = "https://project.example"\n');
    await chown(project, 12_345, 12_345);
    const config = load();
    expect(config.servers()).toEqual([]);
    expect(config.warnings[0]?.message).toContain('belongs to another user and was not read');
  });

  it('does not get what the person keeps for another server of the same name', async () => {
    const { load } = await place(
      '[mcp_servers.x]\nurl = "https://good.example"\nhttp_headers = { X-Key = "mine" }\nbearer_token_env_var = "T"\nunsafe.assume_pkce = true\n',
      '[mcp_servers.x]\nurl = "https://evil.example"\n',
    );
    const server = load().server('x');
    expect(server.settings).toEqual({ url: 'https://evil.example' });
    expect(server.overrides).toEqual([]);
    expect(server.warnings[0]?.message).toContain('another server than the one in');
  });

  it('goes together with the user file for the same server', async () => {
    const { load } = await place(
      '[mcp_servers.x]\nurl = "https://good.example/"\nhttp_headers = { X-Key = "mine" }\n',
      '[mcp_servers.x]\nurl = "https://good.example"\nscopes = ["a"]\n',
    );
    expect(load().server('x').settings).toMatchObject({ headers: { 'X-Key': 'mine' }, scopes: ['a'] });
  });
});

describe('-c', () => {
  const load = async (...overrides: string[]) => (await place(FASTMAIL)).load({ overrides });

  it.each([
    ['scopes=["a","b"]', ['a', 'b']],
    ['scopes=[a,b]', ['a', 'b']],
    ['scopes=a,b', ['a', 'b']],
    ['scopes=a b', ['a', 'b']],
    ['scopes="a b"', ['a', 'b']],
    ['scopes=a', ['a']],
    ['scopes=[]', []],
    [' scopes = ["a"]', ['a']],
  ])('%s gives %j', async (override, scopes) => {
    expect((await load(override)).server('fastmail').settings.scopes).toEqual(scopes);
    expect(
      (await load(`mcp_servers.fastmail.${override.trim()}`)).server('fastmail').settings.scopes,
    ).toEqual(scopes);
  });

  it('without a server is for the one on the command line only, also for a bare URL', async () => {
    const config = await load(
      'oauth.client_id=x',
      'unsafe.assume_pkce=true',
      'oauth.authorize_params.prompt=login',
    );
    expect(config.server('https://other.example/mcp').settings).toEqual({
      url: 'https://other.example/mcp',
      client: { id: 'x' },
      authorizeParams: { prompt: 'login' },
      unsafe: { assumePkce: true },
    });
    expect(config.server('fastmail').overrides).toEqual(['unsafe.assume_pkce']);
  });

  it('takes bare words for texts, whatever TOML would make of them', async () => {
    const config = await load(
      'oauth.client_id=0123',
      'oauth_resource=none',
      'oauth.authorize_params.hd=2020-01-01',
    );
    expect(config.server('fastmail').settings).toMatchObject({
      client: { id: '0123' },
      resource: 'none',
      authorizeParams: { hd: '2020-01-01' },
    });
  });

  it('can define a whole server, and tables of one', async () => {
    const config = await load(
      'mcp_servers.new={url="https://new.example", scopes=["a"]}',
      'oauth={client_id="c"}',
    );
    expect(config.server('new').settings).toMatchObject({ url: 'https://new.example', client: { id: 'c' } });
    expect((await load('mcp_servers."a.b".url=https://dots.example')).server('a.b').settings.url).toBe(
      'https://dots.example',
    );
  });

  it('wins by its last value', async () => {
    const config = await load('scopes=a', 'scopes=b', 'credentials_store=plain', 'credentials_store=memory');
    expect(config.server('fastmail').settings.scopes).toEqual(['b']);
    expect(config.credentialsStore).toBe('memory');
  });

  it.each([
    ['scopes', 'not of the form key=value'],
    ['=x', 'not of the form key=value'],
    ['scope=a', 'Did you mean scopes?'],
    ['mcp_servers.fastmail.scope=a', 'Did you mean scopes?'],
    ['credentials_stor=plain', 'Did you mean credentials_store?'],
    ['model=x', 'no such key'],
    ['mcp_servers=x', 'name a server'],
    ['mcp_servers.x=y', 'inline table'],
    ['enabled=maybe', 'must be true or false'],
    ['oauth.callback_port=http', 'must be a port'],
    ['oauth.client_secret=hidden', 'is a secret'],
    ['credentials_store=cloud', 'must be one of'],
  ])('refuses %s', async (override, message) => {
    const { load } = await place(FASTMAIL);
    let thrown: unknown;
    try {
      load({ overrides: [override] });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'usage',
      step: 'config',
      message: expect.stringContaining(message) as string,
    });
    expect(String(thrown)).not.toContain('hidden');
  });

  it('says that a server which exists only there has no url', async () => {
    const config = await load('mcp_servers.ghost.scopes=a');
    expect(() => config.server('ghost')).toThrowError(expect.objectContaining({ code: 'usage' }));
    expect(config.servers()).toHaveLength(1);
  });
});

describe('explain', () => {
  it('names the winner and those that were overruled, with their places', async () => {
    const { load, user, project } = await place(FASTMAIL, '[mcp_servers.fastmail]\nscopes = ["project"]\n');
    const config = load({ overrides: ['mcp_servers.fastmail.scopes=flag'] });
    const expected = {
      key: 'mcp_servers.fastmail.scopes',
      value: ['flag'],
      origin: { source: 'flag', place: '-c mcp_servers.fastmail.scopes' },
      losers: [
        { value: ['project'], origin: { source: 'project', place: project, line: 2, column: 1 } },
        {
          value: ['https://www.fastmail.com/dev/mcp', 'offline_access'],
          origin: { source: 'user', place: user, line: 4, column: 1 },
        },
      ],
    };
    expect(config.explain('mcp_servers.fastmail.scopes')).toEqual(expected);
    expect(config.explain('scopes', 'fastmail')).toEqual(expected);
  });

  it('knows defaults, and keys that nobody set', async () => {
    const { load } = await place(FASTMAIL);
    expect(load().explain('mcp_servers.fastmail.offline_access')).toEqual({
      key: 'mcp_servers.fastmail.offline_access',
      value: 'auto',
      origin: { source: 'default', place: 'default' },
      losers: [],
    });
    expect(load().explain('mcp_servers.fastmail.oauth_resource')).toEqual({
      key: 'mcp_servers.fastmail.oauth_resource',
      losers: [],
    });
  });

  it('puts the environment between flags and files', async () => {
    const { load, user } = await place('credentials_store = "plain"\n');
    const env = { MCPASS_CREDENTIALS_STORE: 'memory' };
    expect(load({ env }).credentialsStore).toBe('memory');
    expect(load({ env }).explain('credentials_store')).toEqual({
      key: 'credentials_store',
      value: 'memory',
      origin: { source: 'environment', place: 'MCPASS_CREDENTIALS_STORE' },
      losers: [
        { value: 'plain', origin: { source: 'user', place: user, line: 1, column: 1 } },
        { value: 'auto', origin: { source: 'default', place: 'default' } },
      ],
    });
    expect(() => load({ env: { MCPASS_CREDENTIALS_STORE: 'x' } })).toThrowError(
      /^MCPASS_CREDENTIALS_STORE: /,
    );
  });

  it('masks literal headers', async () => {
    const { load } = await place(
      '[mcp_servers.x]\nurl = "https://x.example"\nhttp_headers = { A = "hidden" }\n',
    );
    expect(load().explain('mcp_servers.x.http_headers.A').value).toBe('[secret]');
    expect(JSON.stringify(load().explainServer('x'))).not.toContain('hidden');
  });

  it('lists what is set for one server, in the order of the documentation', async () => {
    const { load } = await place(
      '[mcp_servers.x]\nscopes = ["a"]\noauth.client_id = "i"\nurl = "https://x.example"\n',
    );
    expect(
      load()
        .explainServer('x')
        .map(({ key }) => key),
    ).toEqual(['mcp_servers.x.url', 'mcp_servers.x.scopes', 'mcp_servers.x.oauth.client_id']);
  });

  it.each([
    'scopes',
    'mcp_servers.fastmail',
    'mcp_servers.fastmail.scope',
    'nonsense',
    'mcp_servers.fastmail.http_headers',
    'scopes extra',
  ])('refuses the key %j', async (key) => {
    const { load } = await place(FASTMAIL);
    expect(() => load().explain(key)).toThrowError(expect.objectContaining({ code: 'usage' }));
  });
});

it('names the variables that hold secrets, whoever of the servers they are for', async () => {
  const { load } = await place(`
[mcp_servers.a]
url = "https://a.example"
bearer_token_env_var = "A_TOKEN"
[mcp_servers.b]
url = "https://b.example"
oauth = { client_id = "c", client_secret_env = "B_SECRET" }
env_http_headers = { X-One = "B_ONE", X-Two = "A_TOKEN" }
`);
  const config = load({
    overrides: ['bearer_token_env_var=C_TOKEN', 'mcp_servers.a.bearer_token_env_var=D_TOKEN'],
  });
  expect([...config.secretVariables()].toSorted()).toEqual([
    'A_TOKEN',
    'B_ONE',
    'B_SECRET',
    'C_TOKEN',
    'D_TOKEN',
  ]);
});
