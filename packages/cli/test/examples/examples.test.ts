import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Store } from '@mcpass/auth';
import { expect, test } from 'vitest';
import { storeContract } from '../../../node/test/contract/store.js';
import { createPlace, EXAMPLES, output } from './example.js';

/* The programs in examples/ do what they say, as they are. Those that take much to install: frameworks.soak.test.ts. */

test('agent.mjs, sdk-v1.mjs and session.mjs list the tools, with one sign-in for all of them', async () => {
  const place = await createPlace();
  for (const name of ['agent.mjs', 'sdk-v1.mjs', 'session.mjs']) {
    const told = await output(place, process.execPath, join(EXAMPLES, name));
    expect(told.split('\n'), name).toContain('echo');
  }
  expect(place.sandbox.log.of('authorize')).toHaveLength(1);
});

test('own-store.mjs signs in and is let in', async () => {
  const place = await createPlace();
  expect(await output(place, process.execPath, join(EXAMPLES, 'own-store.mjs'))).toBe('200\n');
  expect(place.sandbox.log.of('authorize')).toHaveLength(1);
});

storeContract('text-store.mjs', async () => {
  const { createTextStore } = (await import(pathToFileURL(join(EXAMPLES, 'text-store.mjs')).href)) as {
    createTextStore(texts: unknown): Store;
  };
  const rows = new Map<string, string>();
  return createTextStore({
    get: (name: string) => rows.get(name),
    set: (name: string, text: string) => rows.set(name, text),
    delete: (name: string) => rows.delete(name),
    names: () => rows.keys(),
  });
});
