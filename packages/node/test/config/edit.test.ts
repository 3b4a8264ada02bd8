import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { appendBlock, cutBlocks } from '../../src/config/block.js';
import { addServer, removeServer } from '../../src/config/edit.js';
import { outlineToml } from '../../src/config/outline.js';
import { temporaryDirectory } from '../fixtures/directory.js';
import { tomlText } from '../fixtures/toml-text.js';

const keys = { url: 'https://mcp.example.com/mcp' };

async function file(text?: string): Promise<string> {
  const path = join(await temporaryDirectory(), 'config.toml');
  if (text !== undefined) await writeFile(path, text);
  return path;
}

const read = (path: string) => readFile(path, 'utf8');

describe('addServer', () => {
  it('writes a new file that only its owner can read', async () => {
    const path = join(await temporaryDirectory(), 'deep', 'config.toml');
    await addServer({
      file: path,
      name: 'fastmail',
      keys: {
        ...keys,
        scopes: ['read', 'https://x.example/a'],
        'oauth.client_id': 'id',
        'oauth.callback_port': 4000,
        http_headers: { 'X-Team': 'say "blue"' },
      },
    });
    expect(await read(path)).toBe(
      [
        '[mcp_servers.fastmail]',
        'url = "https://mcp.example.com/mcp"',
        'scopes = ["read", "https://x.example/a"]',
        'oauth.client_id = "id"',
        'oauth.callback_port = 4000',
        'http_headers = { X-Team = "say \\"blue\\"" }',
        '',
      ].join('\n'),
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('quotes a name with dots', async () => {
    const path = await file();
    await addServer({ file: path, name: 'a.b', keys });
    expect(await read(path)).toContain('[mcp_servers."a.b"]');
    await removeServer({ file: path, name: 'a.b' });
    expect(await read(path)).toBe('');
  });

  it('keeps the line ends of the file, and mends a missing last one', async () => {
    const path = await file('# mine\r\n[a]\r\nb = 1');
    await addServer({ file: path, name: 'x', keys });
    expect(await read(path)).toBe(
      '# mine\r\n[a]\r\nb = 1\r\n\r\n[mcp_servers.x]\r\nurl = "https://mcp.example.com/mcp"\r\n',
    );
  });

  it('keeps the mode of the file, and a symbolic link a link', async () => {
    const directory = await temporaryDirectory();
    const target = join(directory, 'dotfiles.toml');
    const link = join(directory, 'config.toml');
    await writeFile(target, 'a = 1\n');
    await chmod(target, 0o640);
    await symlink('dotfiles.toml', link);
    await addServer({ file: link, name: 'x', keys });
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readlink(link)).toBe('dotfiles.toml');
    expect(await read(target)).toContain('[mcp_servers.x]');
    expect((await stat(target)).mode & 0o777).toBe(0o640);
    expect(await readdir(directory)).toEqual(['config.toml', 'dotfiles.toml']);
  });

  it('creates the target of a link that leads nowhere yet', async () => {
    const directory = await temporaryDirectory();
    await symlink('later.toml', join(directory, 'config.toml'));
    await addServer({ file: join(directory, 'config.toml'), name: 'x', keys });
    expect(await read(join(directory, 'later.toml'))).toContain('[mcp_servers.x]');
  });

  it('refuses a name in use, and replaces it when told to', async () => {
    const path = await file('[mcp_servers.x]\nurl = "https://old.example"\n\n[other]\na = 1\n');
    await expect(addServer({ file: path, name: 'x', keys })).rejects.toMatchObject({ code: 'name_in_use' });
    await addServer({ file: path, name: 'x', keys, replace: true });
    expect(await read(path)).toBe('[other]\na = 1\n\n[mcp_servers.x]\nurl = "https://mcp.example.com/mcp"\n');
  });

  it.each(['', 'a b', 'a/b', '-x', '.x', 'default', '__proto__', 'https://x.example', 'ü', 'a\nb'])(
    'refuses the name %j',
    async (name) => {
      const path = await file();
      await expect(addServer({ file: path, name, keys })).rejects.toMatchObject({ code: 'usage' });
      await expect(read(path)).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );

  it.each([
    [{ url: 'ftp://x.example' }, 'url_invalid'],
    [{ url: 'not a url' }, 'url_invalid'],
    [{ ...keys, scopes: ['a b'] }, 'usage'],
    [{ ...keys, 'oauth.client_secret': 'hidden' }, 'usage'],
    [{ ...keys, bearer_token_env_var: 'gh.token-value' }, 'usage'],
  ])('refuses %j and shows no value that may be secret', async (bad, code) => {
    const path = await file('a = 1\n');
    const failure: unknown = await addServer({ file: path, name: 'x', keys: bad }).catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).toMatchObject({ code });
    expect(String(failure)).not.toMatch(/hidden|gh\.token-value/);
    expect(await read(path)).toBe('a = 1\n');
  });

  it.each([
    ['a file that is not TOML', '[mcp_servers\n', /:1:\d+/],
    [
      'servers in an inline table',
      'mcp_servers = { a = { url = "https://a.example" } }\n',
      /cannot be edited/,
    ],
    ['bytes that are no text', Buffer.from([0x61, 0x3d, 0xff]), /UTF-8/],
  ])('leaves %s as it is', async (_name, text, message) => {
    const path = await file();
    await writeFile(path, text);
    await expect(addServer({ file: path, name: 'x', keys })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message) as string,
    });
    expect(await readFile(path)).toEqual(Buffer.from(text));
  });

  it('loses none of many edits at once', async () => {
    const path = await file('# mine\n');
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(names.map((name) => addServer({ file: path, name, keys })));
    expect(Object.keys(parse(await read(path))['mcp_servers'] as object).toSorted()).toEqual(names);
  });
});

