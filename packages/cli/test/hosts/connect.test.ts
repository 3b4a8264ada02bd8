import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROGRAM } from '../harness/command.js';
import { createHostMachine } from './support.js';

const AS_MCPASS = ['--command', 'mcpass'] as const;

/** Where each host has its file on Linux, and what an entry alone looks like. */
const FILES: readonly (readonly [host: string, file: string, text: string])[] = [
  ['codex', '.codex/config.toml', '[mcp_servers.linear]\ncommand = "mcpass"\nargs = ["bridge", "linear"]\n'],
  ['claude', '.claude.json', json('mcpServers', ['"type": "stdio"', '"command": "mcpass"'])],
  [
    'claude-desktop',
    '.config/Claude/claude_desktop_config.json',
    json('mcpServers', ['"command": "mcpass"']),
  ],
  ['cursor', '.cursor/mcp.json', json('mcpServers', ['"command": "mcpass"'])],
  ['vscode', '.config/Code/User/mcp.json', json('servers', ['"type": "stdio"', '"command": "mcpass"'])],
  ['gemini', '.gemini/settings.json', json('mcpServers', ['"command": "mcpass"'])],
  [
    'opencode',
    '.config/opencode/opencode.json',
    '{\n  "mcp": {\n    "linear": {\n      "type": "local",\n      "command": ["mcpass", "bridge", "linear"]\n    }\n  }\n}\n',
  ],
  ['windsurf', '.codeium/windsurf/mcp_config.json', json('mcpServers', ['"command": "mcpass"'])],
  ['zed', '.config/zed/settings.json', json('context_servers', ['"command": "mcpass"'])],
  [
    'goose',
    '.config/goose/config.yaml',
    `extensions:
  linear:
    enabled: true
    type: stdio
    name: linear
    description: linear, signed in by mcpass
    cmd: mcpass
    args:
      - bridge
      - linear
    envs: {}
    env_keys: []
    timeout: 300
`,
  ],
];

function json(table: string, lines: readonly string[]): string {
  const members = [...lines, '"args": ["bridge", "linear"]'].map((line) => `      ${line}`).join(',\n');
  return `{\n  "${table}": {\n    "linear": {\n${members}\n    }\n  }\n}\n`;
}

describe('each host', () => {
  test.each(FILES)('%s: %s', async (host, file, text) => {
    const machine = createHostMachine();
    const printed = await machine.run('connect', host, 'linear', ...AS_MCPASS);
    expect([printed.code, printed.stdout], printed.stderr).toEqual([0, text]);
    expect(printed.stderr).toContain(machine.path(file));
    expect(existsSync(machine.path(file))).toBe(false);

    const written = await machine.run('connect', host, 'linear', '--write', ...AS_MCPASS);
    expect(written.code, written.stderr).toBe(0);
    expect(machine.read(file)).toBe(text);

    const list = await machine.run('connect', '--list', '--json');
    const row = (list.json() as { hosts: { host: string }[] }).hosts.find((one) => one.host === host);
    expect(row).toEqual({ host, installed: true, file: machine.path(file), servers: ['linear'] });

    const again = await machine.run('connect', host, 'linear', '--write', ...AS_MCPASS);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('nothing was changed')]);
    expect(machine.backups(file)).toEqual([]);

    const removed = await machine.run('connect', host, 'linear', '--remove', ...AS_MCPASS);
    expect(removed.code, removed.stderr).toBe(0);
    expect(existsSync(machine.path(file))).toBe(false);
  });
});

test('what --command made it write, --remove takes out without being told again', async () => {
  const machine = createHostMachine();
  const commands = [
    'docker run -i --rm -v keys:/keys mcpass:1.0',
    'docker run -i ghcr.io/me/mcpass@sha256:0123 --quiet',
    'bash -lc \'exec mcpass "$@"\' --',
    '/opt/with-passphrase',
  ];
  const words = ['connect', 'cursor', 'linear'];
  for (const command of commands) {
    const written = await machine.run(...words, '--write', '--command', command);
    expect(written.code, written.stderr).toBe(0);
    if (command.includes('docker')) {
      const list = await machine.run('connect', '--list', '--json');
      expect(list.stdout).toContain('"linear"');
    }
    const removed = await machine.run(...words, '--remove');
    expect([removed.code, removed.stdout], command).toEqual([0, 'Disconnected Cursor from linear\n']);
  }
  // Another server's entry of that name is not what was written.
  machine.write(
    '.cursor/mcp.json',
    '{ "mcpServers": { "linear": { "command": "x", "args": ["bridge", "other"] } } }',
  );
  expect((await machine.run(...words, '--remove')).code).toBe(2);
});

