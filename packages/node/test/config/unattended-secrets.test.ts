import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '@mcpass/auth';
import { describe, expect, it } from 'vitest';
import { readSecretAfresh } from '../../src/config/client-secret.js';
import { keepToken } from '../../src/config/kept-token.js';
import { loadConfig } from '../../src/config/load.js';
import { temporaryDirectory } from '../fixtures/directory.js';

describe('a command that nobody waits for', () => {
  const source = (script: string) => ({
    key: 'oauth.assertion_command',
    origin: () => ({ source: 'user', place: 'config.toml' }) as const,
    what: 'token',
    kind: 'command' as const,
    command: [process.execPath, '-e', script],
  });

  it('ends after its time when it hangs', async () => {
    const hanging = { ...source('setInterval(() => {}, 1000)'), patienceMs: 300 };
    await expect(readSecretAfresh(hanging, process.env)()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('took more than 0.3 seconds') as string,
    });
  });

  it('prints one line, and is asked each time', async () => {
    const two = readSecretAfresh(source('console.log("a\\nb")'), process.env);
    await expect(two()).rejects.toThrow('printed more than one line');
    const read = readSecretAfresh(source('console.log(process.pid)'), process.env);
    expect((await read()).equals(await read())).toBe(false);
  });
});

describe('a token that a command brings', () => {
  it('is asked for once, and once more for each that is refused, but not again and again', async () => {
    let asked = 0;
    const token = keepToken(() => Promise.resolve(new Secret(`t${(asked += 1)}`)));
    const [first, same] = await Promise.all([token(), token()]);
    expect(first.equals(same)).toBe(true);
    const second = await token(first);
    expect(second.reveal()).toBe('t2');
    // Somebody else's refusal of the one before, and one that comes too soon.
    expect((await token(first)).reveal()).toBe('t2');
    expect((await token(second)).reveal()).toBe('t2');
    expect(asked).toBe(2);
  });

  it('is asked for again when it could not be had', async () => {
    let asked = 0;
    const token = keepToken(() =>
      (asked += 1) === 1 ? Promise.reject(new Error('sealed')) : Promise.resolve(new Secret('t')),
    );
    await expect(token()).rejects.toThrow('sealed');
    expect((await token()).reveal()).toBe('t');
  });
});

describe('the keys for machines', () => {
  const load = async (lines: string, file = 'config.toml') => {
    const root = await temporaryDirectory();
    await writeFile(join(root, file), `[mcp_servers.x]\nurl = "https://x.example"\n${lines}\n`);
    const paths = { configFile: join(root, 'config.toml'), configNamed: false };
    return () => loadConfig({ paths, env: {}, cwd: root, home: root }).server('x');
  };

  it.each([
    'oauth.grant = "client_credentials"',
    'oauth.private_key_env = "K"',
    'oauth.private_key_file = "k"',
    'oauth.private_key_command = ["k"]',
    'oauth.private_key_id = "k"',
    'oauth.assertion_env = "A"',
    'oauth.assertion_file = "a"',
    'oauth.assertion_command = ["a"]',
    'oauth.assertion_audience = "a"',
    'bearer_token_command = ["b"]',
  ])('do not belong in a project file: %s', async (line) => {
    expect(await load(line, '.mcpass.toml')).toThrow('does not belong in a project file');
  });

  it.each([
    ['oauth.grant = "jwt_bearer"', 'needs oauth.assertion_file, _env or _command beside it'],
    ['oauth.assertion_env = "A"', 'is of use with oauth.grant jwt_bearer only'],
    [
      'oauth.token_endpoint_auth_method = "private_key_jwt"',
      'needs oauth.private_key_file, _env or _command',
    ],
    ['oauth.private_key_env = "A"\noauth.private_key_file = "b"', 'are both set; keep one'],
    ['oauth.private_key = "-----BEGIN"', 'is a secret, which does not belong here'],
    ['bearer_token_env_var = "A"\nbearer_token_command = ["b"]', 'are both set; keep one'],
    ['oauth.signing_algorithm = "HS256"', 'must be one of ES256'],
  ])('that do not go together stop their server: %s', async (lines, words) => {
    expect(await load(lines)).toThrow(words);
  });
});
