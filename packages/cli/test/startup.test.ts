import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createMachine, type Machine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** Every file that was run as a program, from the package on: V8 notes them all, whoever loaded them and from wherever. */
async function loaded(machine: Machine, ...words: readonly string[]): Promise<readonly string[]> {
  const notes = mkdtempSync(`${machine.home}-coverage-`);
  const { code, stderr } = await machine.runWith({ env: { NODE_V8_COVERAGE: notes } }, ...words);
  expect(code, stderr).toBe(0);
  const files = readdirSync(notes).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(notes, name), 'utf8')) as { result: { url: string }[] };
    const urls = result.map(({ url }) => url).filter((url) => !/^(?:node:|$)/.test(url));
    return urls.map((url) => (url.startsWith('file:') ? relative(PACKAGE, fileURLToPath(url)) : url));
  });
  expect(files).toContain(join('bin', 'mcpass.js'));
  return files.filter((file) => file !== join('bin', 'mcpass.js'));
}

/** The packages in these files, as the build wrote them down; a file that is not of the build stands for itself. */
function packagesIn(files: readonly string[]): readonly string[] {
  const stamp = join(PACKAGE, '../../.cache/cli-bundle.json');
  const { packages } = JSON.parse(readFileSync(stamp, 'utf8')) as { packages: Record<string, string[]> };
  const built = new Map(Object.entries(packages).map(([file, names]) => [join('dist', file), names]));
  return files.flatMap((file) => built.get(file) ?? [file]).toSorted();
}

test('a command loads the packages that it uses and no others', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('add', 'box', sandbox.url);
  await machine.prepare('login', 'box');
  for (const words of [
    '--version',
    'help',
    'list',
    'status box',
    'token box',
    'complete -- l',
    'tools box',
  ]) {
    const packages = packagesIn(await loaded(machine, ...words.split(' ')));
    const light = new Set(['commander', 'oauth4webapi', 'smol-toml']);
    expect(
      packages.filter((name) => !light.has(name)),
      words,
    ).toEqual([]);
  }
  // The report is what it is taken for.
  expect(packagesIn(await loaded(machine, 'token', 'box'))).toContain('smol-toml');
});

test('--version loads nothing of the bundle', async () => {
  expect(await loaded(createMachine(), '--version')).toEqual([]);
});