test('a server that the host has already, or another one in its place, is said', async () => {
  const machine = createHostMachine();
  const near = { command: 'mcpass', args: ['bridge', 'near'] };
  machine.write(
    '.claude.json',
    JSON.stringify({
      mcpServers: {
        again: { type: 'http', url: 'https://mcp.linear.app/mcp' },
        bridged: { command: 'npx', args: ['-y', 'mcpass', 'bridge', 'linear'] },
      },
      projects: { [`${machine.home}/work`]: { mcpServers: { linear: near } } },
    }),
  );
  const { code, stderr } = await machine.run('connect', 'claude', 'linear', '--write', ...AS_MCPASS);
  expect(code).toBe(0);
  expect(stderr).toContain('Claude Code has this server as "again" too: it will offer its tools twice');
  expect(stderr).toContain('Claude Code has this server as "bridged" too');
  expect(stderr).toContain('Claude Code takes the "linear" of this directory instead');
});

describe('what starts mcpass', () => {
  async function commandOf(env: Record<string, string>, ...words: readonly string[]) {
    const machine = createHostMachine();
    const ended = await machine.runWith({ env }, 'connect', 'cursor', 'linear', '--json', ...words);
    expect(ended.code, ended.stderr).toBe(0);
    return ended.json() as { command: string[]; entry: object };
  }

  test('this Node and this file, where no mcpass is on the PATH', async () => {
    const { command } = await commandOf({ PATH: '/nowhere' });
    expect(command).toEqual([process.execPath, PROGRAM, 'bridge', 'linear']);
  });

  test.skipIf(process.platform === 'win32')(
    'mcpass, where it is; not the one of a script of npm',
    async () => {
      const machine = createHostMachine();
      for (const folder of ['bin', 'project/node_modules/.bin']) {
        chmodSync(machine.write(`${folder}/mcpass`, '#!/bin/sh\n'), 0o755);
      }
      const forScript = await commandOf({ PATH: machine.path('project/node_modules/.bin') });
      expect(forScript.command[0]).toBe(process.execPath);
      const { command, entry } = await commandOf({ PATH: machine.path('bin') });
      expect(command).toEqual(['mcpass', 'bridge', 'linear']);
      expect(entry).toEqual({ command: 'mcpass', args: ['bridge', 'linear'] });
    },
  );

  test('what --command says, and the options that this run was given', async () => {
    const { command, entry } = await commandOf(
      { MCPASS_HOME: '', XDG_STATE_HOME: '/state' },
      '--command',
      'npx -y "mcpass"',
      '--account',
      'work',
      '-c',
      'scopes=["a"]',
    );
    expect(command).toEqual([
      'npx',
      '-y',
      'mcpass',
      'bridge',
      'linear',
      '--account',
      'work',
      '-c',
      'scopes=["a"]',
    ]);
    expect(entry).toMatchObject({ env: { XDG_STATE_HOME: '/state' } });
  });

  test('--config comes along with its whole path', async () => {
    const machine = createHostMachine();
    machine.write('work/own.toml', '[mcp_servers.crm]\nurl = "https://crm.example/mcp"\n');
    const ended = await machine.run(
      'connect',
      'cursor',
      'crm',
      '--json',
      '--config',
      'own.toml',
      ...AS_MCPASS,
    );
    expect(ended.json()).toMatchObject({
      command: ['mcpass', 'bridge', 'crm', '--config', machine.path('work/own.toml')],
    });
  });

  test('Codex passes on the variables that the server is configured with', async () => {
    const machine = createHostMachine(
      '[mcp_servers.crm]\nurl = "https://crm.example/mcp"\nbearer_token_env_var = "CRM_TOKEN"\nenv_http_headers = { "X-Team" = "TEAM" }\n',
    );
    const { stdout } = await machine.run('connect', 'codex', 'crm', ...AS_MCPASS);
    expect(stdout).toContain('env_vars = ["CRM_TOKEN", "TEAM"]\n');
  });
});

