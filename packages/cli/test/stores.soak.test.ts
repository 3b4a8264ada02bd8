import { spawnSync } from 'node:child_process';
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

test('ten thousand credentials are as fast as one', { retry: 3 }, async () => {
  const one = await signedIn();
  const many = await signedIn();
  await fillStore(many.data, 10_000);
  const time = (machine: Machine, url: string) => {
    const before = performance.now();
    const { status } = spawnSync(process.execPath, [PROGRAM, 'token', url], {
      env: machine.env,
    });
    expect(status).toBe(0);
    return performance.now() - before;
  };
  const best = { one: Infinity, many: Infinity };
  for (let round = 0; round < 20; round += 1) {
    best.one = Math.min(best.one, time(one.machine, one.sandbox.url));
    best.many = Math.min(best.many, time(many.machine, many.sandbox.url));
  }
  const [first, second] = [best.one.toFixed(1), best.many.toFixed(1)];
  process.stdout.write(`token: ${first} ms with one credential, ${second} ms with 10,000\n`);
  expect(best.many / best.one).toBeLessThan(1.1);
});
