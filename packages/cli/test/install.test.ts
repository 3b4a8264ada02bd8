import { execFile, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMachine, type Machine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

/*
 * What somebody gets who installs the packages: packed as they would be published, installed in empty folders, and used
 * from there.
 */

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);
const { resolve } = createRequire(import.meta.url);
/** The simulated user of the sandbox, as a program. */
const BROWSER = resolve('@mcpass/sandbox/browser');
const MOST_BYTES = 2.5 * 1024 * 1024;
const LIBRARIES = ['auth', 'node', 'mcp', 'bridge', 'sandbox', 'web', 'postgres'] as const;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

const readManifest = (directory: string) =>
  JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;

let folder: string;
/** What `npm run release -- --dry-run` said. */
let release: string;
/** The modules of a project that has all packages, and those of a global prefix that has the command alone. */
let project: string;
let global: string;

// With a cache of its own and no network: whatever they needed beside what they name would not be there.
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcpass-install-')));
  const packed = join(folder, 'packed');
  const script = join(ROOT, 'scripts/release.mjs');
  release = spawnSync(process.execPath, [script, '--dry-run', '--to', packed], { encoding: 'utf8' }).stdout;
  const quiet = ['--cache', join(folder, 'cache'), '--offline', '--no-audit', '--no-fund', '--silent'];
  const ours = tarballsIn(packed);

  // What they depend on comes from here instead of from the registry.
  const others = join(folder, 'others');
  mkdirSync(others);
  const needed = dependenciesOf(LIBRARIES.map((name) => join(ROOT, 'packages', name)));
  npm(ROOT, 'pack', '--ignore-scripts', '--pack-destination', others, ...quiet, ...needed);

  const directory = join(folder, 'project');
  project = join(directory, 'node_modules');
  mkdirSync(directory);
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  npm(directory, 'install', '--omit=optional', ...quiet, ...ours, ...tarballsIn(others));

  const prefix = join(folder, 'prefix');
  const command = ours.find((file) => /[/\\]mcpass-\d/.test(file)) ?? '';
  npm(folder, 'install', '--global', '--prefix', prefix, '--omit=optional', ...quiet, command);
  global = join(prefix, process.platform === 'win32' ? 'node_modules' : 'lib/node_modules');
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(cwd: string, ...args: readonly string[]): void {
  const cli = process.env['npm_execpath'];
  const [program, ...words] = cli?.endsWith('.js') ? [process.execPath, cli, ...args] : ['npm', ...args];
  const { status, stderr, error } = spawnSync(program ?? '', words, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args[0]} failed: ${stderr}`, { cause: error });
}

function tarballsIn(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => join(directory, name));
}

/** The folders of what packages depend on, and of what that depends on, ours aside. */
function dependenciesOf(packages: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const follow = (directory: string) => {
    for (const name of Object.keys(readManifest(directory).dependencies ?? {})) {
      const other = join(ROOT, 'node_modules', name);
      if (name.startsWith('@mcpass/') || found.has(other)) continue;
      found.add(other);
      follow(other);
    }
  };
  packages.forEach(follow);
  return [...found];
}

const installed = (person?: string, modules = global) =>
  createMachine({
    program: join(modules, 'mcpass/bin/mcpass.js'),
    ...(person === undefined ? {} : { person }),
  });

/** The first block of a language in the README that a package brings. */
function readmeBlock(name: string, language: 'sh' | 'ts', nth = 0): string {
  const text = readFileSync(join(project, name, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/```(\w+)\n(.*?)```/gs)].filter(([, found]) => found === language);
  return blocks[nth]?.[2] ?? '';
}

describe('what is published', () => {
  test('is said by npm run release -- --dry-run, and nothing else is in it', () => {
    const { version } = readManifest(join(ROOT, 'packages/cli'));
    for (const name of ['mcpass', ...LIBRARIES.map((name) => `@mcpass/${name}`)])
      expect(release).toMatch(
        new RegExp(`^${name} ${version}: \\d+ files, \\d+ KiB\n  sha512-\\S{88}\n`, 'm'),
      );
    // A tree that is being worked on is not clean, and its version not released yet.
    const problems = release.split('\n').filter((line) => line.startsWith('problem: '));
    expect(problems.filter((line) => !/tree is not clean|is unreleased$/.test(line))).toEqual([]);
    const parts = JSON.parse(readFileSync(join(folder, 'packed/sbom.cdx.json'), 'utf8')) as {
      components: { name: string }[];
    };
    const names = parts.components.map(({ name }) => name);
    // One of a library, one that is bundled, one of our own.
    expect(names).toEqual(expect.arrayContaining(['oauth4webapi', 'commander', '@mcpass/auth']));
  });

  test('is held back by a test or a path in it, another version, and a changelog that lacks it', async () => {
    const { problemsOfFiles, problemsOfTree } = (await import(
      pathToFileURL(join(ROOT, 'scripts/release.mjs')).href
    )) as Record<string, (...given: unknown[]) => string[]>;
    const files = [
      { path: 'dist/index.js', text: `// ${ROOT}a.ts` },
      { path: 'test/one.test.js', text: '' },
    ];
    expect(problemsOfFiles?.('it', files, [ROOT])).toEqual([
      'it: dist/index.js names a folder of this machine',
      'it has test/one.test.js, which is no part of it',
    ]);
    const manifests = [
      { name: 'one', version: '1.0.0' },
      { name: 'two', version: '1.0.1', dependencies: { one: '0.9.0' } },
    ];
    const tree = { version: '1.0.0', manifests, changelog: '## 0.9.0, 2026-01-01\n', status: ' M a\n' };
    expect(problemsOfTree?.(tree)).toEqual([
      'the tree is not clean:\n M a',
      'two is 1.0.1, not 1.0.0',
      'two wants one 0.9.0, not 1.0.0',
      'CHANGELOG.md has no 1.0.0',
    ]);
  });

  test('says where it comes from, what it is and how it may be used', () => {
    for (const name of ['mcpass', ...LIBRARIES.map((library) => `@mcpass/${library}`)]) {
      const { repository, homepage, bugs, keywords, license, publishConfig } = readManifest(
        join(project, name),
      );
      expect({ repository, homepage, bugs, keywords, license, publishConfig }, name).toEqual({
        repository: expect.objectContaining({
          type: 'git',
          directory: expect.stringContaining('packages/') as string,
        }) as object,
        homepage: expect.stringMatching(/^https:/) as string,
        bugs: { url: expect.stringMatching(/^https:/) as string },
        keywords: expect.arrayContaining(['mcp']) as string[],
        license: 'Apache-2.0',
        publishConfig: { access: 'public', provenance: true },
      });
      expect(readFileSync(join(project, name, 'LICENSE'), 'utf8')).toContain('Apache License');
    }
  });
});

