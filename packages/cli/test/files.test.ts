import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMachine, type Machine, PROGRAM } from './harness/command.js';
import { startProvider } from './harness/provider.js';

/* What lies under the name of a file that is read, and is none, or is far too large for one. */

const ODD: readonly (readonly [name: string, says: string, make: (file: string) => void])[] = [
  ['an endless device', 'it is a device', (file) => symlinkSync('/dev/zero', file)],
  ['a pipe', 'it is a pipe', (file) => void spawnSync('mkfifo', [file])],
  ['a directory', 'it is a directory', (file) => mkdirSync(file)],
  ['a gigabyte', 'it is larger than 64 MiB', makeGigabyte],
];

function makeGigabyte(file: string): void {
  writeFileSync(file, '');
  truncateSync(file, 2 ** 30);
}

/** A project of its own; commands run in it. */
function createProject(machine: Machine): string {
  const project = join(machine.home, '..', 'project');
  mkdirSync(project);
  return project;
}

describe.skipIf(process.platform === 'win32')('a file of the configuration that is none', () => {
  test.each(ODD)('the project file: %s', async (_, says, make) => {
    const machine = createMachine();
    const project = createProject(machine);
    make(join(project, '.mcpass.toml'));
    const { code, stdout, stderr } = await machine.runWith({ cwd: project, limitMs: 20_000 }, 'list');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`.mcpass.toml cannot be read: ${says}`);
  });

  test.each(ODD)("the person's own: %s", async (_, says, make) => {
    const machine = createMachine();
    mkdirSync(machine.home, { recursive: true });
    make(machine.configFile);
    for (const words of [['list'], ['add', 'one', 'https://one.example/mcp']]) {
      const { code, stdout, stderr } = await machine.runWith({ limitMs: 20_000 }, ...words);
      expect([code, stdout], stderr).toEqual([2, '']);
      expect(stderr).toContain(`${machine.configFile} cannot be read: ${says}`);
    }
  });

  test.each(ODD)("a host's: %s", async (_, says, make) => {
    const machine = createMachine();
    mkdirSync(join(machine.home, '..', '.cursor'));
    make(join(machine.home, '..', '.cursor', 'mcp.json'));
    for (const words of [
      ['import', 'cursor'],
      ['connect', 'cursor', 'https://one.example/mcp', '--write'],
    ]) {
      const { code, stderr } = await machine.runWith({ limitMs: 20_000 }, ...words);
      expect(code, stderr).toBe(2);
      expect(stderr).toContain(`cannot be read: ${says}`);
    }
  });
});