describe('which server', () => {
  test('a URL is bridged by its configured name, or as it is', async () => {
    const machine = createHostMachine();
    const known = await machine.run(
      'connect',
      'cursor',
      'https://mcp.linear.app/mcp',
      '--json',
      ...AS_MCPASS,
    );
    expect(known.json()).toMatchObject({ name: 'linear', command: ['mcpass', 'bridge', 'linear'] });
    const other = await machine.run(
      'connect',
      'cursor',
      'https://api.fastmail.com/mcp',
      '--json',
      ...AS_MCPASS,
    );
    expect(other.json()).toMatchObject({
      schema: 1,
      host: 'cursor',
      name: 'fastmail',
      command: ['mcpass', 'bridge', 'https://api.fastmail.com/mcp'],
    });
  });

  test('--name is what the host calls it', async () => {
    const machine = createHostMachine();
    await machine.run('connect', 'cursor', 'linear', '--name', 'tickets', '--write', ...AS_MCPASS);
    expect(machine.read('.cursor/mcp.json')).toContain('"tickets": {');
  });

  test('goose keeps its names in small letters', async () => {
    const machine = createHostMachine();
    await machine.run('connect', 'goose', 'linear', '--name', 'My-Linear', '--write', ...AS_MCPASS);
    const text = machine.read('.config/goose/config.yaml');
    expect(text).toContain('  my-linear:\n    enabled: true\n    type: stdio\n    name: my-linear\n');
    await machine.run('connect', 'goose', 'linear', '--name', 'My-Linear', '--remove', ...AS_MCPASS);
    expect(existsSync(machine.path('.config/goose/config.yaml'))).toBe(false);
  });

  test('an unknown host or server ends with 2 and a suggestion', async () => {
    const machine = createHostMachine();
    const host = await machine.run('connect', 'cursr', 'linear');
    expect([host.code, host.stdout]).toEqual([2, '']);
    expect(host.stderr).toContain('Did you mean cursor?');
    const server = await machine.run('connect', 'cursor', 'linaer');
    expect([server.code, server.stdout]).toEqual([2, '']);
    expect(server.stderr).toContain('linear');
    const both = await machine.run('connect', 'cursor', 'linear', '--write', '--remove');
    expect(both.code).toBe(2);
    expect((await machine.run('connect', 'cursor')).code).toBe(2);
    expect((await machine.run('connect')).code).toBe(2);
  });
});