describe('removeServer', () => {
  const text = [
    '# The head of the file.',
    '',
    '[other]',
    'a = 1 # stays',
    '',
    '# About x.',
    '# Second line about x.',
    '[mcp_servers.x] # here',
    'url = "https://x.example"',
    '',
    '# In the middle of x.',
    'scopes = [',
    '  "a", # why',
    ']',
    '# enabled = false',
    '',
    '[mcp_servers.x.oauth]',
    'client_id = "1"',
    '# About y.',
    '[mcp_servers.y]',
    'url = """',
    '[mcp_servers.x]"""',
    '',
    '[mcp_servers.x.unsafe]',
    'assume_pkce = true',
    '',
    '# The end.',
  ].join('\n');

  it('takes the tables of one server with their comments, and nothing else', async () => {
    const path = await file(text);
    await removeServer({ file: path, name: 'x' });
    expect(await read(path)).toBe(
      [
        '# The head of the file.',
        '',
        '[other]',
        'a = 1 # stays',
        '# About y.',
        '[mcp_servers.y]',
        'url = """',
        '[mcp_servers.x]"""',
        '',
        '# The end.',
      ].join('\n'),
    );
  });

  it('says which names there are when the name is wrong', async () => {
    const path = await file(text);
    await expect(removeServer({ file: path, name: 'yy' })).rejects.toMatchObject({
      code: 'server_unknown',
      message: expect.stringContaining('Did you mean y?') as string,
    });
    await expect(removeServer({ file: await file(), name: 'x' })).rejects.toMatchObject({
      code: 'server_unknown',
    });
  });

  it.each([
    '[mcp_servers]\nx = { url = "https://x.example" }\n',
    '[mcp_servers]\nx.url = "https://x.example"\n',
    'mcp_servers.x.url = "https://x.example"\n',
    'mcp_servers = { x = { url = "https://x.example" } }\n',
  ])('refuses rather than damage %j', async (odd) => {
    const path = await file(odd);
    await expect(removeServer({ file: path, name: 'x' })).rejects.toMatchObject({ code: 'config_invalid' });
    expect(await read(path)).toBe(odd);
  });

  it('fails whole when the directory cannot be written', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'config.toml');
    await mkdir(path);
    await expect(removeServer({ file: path, name: 'x' })).rejects.toMatchObject({ code: 'config_invalid' });
  });
});

describe('any text', () => {
  const name = fc.constantFrom('alpha', 'a.b', 'x-1');

  it('is a prefix of itself with a server added', () => {
    fc.assert(
      fc.property(tomlText(), name, (text, server) => {
        const added = appendBlock(text, server, keys);
        expect(added.startsWith(text)).toBe(true);
        expect(parse(added)).toMatchObject({ mcp_servers: { [server]: keys } });
      }),
    );
  });

  it('comes back byte for byte when an added server is removed, but for a mended last line end', () => {
    fc.assert(
      fc.property(tomlText(), name, (text, server) => {
        const back = cutBlocks(appendBlock(text, server, keys), server);
        expect([text, `${text}\n`, `${text}\r\n`]).toContain(back);
      }),
    );
  });

  it('says the same about everything else when any of its servers is removed', () => {
    fc.assert(
      fc.property(tomlText(), (text) => {
        const { mcp_servers: servers = {}, ...rest } = parse(text);
        for (const server of Object.keys(servers)) {
          const left = cutBlocks(text, server);
          expect(left).toBeDefined();
          const { [server]: _removed, ...others } = servers as Record<string, unknown>;
          const expected = Object.keys(others).length === 0 ? rest : { ...rest, mcp_servers: others };
          expect(parse(left ?? '')).toEqual(expected);
        }
      }),
    );
  });

  it('keeps every byte of every other table when one is removed', () => {
    fc.assert(
      fc.property(tomlText(), (text) => {
        const servers = Object.keys(parse(text)['mcp_servers'] ?? {});
        for (const server of servers) {
          const left = cutBlocks(text, server) ?? '';
          for (const entry of outlineToml(text)) {
            if (entry.path[0] === 'mcp_servers' && entry.path[1] === server) continue;
            expect(left).toContain(text.slice(entry.start, entry.end));
          }
          // What is left is the old text with pieces cut out, nothing moved and nothing new.
          const lines = (of: string) => of.replace('\ufeff', '').split('\n');
          expect(isSubsequence(lines(left), lines(text))).toBe(true);
        }
      }),
    );
  });
});

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const line of whole) if (part[at] === line) at += 1;
  // A file that ended without a line end may end with one now.
  return at === part.length || (at === part.length - 1 && part[at] === '');
}