describe.skipIf(process.platform === 'win32')('a file that a person names', () => {
  test('may be a pipe, as a shell makes one', async () => {
    const machine = createMachine();
    const script = `"$@" --config <(sleep 0.3; echo '[mcp_servers.piped]'; echo 'url = "https://piped.example/mcp"')`;
    const child = spawnSync('bash', ['-c', script, 'bash', process.execPath, PROGRAM, 'list'], {
      env: machine.env,
      encoding: 'utf8',
    });
    expect([child.status, child.stdout], child.stderr).toEqual([
      0,
      'piped\tnot signed in\t\t\thttps://piped.example/mcp\n',
    ]);
  });

  test('may be nothing at all', async () => {
    const { code, stderr } = await createMachine().run('list', '--config', '/dev/null');
    expect([code, stderr]).toEqual([0, expect.stringContaining('No servers yet.')]);
  });

  test('that never ends is refused at its limit', async () => {
    const machine = createMachine();
    for (const [words, says] of [
      [['list', '--config', '/dev/zero'], '/dev/zero cannot be read: it is larger than 64 MiB'],
      [['import', 'cursor', '--file', '/dev/zero'], '/dev/zero cannot be read: it is larger than 64 MiB'],
      [['credential', 'import', '/dev/zero'], '/dev/zero cannot be read: it is larger than 16 MiB'],
      [
        ['call', 'https://one.example/mcp', 'echo', '--args', '@/dev/zero'],
        '--args: /dev/zero cannot be read: it is larger than 16 MiB',
      ],
    ] as const) {
      const { code, stdout, stderr } = await machine.runWith({ limitMs: 30_000 }, ...words);
      expect([code, stdout], words.join(' ')).toEqual([2, '']);
      expect(stderr).toContain(says);
    }
  });

  test('that is a pipe without anybody behind it is waited for, and not for ever', async () => {
    const machine = createMachine();
    const pipe = join(machine.home, '..', 'pipe');
    spawnSync('mkfifo', [pipe]);
    const listed = await machine.runWith({ limitMs: 30_000 }, 'list', '--config', pipe);
    expect([listed.code, listed.stderr]).toEqual([
      2,
      expect.stringContaining('it is a pipe, and nothing came out of it'),
    ]);
  });

  test('with a passphrase is read as far as a passphrase goes', async () => {
    const machine = createMachine();
    const line = `MCPASS_PASSPHRASE_FD=3 "$@" 3</dev/zero`;
    const words = ['login', 'https://one.example/mcp', '-c', 'credentials_store="passphrase"'];
    const child = spawnSync('bash', ['-c', line, 'bash', process.execPath, PROGRAM, ...words], {
      env: machine.env,
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect([child.status, child.stdout], child.stderr).toEqual([6, '']);
  });
});

describe.skipIf(process.platform === 'win32')('a file with a client secret', () => {
  async function configured(file: string): Promise<Machine> {
    const sandbox = await startProvider('pre-registered');
    const machine = createMachine({ person: 'consents' });
    machine.writeConfig(
      [
        '[mcp_servers.crm]',
        `url = "${sandbox.url}"`,
        'oauth.client_id = "sandbox-client"',
        `oauth.client_secret_file = ${JSON.stringify(file)}`,
        '',
      ].join('\n'),
    );
    return machine;
  }

  test.each([
    ['/dev/zero', 'it is larger than 64 KiB'],
    ['/nonexistent', 'it does not exist'],
    ['/', 'it is a directory'],
  ])('%s is refused', async (file, says) => {
    const machine = await configured(file);
    const { code, stderr } = await machine.runWith({ limitMs: 30_000 }, 'login', 'crm');
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${file} cannot be read: ${says}`)]);
  });

  test('may be a pipe that somebody fills later', async () => {
    const pipe = join(createMachine().home, '..', 'secret');
    spawnSync('mkfifo', [pipe]);
    const machine = await configured(pipe);
    const writer = spawn('sh', ['-c', `sleep 1; printf 'sandbox-secret\\n' > '${pipe}'`]);
    const { code, stdout, stderr } = await machine.runWith({ limitMs: 30_000 }, 'login', 'crm');
    writer.kill();
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining('Signed in')]);
  });
});

/* What the parser of a format would not come back from. */
describe('a file that is nested without end', () => {
  const DEPTH = 100_000;
  const HOSTS: readonly (readonly [host: string, file: string, what: string, text: string, place: string])[] =
    [
      ['cursor', '.cursor/mcp.json', 'lists', `{\n"a": ${'['.repeat(DEPTH)}`, ':2:205'],
      [
        'cursor',
        '.cursor/mcp.json',
        'whole tables',
        `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`,
        ':1:1001',
      ],
      ['zed', '.config/zed/settings.json', 'comments too', `// [\n${'/**/['.repeat(DEPTH)}`, ':2:1005'],
      ['codex', '.codex/config.toml', 'lists', `\na = ${'['.repeat(DEPTH)}`, ':2:'],
      ['codex', '.codex/config.toml', 'dotted keys', `\n${'a.'.repeat(DEPTH)}a = 1`, ':2:1'],
      ['codex', '.codex/config.toml', 'a header', `\n\n[${'a.'.repeat(DEPTH)}a]`, ':3:1'],
      ['goose', '.config/goose/config.yaml', 'lists', `a: ${'['.repeat(DEPTH)}`, ':1:20'],
      ['goose', '.config/goose/config.yaml', 'lists in lines', `a:\n ${'- '.repeat(DEPTH)}`, ':2:'],
      ['goose', '.config/goose/config.yaml', 'tables', `a: ${'{a: '.repeat(DEPTH)}`, ':1:'],
      ['goose', '.config/goose/config.yaml', 'aliases', aliasBomb(), ':2:'],
      ['goose', '.config/goose/config.yaml', 'itself', 'a: &a [1, *a]\n', ':1:'],
    ];

  function aliasBomb(): string {
    const lines = ['a0: &a0 [1,1,1,1,1,1,1,1,1]'];
    for (let level = 1; level < 12; level += 1) {
      lines.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(',')}]`,
      );
    }
    return lines.join('\n');
  }

  test.each(HOSTS)('%s: %s: %s', async (host, name, _, text, place) => {
    const machine = createMachine();
    const env = { XDG_CONFIG_HOME: join(machine.home, '..', '.config') };
    const file = join(machine.home, '..', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    for (const words of [
      ['import', host, '--json'],
      ['connect', host, 'https://one.example/mcp', '--write', '--json'],
      ['connect', host, 'https://one.example/mcp', '--remove', '--json'],
    ]) {
      const { code, stderr } = await machine.runWith({ env }, ...words);
      expect([code, stderr], words.join(' ')).toEqual([2, expect.stringContaining('"config_invalid"')]);
      expect(stderr).toContain(`${name}${place}`);
      expect(stderr).toMatch(/nested more than 200 levels deep|its aliases stand for too much/);
    }
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test.each([
    ['lists', `a = ${'['.repeat(DEPTH)}`],
    ['dotted keys', `[mcp_servers.one]\n${'a.'.repeat(DEPTH)}a = 1`],
    ['tables in a line', `mcp_servers = ${'{a='.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`],
  ])('our own: %s', async (_, text) => {
    const machine = createMachine();
    machine.writeConfig(text);
    for (const words of [
      ['list', '--json'],
      ['add', 'two', 'https://two.example/mcp', '--json'],
      ['remove', 'one', '--json'],
    ]) {
      const { code, stderr } = await machine.run(...words);
      expect([code, stderr], words.join(' ')).toEqual([2, expect.stringContaining('"config_invalid"')]);
      expect(stderr).toMatch(/config\.toml:\d+:\d+: .*nested more than 200 levels deep/);
    }
  });
});