describe('a file that is there', () => {
  const BEFORE = '{\n  // mine\n  "mcpServers": {\n    "files": { "command": "npx" }, // local\n  },\n}';

  test('is copied first, keeps its mode and every other byte, and comes back', async () => {
    const machine = createHostMachine();
    const file = machine.write('.cursor/mcp.json', BEFORE);
    chmodSync(file, 0o640);
    const { stderr } = await machine.run('connect', 'cursor', 'linear', '--write', ...AS_MCPASS);
    const [backup = ''] = machine.backups('.cursor/mcp.json');
    expect(stderr).toContain(backup);
    expect(readFileSync(backup, 'utf8')).toBe(BEFORE);
    expect(machine.read('.cursor/mcp.json')).toBe(
      BEFORE.replace(
        '// local\n',
        '// local\n    "linear": {\n      "command": "mcpass",\n      "args": ["bridge", "linear"]\n    },\n',
      ),
    );
    if (process.platform !== 'win32') {
      expect([statSync(file).mode & 0o777, statSync(backup).mode & 0o777]).toEqual([0o640, 0o640]);
    }
    await machine.run('connect', 'cursor', 'linear', '--remove', ...AS_MCPASS);
    expect(machine.read('.cursor/mcp.json')).toBe(BEFORE);
    expect(readdirSync(machine.path('.cursor')).toSorted()).toEqual([
      'mcp.json',
      backup.slice(backup.lastIndexOf('/') + 1),
    ]);
  });

  test.skipIf(process.platform === 'win32')('may be a link to no file yet, and stays one', async () => {
    const machine = createHostMachine();
    mkdirSync(machine.path('dotfiles'));
    mkdirSync(machine.path('.gemini'));
    symlinkSync('../dotfiles/settings.json', machine.path('.gemini/settings.json'));
    const written = await machine.run('connect', 'gemini', 'linear', '--write', ...AS_MCPASS);
    expect(written.code, written.stderr).toBe(0);
    expect(readlinkSync(machine.path('.gemini/settings.json'))).toBe('../dotfiles/settings.json');
    expect(machine.read('dotfiles/settings.json')).toContain('"linear"');
    await machine.run('connect', 'gemini', 'linear', '--remove', ...AS_MCPASS);
    expect(readdirSync(machine.path('dotfiles'))).toEqual([]);
    expect(readlinkSync(machine.path('.gemini/settings.json'))).toBe('../dotfiles/settings.json');
  });

  test.skipIf(process.platform === 'win32')('that is read-only is left alone, with a word', async () => {
    const machine = createHostMachine();
    const file = machine.write('.cursor/mcp.json', '{}\n');
    const before = await machine.run('connect', 'cursor', 'linear', '--write', ...AS_MCPASS);
    expect(before.code).toBe(0);
    const text = machine.read('.cursor/mcp.json');
    chmodSync(file, 0o444);
    for (const words of [['--write', '--name', 'second'], ['--remove']]) {
      const ended = await machine.run('connect', 'cursor', 'linear', ...words, ...AS_MCPASS);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain(`${file} is read-only; nothing was changed.`);
      expect(ended.stderr).toContain('chmod u+w');
    }
    expect([machine.read('.cursor/mcp.json'), statSync(file).mode & 0o777]).toEqual([text, 0o444]);
    expect(machine.backups('.cursor/mcp.json')).toHaveLength(1);
    // What is there already needs no writing.
    const same = await machine.run('connect', 'cursor', 'linear', '--write', ...AS_MCPASS);
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('nothing was changed')]);
  });

  test.each([
    ['a directory', 'it is a directory', (file: string) => mkdirSync(file, { recursive: true })],
    [
      'a link to itself',
      'cannot be',
      (file: string) => {
        mkdirSync(dirname(file), { recursive: true });
        symlinkSync(basename(file), file);
      },
    ],
    [
      'a pipe',
      'is a pipe',
      (file: string) => {
        mkdirSync(dirname(file), { recursive: true });
        spawnSync('mkfifo', [file]);
      },
    ],
  ])('that is %s is refused, with the entry to paste', async (_, says, make) => {
    if (process.platform === 'win32') return;
    const machine = createHostMachine();
    const file = machine.path('.config/zed/settings.json');
    make(file);
    const written = await machine.run('connect', 'zed', 'linear', '--write', ...AS_MCPASS);
    expect([written.code, written.stderr]).toEqual([2, expect.stringContaining(says)]);
    expect(written.stdout).toContain('"context_servers"');
    const removed = await machine.run('connect', 'zed', 'linear', '--remove', ...AS_MCPASS);
    expect([removed.code, removed.stderr]).toEqual([2, expect.stringContaining(says)]);
    const listed = await machine.run('connect', '--list', '--json');
    const { hosts } = listed.json() as { hosts: { host: string; problem?: string }[] };
    expect(hosts.find(({ host }) => host === 'zed')?.problem).toContain(says);
    expect(lstatSync(file).isFile()).toBe(false);
  });

  test.each([
    ['cursor', '.cursor/mcp.json', Buffer.from('{"mcpServers":{"a":{"command":"\u00ff"}}}', 'latin1')],
    ['cursor', '.cursor/mcp.json', Buffer.from('\ufeff{}', 'utf16le')],
    ['codex', '.codex/config.toml', Buffer.from('a = "\u00ff"\n', 'latin1')],
    ['goose', '.config/goose/config.yaml', Buffer.from('a: \u00ff\n', 'latin1')],
  ])('%s: %s that is not UTF-8 is refused', async (host, name, bytes) => {
    const machine = createHostMachine();
    const file = machine.write(name, '');
    writeFileSync(file, bytes);
    for (const does of ['--write', '--remove']) {
      const ended = await machine.run('connect', host, 'linear', does, ...AS_MCPASS);
      expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('is not UTF-8 text')]);
    }
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(machine.backups(name)).toEqual([]);
  });

  test.each([
    ['cursor', '.cursor/mcp.json', '{\r  "mcpServers": {\r    "a": { "command": "x" } // mine\r  }\r}\r'],
    ['cursor', '.cursor/mcp.json', '{\r\n  "mcpServers": {\n    "a": { "command": "x" }\r\n  }\n}\r\n'],
    ['cursor', '.cursor/mcp.json', '{ "mcpServers": { "a": { "command": "x" }, "a": { "command": "y" } } }'],
    ['codex', '.codex/config.toml', 'a = 1\r\nb = 2\n[mcp_servers.z]\r\ncommand = "x"\n'],
    ['goose', '.config/goose/config.yaml', 'a: 1\r\nextensions:\n  x:\r\n    type: builtin\nb: 2\r\n'],
  ])('%s: line ends and keys as they come: %s %j', async (host, name, text) => {
    const machine = createHostMachine();
    machine.write(name, text);
    const written = await machine.run('connect', host, 'linear', '--write', ...AS_MCPASS);
    expect(written.code, written.stderr).toBe(0);
    // Nothing but the entry came to it.
    const after = machine.read(name);
    const kept = [...text].reduce((at, character) => after.indexOf(character, at) + 1, 0);
    expect([after.includes('linear'), kept > 0]).toEqual([true, true]);
    await machine.run('connect', host, 'linear', '--remove', ...AS_MCPASS);
    expect(machine.read(name)).toBe(text);
  });

  test.skipIf(process.platform === 'win32')('may be a link, and stays one', async () => {
    const machine = createHostMachine();
    const real = machine.write('dotfiles/mcp.json', '{}\n');
    mkdirSync(machine.path('.cursor'));
    symlinkSync(real, machine.path('.cursor/mcp.json'));
    await machine.run('connect', 'cursor', 'linear', '--write', ...AS_MCPASS);
    expect(lstatSync(machine.path('.cursor/mcp.json')).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain('"linear"');
    await machine.run('connect', 'cursor', 'linear', '--remove', ...AS_MCPASS);
    expect(readFileSync(real, 'utf8')).toBe('{}\n');
  });

  test('is what it was, also when other entries came and went meanwhile', async () => {
    const machine = createHostMachine();
    machine.write('.cursor/mcp.json', BEFORE);
    const connect = (...words: readonly string[]) =>
      machine.run('connect', 'cursor', 'linear', ...words, ...AS_MCPASS);
    await connect('--write');
    await connect('--write', '--name', 'second');
    await connect('--remove');
    expect(machine.read('.cursor/mcp.json')).not.toContain('"linear": {');
    expect(machine.read('.cursor/mcp.json')).toContain('"second": {');
    await connect('--remove', '--name', 'second');
    expect(machine.read('.cursor/mcp.json')).toBe(BEFORE);
  });

  test('another entry of the name is replaced by --force only, and comes back too', async () => {
    const machine = createHostMachine();
    const before = '{ "mcpServers": { "linear": { "url": "https://mcp.linear.app/mcp?key=hunter2" } } }\n';
    machine.write('.cursor/mcp.json', before);
    const refused = await machine.run('connect', 'cursor', 'linear', '--write', ...AS_MCPASS);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('https://mcp.linear.app/mcp');
    expect(refused.stderr).toContain('--force');
    expect(refused.stderr).not.toContain('hunter2');
    const kept = await machine.run('connect', 'cursor', 'linear', '--remove', ...AS_MCPASS);
    expect(kept.code).toBe(2);
    expect(machine.read('.cursor/mcp.json')).toBe(before);
    expect(machine.backups('.cursor/mcp.json')).toEqual([]);
    const forced = await machine.run('connect', 'cursor', 'linear', '--write', '--force', ...AS_MCPASS);
    expect(forced.code, forced.stderr).toBe(0);
    expect(machine.read('.cursor/mcp.json')).not.toContain('hunter2');
    await machine.run('connect', 'cursor', 'linear', '--remove', ...AS_MCPASS);
    expect(machine.read('.cursor/mcp.json')).toBe(before);
  });

  test.each([
    ['{ "url": "https://me:hunter2@mcp.linear.app/mcp" }', 'https://…@mcp.linear.app/mcp'],
    ['{ "url": "https://me:a/hunter2@mcp.linear.app/mcp" }', 'mcp.linear.app/mcp'],
    ['{ "command": "npx mcp-thing https://me:hunter2@mcp.linear.app/mcp" }', 'the program npx mcp-thing.'],
    ['{ "command": { "path": "mcp-thing", "args": ["hunter2"] } }', 'the program mcp-thing.'],
  ])('what another entry keeps secret is not shown: %s', async (entry, shown) => {
    const machine = createHostMachine();
    machine.write('.cursor/mcp.json', `{ "mcpServers": { "linear": ${entry} } }`);
    for (const does of ['--write', '--remove']) {
      const { code, stdout, stderr } = await machine.run('connect', 'cursor', 'linear', does, ...AS_MCPASS);
      expect([code, stderr]).toEqual([2, expect.stringContaining(shown)]);
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });

  test('comes back however mcpass is started by now', async () => {
    const machine = createHostMachine();
    machine.write('.codex/config.toml', 'model = "x"');
    await machine.run('connect', 'codex', 'linear', '--write', '--command', 'npx -y mcpass@0.1');
    await machine.run('connect', 'codex', 'linear', '--remove');
    expect(machine.read('.codex/config.toml')).toBe('model = "x"');
  });

  test('what a person added to our entry is no difference', async () => {
    const machine = createHostMachine();
    const text =
      '{ "mcpServers": { "linear": { "command": "mcpass", "args": ["bridge", "linear"], "trust": true } } }';
    machine.write('.gemini/settings.json', text);
    const ended = await machine.run('connect', 'gemini', 'linear', '--write', ...AS_MCPASS);
    expect([ended.code, machine.read('.gemini/settings.json')]).toEqual([0, text]);
  });

  test.each([
    ['cursor', '.cursor/mcp.json', '{ "mcpServers": {\n', ':2:'],
    ['cursor', '.cursor/mcp.json', '{ "mcpServers": [] }', 'does not edit'],
    ['cursor', '.cursor/mcp.json', '// later\n', 'does not edit'],
    ['cursor', '.cursor/mcp.json', '{ "mcpServers": {}, "mcpServers": {} }', 'does not edit'],
    ['codex', '.codex/config.toml', '[mcp_servers\n', ':1:'],
    ['codex', '.codex/config.toml', 'a = 1\rb = 2\r', ':1:'],
    ['codex', '.codex/config.toml', 'a = 1\na = 2\n', ':2:'],
    ['goose', '.config/goose/config.yaml', 'a: 1\na: 2\n', ':2:'],
    ['goose', '.config/goose/config.yaml', 'a: 1\rb:\r  c: 2\r', ':1:'],
    ['codex', '.codex/config.toml', 'mcp_servers = { a = { url = "https://a.example" } }\n', 'does not edit'],
    ['goose', '.config/goose/config.yaml', 'a: [\n', ':2:'],
    ['goose', '.config/goose/config.yaml', 'extensions: &all\n  - a\n', 'does not edit'],
  ])('%s: %s with %j is refused, with the entry to paste', async (host, file, text, says) => {
    const machine = createHostMachine();
    machine.write(file, text);
    const ended = await machine.run('connect', host, 'linear', '--write', ...AS_MCPASS);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(machine.path(file));
    expect(ended.stderr).toContain(says);
    expect(ended.stdout).toContain('mcpass');
    expect(machine.read(file)).toBe(text);
    expect(machine.backups(file)).toEqual([]);
  });

  test('--file takes another one', async () => {
    const machine = createHostMachine();
    const words = ['connect', 'claude', 'linear', '--file', '.mcp.json', ...AS_MCPASS];
    await machine.run(...words, '--write');
    expect(machine.read('work/.mcp.json')).toContain('"linear"');
    await machine.run(...words, '--remove');
    expect(existsSync(machine.path('work/.mcp.json'))).toBe(false);
  });

  test('a server that mcpass has forgotten can still be taken out', async () => {
    const machine = createHostMachine();
    machine.write('.cursor/mcp.json', '{}');
    await machine.run('connect', 'cursor', 'linear', '--write', ...AS_MCPASS);
    await machine.run('remove', 'linear');
    const ended = await machine.run('connect', 'cursor', 'linear', '--remove', ...AS_MCPASS);
    expect([ended.code, machine.read('.cursor/mcp.json')]).toEqual([0, '{}']);
  });

  test('opencode: version 2 has one table more', async () => {
    const machine = createHostMachine();
    const text =
      '{\n  "mcp": {\n    "servers": {\n      "a": { "type": "local", "command": ["a"] }\n    }\n  }\n}\n';
    machine.write('.config/opencode/opencode.jsonc', text);
    await machine.run('connect', 'opencode', 'linear', '--write', ...AS_MCPASS);
    const written = JSON.parse(machine.read('.config/opencode/opencode.jsonc')) as {
      mcp: { servers: object };
    };
    expect(Object.keys(written.mcp.servers)).toEqual(['a', 'linear']);
  });
});

