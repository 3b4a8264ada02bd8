import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createMachine, type Machine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

/** Every file of the bundle that Node's module loader touched, as Node itself reports it. */
async function loaded(machine: Machine, ...words: readonly string[]): Promise<readonly string[]> {
  const { code, stderr } = await machine.runWith({ env: { NODE_DEBUG: 'esm,module' } }, ...words);
  expect(code).toBe(0);
  return [
    ...new Set([...stderr.matchAll(/packages\/cli\/dist\/([\w-]+\.c?js)/g)].map(([, file]) => file ?? '')),
  ];
}

/** The packages in these files, as the build wrote them down. */
function packagesIn(files: readonly string[]): readonly string[] {
  const stamp = fileURLToPath(new URL('../../../.cache/cli-bundle.json', import.meta.url));
  const { packages } = JSON.parse(readFileSync(stamp, 'utf8')) as { packages: Record<string, string[]> };
  return files.flatMap((file) => packages[file] ?? [`${file} is not of this build`]).toSorted();
}

test('a command loads the packages that it uses and no others', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  await machine.run('add', 'box', sandbox.url);
  await machine.run('login', 'box');
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
