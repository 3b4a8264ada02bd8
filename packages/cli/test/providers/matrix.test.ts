import { expect, test } from 'vitest';
import { page, table } from './page.js';
import { walkAll } from './walk.js';

test('every provider works, works with the line that is named, or is refused for the reason that is stated', async () => {
  expect(await walkAll('short')).toEqual([]);
  process.stdout.write(`${table()}\n`);
});

test('docs/providers.md says so: `npx vitest run -u packages/cli/test/providers` writes it anew', async () => {
  await expect(page()).toMatchFileSnapshot('../../../../docs/providers.md');
});