test('--list says what is here, without reading more than the hosts have', async () => {
  const machine = createHostMachine();
  machine.write('.cursor/mcp.json', '{ broken');
  const bin = machine.path('bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'gemini'), '#!/bin/sh\n', { mode: 0o755 });
  const { code, stdout } = await machine.runWith({ env: { PATH: bin } }, 'connect', '--list');
  expect(code).toBe(0);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  expect(rows).toHaveLength(10);
  expect(rows).toContainEqual(['cursor', 'installed', machine.path('.cursor/mcp.json'), 'cannot be read']);
  expect(rows).toContainEqual(['gemini', 'installed', machine.path('.gemini/settings.json'), '']);
  expect(rows).toContainEqual(['zed', 'not found', machine.path('.config/zed/settings.json'), '']);
});

test.each([
  ['a home directory with nothing in it', {}],
  ['no home directory', { HOME: '/nowhere/at/all' }],
  // As a container has it: the system knows one all the same.
  ['no HOME', undefined],
])('--list with no host and %s', async (_, env) => {
  const machine = createHostMachine('');
  const list = (...words: readonly string[]) =>
    env === undefined
      ? spawnSync(process.execPath, [PROGRAM, ...words], { encoding: 'utf8', env: {} })
      : machine.runWith({ env: { PATH: '', ...env } }, ...words);
  const text = await list('connect', '--list');
  expect(text.stdout.trimEnd().split('\n')).toHaveLength(10);
  expect(text.stderr).toBe('');
  const { hosts } = JSON.parse((await list('connect', '--list', '--json')).stdout) as {
    hosts: { installed: boolean; file: string; servers: string[]; problem?: string }[];
  };
  expect(hosts).toHaveLength(10);
  // This machine's own may have some.
  if (env === undefined) return;
  for (const { file, ...host } of hosts) {
    expect(host).toMatchObject({ installed: false, servers: [] });
    expect(file.startsWith('/')).toBe(true);
  }
});

test('completes hosts, then servers', async () => {
  const machine = createHostMachine();
  const host = await machine.run('complete', '--', 'connect', 'cu');
  expect(host.stdout).toBe('cursor\n');
  const server = await machine.run('complete', '--', 'connect', 'cursor', 'li');
  expect(server.stdout).toContain('linear');
  const source = await machine.run('complete', '--', 'import', 'win');
  expect(source.stdout).toBe('windsurf\n');
});
