import { expect, test } from 'vitest';

import { createHold } from '../src/index.js';

test('it is held while anybody holds it', () => {
  const hold = createHold();
  const seen: boolean[] = [];
  const unwatch = hold.watch((held) => seen.push(held));
  const first = hold.begin();
  const second = hold.begin();
  first();
  first();
  expect(hold.held).toBe(true);
  second();
  expect(hold.held).toBe(false);
  unwatch();
  hold.begin();
  expect(seen).toEqual([true, true, true, false]);
});

test('an inner hold is held by the outer one, and not the other way round', () => {
  const outer = createHold();
  const inner = createHold(outer);
  const seen: boolean[] = [];
  inner.watch((held) => seen.push(held));
  const release = outer.begin();
  expect(inner.held).toBe(true);
  release();
  inner.begin();
  expect(outer.held).toBe(false);
  expect(seen).toEqual([true, false, true]);
});
