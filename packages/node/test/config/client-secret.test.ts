import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Secret } from '@mcpass/auth';
import { describe, expect, it } from 'vitest';
import { saveClientSecret } from '../../src/config/client-secret.js';
import { loadConfig } from '../../src/config/load.js';
import { temporaryDirectory } from '../fixtures/directory.js';

async function server(lines: string, env: Record<string, string | undefined> = {}) {
  const root = await temporaryDirectory();
  const configFile = join(root, 'config.toml');
  await writeFile(
    configFile,
    `[mcp_servers.x]\nurl = "https://x.example"\noauth.client_id = "c"\n${lines}\n`,
  );
  const config = loadConfig({ paths: { configFile, configNamed: false }, env, cwd: root, home: root });
  return { root, config, get: () => config.server('x') };
}

const command = (script: string) =>
  `oauth.client_secret_command = ${JSON.stringify([process.execPath, '-e', script])}`;

describe('a client secret', () => {
  it('comes from a variable, when it is needed', async () => {
    const env: Record<string, string> = {};
    const { get } = await server('oauth.client_secret_env = "X_SECRET"', env);
    const { client } = get().settings;
    env['X_SECRET'] = 's1\n';
    expect((await client?.secret?.())?.reveal()).toBe('s1');
  });

  it('that is missing names the variable and the line', async () => {
    const { get } = await server('oauth.client_secret_env = "X_SECRET"');
    await expect(get().settings.client?.secret?.()).rejects.toMatchObject({
      code: 'config_invalid',
      step: 'client',
      message: expect.stringMatching(/the variable X_SECRET is not set \(.*config\.toml:4:1\)/) as string,
    });
  });

  it('comes from a file beside the configuration, or in the home directory', async () => {
    for (const path of ['secret.txt', '~/secret.txt']) {
      const { root, get } = await server(`oauth.client_secret_file = "${path}"`);
      await writeFile(join(root, 'secret.txt'), 's2\r\n', { mode: 0o600 });
      const found = get();
      expect((await found.settings.client?.secret?.())?.reveal()).toBe('s2');
      expect(found.warnings).toEqual([]);
    }
  });

  it.skipIf(process.platform === 'win32')('in a file that others can read is a warning', async () => {
    const { root, get } = await server('oauth.client_secret_file = "secret.txt"');
    await writeFile(join(root, 'secret.txt'), 's2\n');
    await chmod(join(root, 'secret.txt'), 0o640);
    expect(get().warnings[0]?.message).toContain(`chmod 600 ${join(root, 'secret.txt')}`);
  });

  it.each([
    ['missing', undefined, 'it does not exist'],
    ['empty', '\n', 'is empty'],
    ['of two lines', 'a\nb\n', 'more than one line'],
  ])('in a file that is %s is an error', async (_name, text, message) => {
    const { root, get } = await server('oauth.client_secret_file = "secret.txt"');
    if (text !== undefined) await writeFile(join(root, 'secret.txt'), text, { mode: 0o600 });
    await expect(get().settings.client?.secret?.()).rejects.toThrow(message);
  });

  it('comes from a command, run once, without a shell and without our variables', async () => {
    const env = { ...process.env, MCPASS_PASSPHRASE: 'hidden', OP_SESSION: 'kept' };
    const script =
      'console.log([process.env.MCPASS_PASSPHRASE, process.env.OP_SESSION, Math.random(), "$(x)"].join("|"))';
    const { get } = await server(command(script), env);
    const { client } = get().settings;
    const [first, second] = await Promise.all([client?.secret?.(), client?.secret?.()]);
    expect(first?.reveal()).toMatch(/^\|kept\|0\.\d+\|\$\(x\)$/);
    expect(second?.reveal()).toBe(first?.reveal());
  });

  it('is asked for again after a command failed', async () => {
    const { root, get } = await server('oauth.client_secret_file = "secret.txt"');
    const { client } = get().settings;
    await expect(client?.secret?.()).rejects.toMatchObject({ code: 'config_invalid' });
    await writeFile(join(root, 'secret.txt'), 'now', { mode: 0o600 });
    expect((await client?.secret?.())?.reveal()).toBe('now');
  });

  it.each([
    [command('console.error("\u001b[31mlocked"); process.exit(3)'), /failed with exit code 3: \[31mlocked/],
    [command(''), /printed nothing/],
    ['oauth.client_secret_command = ["/no/such/program"]', /there is no program/],
  ])('from the command %s is an error', async (line, message) => {
    const { get } = await server(line, process.env);
    await expect(get().settings.client?.secret?.()).rejects.toThrow(message);
  });

  it('can be kept in a file of its own', async () => {
    const data = await temporaryDirectory();
    const path = await saveClientSecret({ paths: { data }, name: 'a.b', secret: new Secret('s3') });
    expect(await readFile(path, 'utf8')).toBe('s3\n');
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

it.each(['../x', '..', '/etc/x', 'a/b'])('a client secret is not kept under the name %s', async (name) => {
  const data = await temporaryDirectory();
  await expect(saveClientSecret({ paths: { data }, name, secret: new Secret('s') })).rejects.toMatchObject({
    code: 'usage',
  });
});

describe('a bearer token', () => {
  it('comes from its variable, or says which is missing', async () => {
    const { get } = await server('bearer_token_env_var = "TOKEN"', { TOKEN: 't' });
    expect((await get().settings.bearerToken?.())?.reveal()).toBe('t');
    const missing = await server('bearer_token_env_var = "TOKEN"', { TOKEN: '' });
    await expect(missing.get().settings.bearerToken?.()).rejects.toThrow('the variable TOKEN is not set');
  });
});

describe('a secret with a line end in the middle', () => {
  const broken = 'hidden-one\nhidden-two';
  const thrownBy = async (run: () => unknown) => {
    try {
      await run();
    } catch (thrown) {
      return thrown as Error & { code?: string };
    }
    throw new Error('nothing was thrown');
  };
  const shown = (thrown: Error) => inspect(thrown, { depth: 9 }) + JSON.stringify(thrown) + thrown.message;

  it.each([broken, 'hidden one', 'hidden\u0007', 'hidden-ü'])(
    'is not printed when it is the bearer token %j',
    async (value) => {
      const { get } = await server('bearer_token_env_var = "TOKEN"', { TOKEN: value });
      const thrown = await thrownBy(() => get().settings.bearerToken?.());
      expect(thrown.code).toBe('config_invalid');
      expect(thrown.message).toContain('the variable TOKEN');
      expect(shown(thrown)).not.toContain('hidden');
    },
  );

  it.each([
    ['oauth.client_secret_env = "X_SECRET"', 'the variable X_SECRET'],
    [command(`process.stdout.write(${JSON.stringify('hidden\u0007')})`), 'oauth.client_secret_command'],
  ])('is not printed when it is the client secret of %s', async (line, named) => {
    const { get } = await server(line, { ...process.env, X_SECRET: broken });
    const thrown = await thrownBy(() => get().settings.client?.secret?.());
    expect(thrown.code).toBe('config_invalid');
    expect(thrown.message).toContain(named);
    expect(shown(thrown)).not.toContain('hidden');
  });

  it.each([broken, 'hidden\u2713', 'hidden\u0000'])(
    'is not printed when it is the header %j from a variable',
    async (value) => {
      const { get } = await server('env_http_headers = { X-Key = "KEY" }', { KEY: value });
      const thrown = await thrownBy(get);
      expect(thrown.code).toBe('config_invalid');
      expect(thrown.message).toMatch(/config\.toml:4:\d+: .*the variable KEY/);
      expect(shown(thrown)).not.toContain('hidden');
    },
  );

  it('is none when it is at the end, as a file of variables leaves it', async () => {
    const { get } = await server('env_http_headers = { X-Key = "KEY" }', { KEY: 'v\r\n' });
    expect(get().settings.headers).toEqual({ 'X-Key': 'v' });
  });
});

describe('a literal header that looks like a credential', () => {
  it('is a warning that does not show it', async () => {
    const { get } = await server('http_headers = { Authorization = "Bearer hidden", X-Team = "a" }');
    const { warnings } = get();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toContain('env_http_headers');
    expect(JSON.stringify(warnings)).not.toContain('hidden');
  });
});
