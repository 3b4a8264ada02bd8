import { createMemoryStore, emptyRecord } from '@mcpass/auth';
import { afterEach, expect, test, vi } from 'vitest';
import { createCachedStore } from '../../src/sign-in/cached-store.js';

const key = { server: 'https://mail.example/mcp', account: 'default' };

afterEach(() => {
  vi.useRealTimers();
});

test('what another process stores is seen within a second, also when the clock is set back meanwhile', async () => {
  const store = createMemoryStore();
  const cached = createCachedStore(store);
  expect(await cached.read(key)).toBeUndefined();
  await store.update(key, () => Promise.resolve(emptyRecord(key)));
  expect(await cached.read(key)).toBeUndefined();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 600_000 });
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  expect((await cached.read(key))?.generation).toBe(1);
});
