import { describe, expect, test } from 'vitest';
import { growthOver, leaveUnread } from './support/memory.js';

/* At length in `memory.soak.test.ts`. */

describe.skipIf(process.platform !== 'linux')('nothing grows', () => {
  test('when a host does not read 300 answers of a mebibyte', () => leaveUnread(300, 1024 * 1024));
});

test('four thousand calls leave it hardly larger than a thousand', async () => {
  expect(await growthOver(1_000, 3_000)).toBeLessThan(2);
});
