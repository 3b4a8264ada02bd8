import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/stores/open-store.js';
import { fullRecord, storeContract } from '../contract/store.js';
import { temporaryDirectory } from '../fixtures/directory.js';

storeContract('the store of "auto"', async () =>
  openStore({ choice: 'auto', paths: { data: await temporaryDirectory() } }),
);

describe('openStore', () => {
  it('takes plain files for auto, and says so', async () => {
    const data = await temporaryDirectory();
    const store = openStore({ choice: 'auto', paths: { data } });
    expect(store.kind).toBe('plain');
    expect(store.location).toBe(join(data, 'credentials'));
    expect(store.description).toBe(`plain file, readable only by you, in ${store.location}`);
  });

  it('forgets with the process for memory', async () => {
    const paths = { data: await temporaryDirectory() };
    const store = openStore({ choice: 'memory', paths });
    await store.probe();
    await store.update({ server: 'https://a.example', account: 'default' }, () =>
      Promise.resolve(fullRecord()),
    );
    expect(await openStore({ choice: 'memory', paths }).list()).toEqual([]);
  });

  it.each(['keyring', 'passphrase'] as const)('says that this version has no %s store', (choice) => {
    expect(() => openStore({ choice, paths: { data: '/nowhere' } })).toThrowError(
      expect.objectContaining({
        code: 'config_invalid',
        message: `This version of mcpass has no ${choice} store, only plain and memory.`,
      }),
    );
  });
});
