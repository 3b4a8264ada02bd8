import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMachine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

/* What somebody gets who installs the command: packed, installed in an empty folder, and run from there. */

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
/** The simulated user of the sandbox, as a program. */
const BROWSER = createRequire(import.meta.url).resolve('@mcpass/sandbox/browser');
const MOST_BYTES = 2 * 1024 * 1024;

let folder: string;
let modules: string;

// With a cache of its own and no network: whatever it needed beside the tarball would not be there.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpass-install-'));
  const quiet = ['--cache', join(folder, 'cache'), '--offline', '--no-audit', '--no-fund', '--silent'];
  npm(PACKAGE, 'pack', '--pack-destination', folder, ...quiet);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  npm(empty, 'install', '--omit=optional', ...quiet, join(folder, tarball));
  modules = join(empty, 'node_modules');
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(cwd: string, ...args: readonly string[]): void {
  const cli = process.env['npm_execpath'];
  const [program, ...words] = cli?.endsWith('.js') ? [process.execPath, cli, ...args] : ['npm', ...args];
  const { status, stderr, error } = spawnSync(program ?? '', words, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args[0]} failed: ${stderr}`, { cause: error });
}

const installed = (person?: string) =>
  createMachine({
    program: join(modules, 'mcpass/bin/mcpass.js'),
    ...(person === undefined ? {} : { person }),
  });

describe('the installed command', () => {
  test('is one package beside the optional keyring, and at most 2 MiB', () => {
    const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as {
      packages: Record<string, unknown>;
    };
    expect(Object.keys(lock.packages)).toEqual(['node_modules/mcpass']);
    const files = readdirSync(modules, { recursive: true, encoding: 'utf8' });
    const stats = files.map((file) => statSync(join(modules, file))).filter((stat) => stat.isFile());
    const bytes = stats.reduce((sum, { size }) => sum + size, 0);
    // The measure is of something: the bundle alone is most of a megabyte.
    expect(bytes).toBeGreaterThan(MOST_BYTES / 4);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  });

  test('brings the licences of what is bundled', () => {
    const text = readFileSync(join(modules, 'mcpass/dist/LICENSES.txt'), 'utf8');
    for (const name of [
      'commander',
      'default-browser',
      'oauth4webapi',
      'open',
      'smol-toml',
      'undici',
      'yaml',
    ])
      expect(text).toMatch(new RegExp(`^${name}\n\n`, 'm'));
  });

  test('runs from where npm links it', () => {
    const link = join(modules, '.bin', process.platform === 'win32' ? 'mcpass.cmd' : 'mcpass');
    const { stdout } = spawnSync(link, ['--version'], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    expect(stdout).toMatch(/^mcpass \d+\.\d+\.\d+\n$/);
  });

  test('shows its help, keeps servers and edits the files of hosts', async () => {
    const machine = installed();
    expect((await machine.run('--help')).stdout).toContain('mcpass');
    expect((await machine.run('add', 'linear', 'https://mcp.linear.app/mcp')).code).toBe(0);
    expect((await machine.run('list')).stdout).toContain('linear');
    for (const host of ['cursor', 'goose'])
      expect(await machine.run('connect', host, 'linear')).toMatchObject({ code: 0 });
  });

  test.runIf(process.platform === 'linux')(
    "signs in with the platform's browser, calls a tool and relays",
    async () => {
      const sandbox = await startProvider('plain');
      const machine = installed();
      const bin = join(dirname(machine.home), 'bin');
      mkdirSync(bin);
      expect(statSync(join(modules, 'mcpass/dist/xdg-open')).mode & 0o111).toBe(0o111);
      // The one that it takes where no desktop says otherwise.
      const browser = `#!/bin/sh\nexec "${process.execPath}" "${BROWSER}" "$1"\n`;
      writeFileSync(join(bin, 'x-www-browser'), browser, { mode: 0o755 });
      const env = {
        PATH: [bin, process.env['PATH']].join(delimiter),
        DISPLAY: ':99',
        XDG_DATA_DIRS: bin,
        CI: '',
      };
      expect(await machine.runWith({ env }, 'login', sandbox.url)).toMatchObject({ code: 0 });
      const call = await machine.run('call', sandbox.url, 'echo', 'text=hello');
      expect([call.code, call.stdout]).toEqual([0, 'hello\n']);
      const stdin = `${JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'ping' })}\n`;
      expect((await machine.runWith({ stdin }, 'bridge', sandbox.url)).stdout).toContain('"id":7');
    },
  );

  test('goes through a proxy', async () => {
    const env = { HTTP_PROXY: 'http://127.0.0.1:1' };
    const { code, stderr } = await installed().runWith({ env }, 'tools', 'http://mcp.example/mcp');
    expect([code, stderr]).toEqual([5, expect.stringContaining('The proxy 127.0.0.1:1 does not answer')]);
  });

  test('says how to install the sandbox, and runs it once it is there', async () => {
    const missing = await installed().run('sandbox');
    expect([missing.code, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toContain('npm install -g @mcpass/sandbox');

    mkdirSync(join(modules, '@mcpass'));
    symlinkSync(join(PACKAGE, '../sandbox'), join(modules, '@mcpass/sandbox'), 'junction');
    const { code, stdout } = await installed().run('sandbox', '--list');
    expect([code, stdout]).toEqual([0, expect.stringContaining('fastmail')]);
  });
});