describe('the installed command', () => {
  test('is one package beside the optional keyring, and at most 2.5 MiB', () => {
    const files = readdirSync(global, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /^[^/\\.]+$|node_modules/.test(file))).toEqual(['mcpass']);
    const stats = files.map((file) => statSync(join(global, file))).filter((stat) => stat.isFile());
    const bytes = stats.reduce((sum, { size }) => sum + size, 0);
    // The measure is of something: the bundle alone is most of a megabyte.
    expect(bytes).toBeGreaterThan(MOST_BYTES / 4);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  });

  test('brings the licences of what is bundled', () => {
    const text = readFileSync(join(global, 'mcpass/dist/LICENSES.txt'), 'utf8');
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

  test('runs from where npm links it, in a project and in a global prefix', () => {
    const isWindows = process.platform === 'win32';
    const name = isWindows ? 'mcpass.cmd' : 'mcpass';
    const prefix = join(folder, 'prefix');
    for (const link of [join(project, '.bin', name), join(prefix, isWindows ? '' : 'bin', name)]) {
      const { stdout } = spawnSync(link, ['--version'], { encoding: 'utf8', shell: isWindows });
      expect(stdout).toMatch(/^mcpass \d+\.\d+\.\d+\n$/);
    }
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
    "does what its README shows, with the platform's browser, and relays",
    async () => {
      const search = { name: 'search_email', inputSchema: { type: 'object' } } as const;
      const sandbox = await startProvider('fastmail', { extraTools: [search] });
      const machine = installed();
      const bin = join(dirname(machine.home), 'bin');
      mkdirSync(bin);
      expect(statSync(join(global, 'mcpass/dist/xdg-open')).mode & 0o111).toBe(0o111);
      // The one that it takes where no desktop says otherwise.
      const browser = `#!/bin/sh\nexec "${process.execPath}" "${BROWSER}" "$1"\n`;
      writeFileSync(join(bin, 'x-www-browser'), browser, { mode: 0o755 });
      const env = {
        PATH: [bin, process.env['PATH']].join(delimiter),
        DISPLAY: ':99',
        XDG_DATA_DIRS: bin,
        CI: '',
      };
      const commands = readmeBlock('mcpass', 'sh', 1).trim().split('\n');
      expect(commands).toHaveLength(4);
      let said = '';
      for (const command of commands) {
        const [, ...words] = command.replace('https://api.fastmail.com/mcp', sandbox.url).split(' ');
        const { code, stdout, stderr } = await machine.runWith({ env }, ...words);
        expect(code, `${command}\n${stderr}`).toBe(0);
        said = stdout;
      }
      expect(said).toContain('invoice');
      const stdin = `${JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'ping' })}\n`;
      expect((await machine.runWith({ stdin }, 'bridge', 'fastmail')).stdout).toContain('"id":7');
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
    const { code, stdout } = await installed(undefined, project).run('sandbox', '--list');
    expect([code, stdout]).toEqual([0, expect.stringContaining('fastmail')]);
  });
});

describe('the installed libraries', () => {
  /** A program in the project, as the person would run it. */
  async function runProgram(machine: Machine, name: string, args: readonly string[], input = '') {
    const file = join(project, `../built/${name}.js`);
    const running = run(process.execPath, [file, ...args], { env: machine.env });
    running.child.stdin?.end(input);
    return (await running).stdout;
  }

  test('compile without the types of the DOM, and do what their READMEs show', async () => {
    const directory = join(project, '..');
    for (const name of LIBRARIES)
      writeFileSync(join(directory, `${name}.ts`), readmeBlock(`@mcpass/${name}`, 'ts'));
    // These need the types of Node no more than those of the DOM.
    const bare =
      "export * as auth from '@mcpass/auth';\nexport * as mcp from '@mcpass/mcp';\nexport * as web from '@mcpass/web';\n";
    writeFileSync(join(directory, 'bare.ts'), bare);
    const programs = LIBRARIES.map((name) => `${name}.ts`);
    const bundler = { module: 'ESNext', moduleResolution: 'bundler', noEmit: true };
    const nodeNext = { module: 'NodeNext', moduleResolution: 'NodeNext', outDir: 'built' };
    const projects = Object.entries({
      programs: [nodeNext, programs, ['node']],
      'programs-bundler': [bundler, programs, ['node']],
      bare: [nodeNext, ['bare.ts'], []],
      'bare-bundler': [bundler, ['bare.ts'], []],
    } as const).map(([name, [how, files, types]]) => {
      const compilerOptions = {
        strict: true,
        target: 'ES2023',
        lib: ['ES2023'],
        skipLibCheck: false,
        types,
        ...how,
      };
      writeFileSync(join(directory, `${name}.json`), JSON.stringify({ compilerOptions, files }));
      return `${name}.json`;
    });
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '-b', ...projects], {
      cwd: directory,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');

    const sandbox = await startProvider('authkit');
    const machine = installed('consents');
    expect(await runProgram(machine, 'auth', [sandbox.url])).toBe('200\n');
    expect((await runProgram(machine, 'mcp', [sandbox.url])).split('\n')).toContain('echo');
    const ping = `${JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'ping' })}\n`;
    expect(await runProgram(machine, 'bridge', [sandbox.url], ping)).toContain('"id":7');
    await machine.run('add', 'one', sandbox.url);
    expect(await runProgram(machine, 'node', [])).toBe(
      `one: ${sandbox.url}\nsigned in: ${sandbox.url} (default)\n`,
    );
    expect(sandbox.log.of('authorize')).toHaveLength(1);
    expect(await runProgram(machine, 'sandbox', [])).toBe('401 1\n');
  });
});
