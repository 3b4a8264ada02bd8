import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createMachine, PROGRAM } from './harness/command.js';
import { startProvider } from './harness/provider.js';

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
    const bare = cpuSeconds(['-e', '0'], machine.env);
    const times = (...words: readonly string[]) => cpuSeconds([PROGRAM, ...words], machine.env) / bare;
    expect(times('--version')).toBeLessThan(1.4);
    expect(times('list')).toBeLessThan(3);
    expect(times('token', sandbox.url)).toBeLessThan(3);
  },
);
