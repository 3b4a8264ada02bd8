import { describe, expect, test } from 'vitest';

import { createMemoryStore, emptyRecord } from '../../src/index.js';
import { KEY } from '../support/record.js';

const OTHER = { ...KEY, account: 'other' };

describe('the store of one process', () => {
  test('counts every write, and only writes', async () => {
    const store = createMemoryStore();
    expect(await store.read(KEY)).toBeUndefined();
    expect((await store.update(KEY, async () => emptyRecord(KEY)))?.generation).toBe(1);
    expect(
      (await store.update(KEY, async (current) => ({ ...(current ?? emptyRecord(KEY)) })))?.generation,
    ).toBe(2);
    expect((await store.update(KEY, async (current) => current))?.generation).toBe(2);
    expect((await store.read(KEY))?.generation).toBe(2);
  });

  test('deletes', async () => {
    const store = createMemoryStore();
    await store.update(KEY, async () => emptyRecord(KEY));
    await store.update(OTHER, async () => emptyRecord(OTHER));
    expect(await store.update(KEY, async () => undefined)).toBeUndefined();
    expect((await store.list()).map(({ account }) => account)).toEqual(['other']);
  });

  test('lets one change a key at a time, in order', async () => {
    const store = createMemoryStore();
    let inside = 0;
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, () =>
        store.update(KEY, async (current) => {
          inside += 1;
          expect(inside).toBe(1);
          await new Promise((resolve) => setTimeout(resolve, 1));
          seen.push(current?.generation ?? 0);
          inside -= 1;
          return { ...(current ?? emptyRecord(KEY)) };
        }),
      ),
    );
    expect(seen).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  test('does not make one key wait for another', async () => {
    const store = createMemoryStore();
    let release = () => {};
    const held = store.update(
      KEY,
      () => new Promise((resolve) => (release = () => resolve(emptyRecord(KEY)))),
    );
    expect((await store.update(OTHER, async () => emptyRecord(OTHER)))?.generation).toBe(1);
    release();
    await held;
  });

  test('writes nothing when the change throws, and goes on with the next', async () => {
    const store = createMemoryStore();
    await store.update(KEY, async () => emptyRecord(KEY));
    const failed = store.update(KEY, async () => {
      throw new Error('no');
    });
    const next = store.update(KEY, async (current) => ({ ...(current ?? emptyRecord(KEY)) }));
    await expect(failed).rejects.toThrow('no');
    expect((await next)?.generation).toBe(2);
  });
});
