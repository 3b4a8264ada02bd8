import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMachine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

describe('a credential store in trouble ends with 6', () => {
  test('a record that cannot be read is named, kept, and hides no other server', async () => {
    const [one, two] = [await startProvider('plain'), await startProvider('plain')];
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'one', one.url);
    await machine.prepare('login', 'one');
    const directory = join(machine.home, 'data', 'credentials');
    const name = readdirSync(directory).find((entry) => entry.endsWith('.json')) ?? '';
    writeFileSync(join(directory, name), '{"version": 1, "half');
    await machine.prepare('add', 'two', two.url);
    await machine.prepare('login', 'two');

    const list = await machine.run('list');
    expect([list.code, list.stdout]).toEqual([6, expect.stringContaining('two\tsigned in\t')]);
    expect(list.stderr).toContain(`run:   mcpass login ${one.url}`);
    // It was moved out of the way, not thrown away, and status goes on saying so.
    const status = await machine.run('status', 'one');
    expect(status.code).toBe(4);
    expect(status.stderr).toContain('set aside');
    const kept = readdirSync(directory).map((entry) => readFileSync(join(directory, entry), 'utf8'));
    expect(kept).toContain('{"version": 1, "half');
    expect((await machine.run('token', 'two')).code).toBe(0);
  });

  test('a record of a newer mcpass is refused and left alone', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'one', sandbox.url);
    await machine.prepare('login', 'one');
    const directory = join(machine.home, 'data', 'credentials');
    const file = join(directory, readdirSync(directory).find((entry) => entry.endsWith('.json')) ?? '');
    const newer = readFileSync(file, 'utf8').replace(/"version": ?1/, '"version": 99');
    writeFileSync(file, newer);
    for (const words of [
      ['token', 'one'],
      ['status', 'one'],
      ['tools', 'one'],
      ['login', 'one'],
    ]) {
      const { code, stderr } = await machine.run(...words, '--json');
      expect(code, words.join(' ')).toBe(6);
      expect(stderr).toContain('record_unreadable');
    }
    expect(readFileSync(file, 'utf8')).toBe(newer);
  });

  test('a store that cannot be written is found before anybody is asked', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    mkdirSync(machine.home, { recursive: true });
    // A file where the directory has to be: refused whoever runs the test.
    writeFileSync(join(machine.home, 'data'), '');
    const { code, stdout, stderr } = await machine.run('login', sandbox.url);
    expect([code, stdout]).toEqual([6, '']);
    expect(stderr).toContain(join(machine.home, 'data'));
    expect(sandbox.log.all).toEqual([]);
  });
});

test('a trace that cannot be written is said, and ends with 2', async () => {
  const machine = createMachine();
  const { code, stdout, stderr } = await machine.run(
    'list',
    '--trace',
    join(machine.home, 'no', 'such', 'file'),
  );
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(join('no', 'such', 'file'));
  expect(stderr).toContain('there is no such directory');
  expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
});

describe.skipIf(process.platform === 'win32')('a trace', () => {
  test('follows no link, and leaves what is behind it', async () => {
    const machine = createMachine();
    const mine = join(machine.home, '..', 'mine.txt');
    const link = join(machine.home, '..', 'trace.jsonl');
    writeFileSync(mine, 'mine\n', { mode: 0o644 });
    for (const target of [mine, join(machine.home, '..', 'nothing.txt')]) {
      symlinkSync(target, link);
      const { code, stdout, stderr } = await machine.run('list', '--trace', link);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(`--trace: ${link} cannot be written`);
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
      rmSync(link);
    }
    expect([readFileSync(mine, 'utf8'), statSync(mine).mode & 0o777]).toEqual(['mine\n', 0o644]);
    expect(existsSync(join(machine.home, '..', 'nothing.txt'))).toBe(false);
  });

  test('is a file of its own, though one was there that others may read or hold open', async () => {
    const machine = createMachine();
    const file = join(machine.home, '..', 'trace.jsonl');
    writeFileSync(file, 'old\n', { mode: 0o644 });
    const held = openSync(file, 'r');
    const other = join(machine.home, '..', 'other');
    linkSync(file, other);
    expect((await machine.run('list', '--trace', file)).code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain('"type":"start"');
    expect([readFileSync(held, 'utf8'), readFileSync(other, 'utf8')]).toEqual(['old\n', 'old\n']);
    closeSync(held);
  });

  test.each([
    ['a pipe', (file: string) => void spawnSync('mkfifo', [file])],
    ['a directory', (file: string) => mkdirSync(file)],
  ])('into %s is refused, and waits for nobody', async (what, make) => {
    const machine = createMachine();
    const file = join(machine.home, '..', 'trace.jsonl');
    make(file);
    const { code, stdout, stderr } = await machine.runWith({ limitMs: 20_000 }, 'list', '--trace', file);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      `cannot be written (it is ${what === 'a directory' ? what : 'a link, or another'}`,
    );
  });
});

test('a configuration that cannot be written is said, and ends with 1 or 2', async () => {
  const machine = createMachine();
  mkdirSync(machine.configFile, { recursive: true });
  const { code, stdout, stderr } = await machine.run('add', 'a', 'https://a.example/mcp');
  expect([1, 2]).toContain(code);
  expect(stdout).toBe('');
  expect(stderr).toContain(machine.configFile);
});

describe('sandbox', () => {
  test('names its profiles', async () => {
    const machine = createMachine();
    const { code, stdout } = await machine.run('sandbox', '--list');
    expect(code).toBe(0);
    for (const profile of ['fastmail', 'resource-bound', 'authkit']) expect(stdout).toContain(profile);
    expect((await machine.run('sandbox', '--list', '--json')).json()).toMatchObject({ schema: 1 });
  });

  test('runs a provider until it is told to stop', async () => {
    const machine = createMachine({ person: 'consents' });
    const running = machine.start({}, 'sandbox', 'authkit', '--json');
    const { url } = JSON.parse(
      await new Promise<string>((resolve) => {
        running.process.stdout.once('data', (text: string) => resolve(text));
      }),
    ) as { url: string };
    const { code, stdout } = await machine.run('call', url, 'echo', 'text=hello', '--login');
    expect([code, stdout]).toEqual([0, 'hello\n']);
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect((await machine.run('token', url)).code).toBe(0);
    expect((await machine.run('refresh', url)).code).toBe(5);
    expect((await machine.run('token', url)).code).toBe(0);
  });

  test('an unknown profile is a usage error with a suggestion', async () => {
    const { code, stderr } = await createMachine().run('sandbox', 'fastmial');
    expect(code).toBe(2);
    expect(stderr).toContain('fastmail');
  });
});

test('MCPASS_HOME holds everything, and nothing is written outside', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('login', sandbox.url);
  expect(readdirSync(machine.home)).toContain('data');
  const outside = join(machine.home, '..');
  for (const name of ['.config', '.local', '.cache']) expect(existsSync(join(outside, name))).toBe(false);
});

test.each(['', 'relative', '.'])('HOME as "%s" puts nothing where the command was started', async (home) => {
  const env = { HOME: home, USERPROFILE: home, MCPASS_HOME: '', XDG_DATA_HOME: 'relative' };
  const { code, stdout } = await createMachine().runWith({ env }, 'config', 'path', '--json');
  const { config, ...places } = JSON.parse(stdout) as Record<string, string> & { config: { path: string }[] };
  expect(code).toBe(0);
  for (const place of [config[0]?.path, places['data'], places['state'], places['cache']]) {
    expect(place?.startsWith(userInfo().homedir), place).toBe(true);
  }
});
