import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMachine, PROGRAM, type Machine } from './harness/command.js';
import { startProvider } from './harness/provider.js';
import { fillStore } from './harness/stored.js';

async function signedIn() {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  expect((await machine.run('login', sandbox.url)).code).toBe(0);
  return { sandbox, machine, data: join(machine.home, 'data') };
}

/** Milliseconds that a command takes. */
function measure(machine: Machine, ...words: readonly string[]): number {
  const before = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], {
    env: machine.env,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return performance.now() - before;
}

test('ten thousand credentials are as fast as one', { retry: 3 }, async () => {
  const one = await signedIn();
  const many = await signedIn();
  await fillStore(many.data, 10_000);
  const best = { one: Infinity, many: Infinity };
  for (let round = 0; round < 20; round += 1) {
    best.one = Math.min(best.one, measure(one.machine, 'token', one.sandbox.url));
    best.many = Math.min(best.many, measure(many.machine, 'token', many.sandbox.url));
  }
  const [first, second] = [best.one.toFixed(1), best.many.toFixed(1)];
  process.stdout.write(`token: ${first} ms with one credential, ${second} ms with 10,000\n`);
  expect(best.many / best.one).toBeLessThan(1.1);
});

test('ten thousand sign-ins take a few times as long to show as one', { retry: 3 }, async () => {
  const one = await signedIn();
  const many = await signedIn();
  const directory = join(many.data, 'credentials');
  const file = readdirSync(directory).find((name) => name.endsWith('.json')) ?? '';
  const like = JSON.parse(readFileSync(join(directory, file), 'utf8')) as object;
  await fillStore(many.data, 10_000, like);
  for (const words of [['list'], ['list', '--json'], ['status'], ['status', '--json']]) {
    const best = { one: Infinity, many: Infinity };
    for (let round = 0; round < 15; round += 1) {
      best.one = Math.min(best.one, measure(one.machine, ...words));
      best.many = Math.min(best.many, measure(many.machine, ...words));
    }
    const ratio = best.many / best.one;
    process.stdout.write(`${words.join(' ')}: ${ratio.toFixed(1)} times as long with 10,000 as with one\n`);
    // Opening, reading and parsing the files alone is four of them; the rest is room for a machine that is busy.
    expect(ratio, words.join(' ')).toBeLessThan(9);
  }
});
