import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createMachine, PROGRAM, type Machine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

/** Every file that Node's module loader touched, as Node itself reports it. */
async function loaded(machine: Machine, ...words: readonly string[]): Promise<string> {
  const { code, stderr } = await machine.runWith({ env: { NODE_DEBUG: 'esm,module' } }, ...words);
  expect(code).toBe(0);
  return stderr;
}

const HEAVY = /node_modules\/(?:@modelcontextprotocol|zod|undici|open|jose|hono)\//;

test('what asks no server loads nothing heavy', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  await machine.run('add', 'box', sandbox.url);
  await machine.run('login', 'box');
  for (const words of [
    ['--version'],
    ['list'],
    ['status', 'box'],
    ['token', 'box'],
    ['help'],
    ['complete', '--', 'l'],
  ]) {
    const report = await loaded(machine, ...words);
    // The report is what it is taken for.
    expect(report).toContain('packages/cli/dist/main.js');
    expect(report, words.join(' ')).not.toMatch(HEAVY);
  }
  expect(await loaded(machine, 'tools', 'box')).toMatch(HEAVY);
});

test('--version loads one file', async () => {
  const report = await loaded(createMachine(), '--version');
  const files = new Set(report.match(/packages\/cli\/dist\/[\w-]+\.js/g));
  expect([...files]).toEqual(['packages/cli/dist/main.js']);
});

/** The shortest of several runs, in milliseconds: what the machine can do when nothing else is in the way. */
function shortest(words: readonly string[], env: Record<string, string>): number {
  const times = Array.from({ length: 15 }, () => {
    const before = performance.now();
    spawnSync(process.execPath, words, { env });
    return performance.now() - before;
  });
  return Math.min(...times);
}

test(
  '--version and token stay within their budgets above a bare node',
  { retry: 3, timeout: 60_000 },
  async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.run('login', sandbox.url);
    const env = { PATH: process.env['PATH'] ?? '', HOME: machine.home, MCPASS_HOME: machine.home };
    const bare = shortest(['-e', '0'], env);
    expect(shortest([PROGRAM, '--version'], env) - bare).toBeLessThan(25);
    expect(shortest([PROGRAM, 'token', sandbox.url], env) - bare).toBeLessThan(60);
  },
);
