import { expect, test } from 'vitest';
import { walkAll } from './walk.js';

test('every provider, with the steps that rarely differ: the list of the tools and the logout', async () => {
  expect(await walkAll('whole')).toEqual([]);
});
