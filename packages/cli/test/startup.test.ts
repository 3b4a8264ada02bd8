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

test('--version loads nothing of the bundle', async () => {
  expect(await loaded(createMachine(), '--version')).toEqual([]);
});

/**
 * Processor seconds of several runs of Node, as the shell counts them for its children: unlike time on a clock, they do
 * not grow with what else the machine does.
 */
function cpuSeconds(words: readonly string[], env: Record<string, string>): number {
  const script = 'for i in 1 2 3 4 5 6 7 8; do "$@" >&2 || exit 1; done; times';
  const run = ['-c', script, 'sh', process.execPath, ...words];
  const { status, stdout } = spawnSync('/bin/sh', run, { env, encoding: 'utf8' });
  expect(status).toBe(0);
  const children = stdout.split('\n')[1] ?? '';
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

test.skipIf(process.platform === 'win32')(
  '--version costs at most 1.4 times a bare node, list and token at most 3 times',
  { timeout: 60_000 },
  async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.run('login', sandbox.url);
    const env = { PATH: process.env['PATH'] ?? '', HOME: machine.home, MCPASS_HOME: machine.home };
    const bare = cpuSeconds(['-e', '0'], env);
    const times = (...words: readonly string[]) => cpuSeconds([PROGRAM, ...words], env) / bare;
    expect(times('--version')).toBeLessThan(1.4);
    expect(times('list')).toBeLessThan(3);
    expect(times('token', sandbox.url)).toBeLessThan(3);
  },
);
