import { expect, test } from 'vitest';

import { walk } from '../../src/sign-in/walk.js';

interface Context {
  readonly log: string[];
}

const steps = walk<{ start: number }, Context>()
  .step(async ({ start }, { log }) => {
    log.push('one');
    return { one: start + 1 };
  })
  .step(async ({ one }, { log }) => {
    log.push('two');
    if (one > 10) throw new Error('too much');
    return { two: one + 1 };
  });

test('each step sees what those before it found, in order', async () => {
  const log: string[] = [];
  expect(await steps.run({ start: 1 }, { log })).toEqual({ start: 1, one: 2, two: 3 });
  expect(log).toEqual(['one', 'two']);
});

test('what was found before a step failed has been seen', async () => {
  const seen: object[] = [];
  await expect(steps.run({ start: 10 }, { log: [] }, (state) => seen.push(state))).rejects.toThrow(
    'too much',
  );
  expect(seen).toEqual([{ start: 10, one: 11 }]);
});

test('nobody can change what was found', async () => {
  const state = await steps.run({ start: 1 }, { log: [] });
  expect(Object.isFrozen(state)).toBe(true);
});

test('a walk that is extended stays as it was', async () => {
  const longer = steps.step(async () => ({ three: 3 }));
  expect(await longer.run({ start: 1 }, { log: [] })).toHaveProperty('three');
  expect(await steps.run({ start: 1 }, { log: [] })).not.toHaveProperty('three');
});
