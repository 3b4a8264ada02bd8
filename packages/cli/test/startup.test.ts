import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createMachine, PROGRAM, type Machine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

/** Every file of the bundle that Node's module loader touched, as Node itself reports it. */
async function loaded(machine: Machine, ...words: readonly string[]): Promise<readonly string[]> {
  const { code, stderr } = await machine.runWith({ env: { NODE_DEBUG: 'esm,module' } }, ...words);
  expect(code).toBe(0);
  return [
    ...new Set([...stderr.matchAll(/packages\/cli\/dist\/([\w-]+\.js)/g)].map(([, file]) => file ?? '')),
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
  for (const words of ['--version', 'help', 'list', 'status box', 'token box', 'complete -- l']) {
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

test('--version loads one file', async () => {
  expect(await loaded(createMachine(), '--version')).toEqual(['main.js']);
});

/** The shortest of several runs each, in milliseconds. In turn, so that whatever else the machine does hits all alike. */
function shortest(subjects: readonly (readonly string[])[], env: Record<string, string>): readonly number[] {
  const best = subjects.map(() => Infinity);
  for (let round = 0; round < 15; round += 1) {
    for (const [at, words] of subjects.entries()) {
      const before = performance.now();
      spawnSync(process.execPath, words, { env });
      best[at] = Math.min(best[at] ?? Infinity, performance.now() - before);
    }
  }
  return best;
}

test(
  '--version, list and token stay within their budgets beside a bare node',
  { retry: 3, timeout: 60_000 },
  async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.run('login', sandbox.url);
    const env = { PATH: process.env['PATH'] ?? '', HOME: machine.home, MCPASS_HOME: machine.home };
    const commands = [['--version'], ['list'], ['token', sandbox.url]].map((words) => [PROGRAM, ...words]);
    const [bare = 0, version = 0, list = 0, token = 0] = shortest([['-e', '0'], ...commands], env);
    expect(version - bare).toBeLessThan(25);
    expect(list / bare).toBeLessThan(3);
    expect(token / bare).toBeLessThan(3);
  },
);
