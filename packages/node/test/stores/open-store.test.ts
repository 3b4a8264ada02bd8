import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordName } from '@mcpass/auth';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSignInOffer } from '../../src/sign-in/offer.js';
import { openStore } from '../../src/stores/open-store.js';
import { createPlainStore } from '../fixtures/plain-store.js';
import { fullRecord, storeContract } from '../contract/store.js';
import { bundleProgram, startProgram } from '../fixtures/child.js';
import { temporaryDirectory } from '../fixtures/directory.js';
import { skipScryptWork } from '../fixtures/scrypt-work.mjs';

// Called before the tests; what it returns, after them.
beforeAll(skipScryptWork);

storeContract('the store of "auto"', async () =>
  openStore({ choice: 'auto', paths: { data: await temporaryDirectory() }, env: {} }),
);

const key = { server: 'https://a.example', account: 'default' };

describe('openStore', () => {
  it('touches no file until somebody writes', async () => {
    const data = await temporaryDirectory();
    const store = openStore({ choice: 'auto', paths: { data }, env: {} });
    expect([await store.read(key), await store.list(), await store.unreadable()]).toEqual([
      undefined,
      [],
      [],
    ]);
    expect(store.description).toContain('decided at the first sign-in');
    expect(await readdir(data)).toEqual([]);
  });

  it('takes plain files for auto where there is nothing better, says why, and remembers it', async () => {
    const data = await temporaryDirectory();
    const store = openStore({ choice: 'auto', paths: { data }, env: {} });
    await store.probe();
    expect(store.kind).toBe('plain');
    expect(store.location).toBe(join(data, 'credentials'));
    expect(store.description).toBe(
      `plain file, readable only by you, in ${store.location} (because this machine has no keyring that answers)`,
    );
    // A passphrase that comes later is no reason for a second store.
    const later = openStore({ choice: 'auto', paths: { data }, env: { MCPASS_PASSPHRASE: 'later' } });
    await later.probe();
    expect(later.kind).toBe('plain');
  });

  it('stays with the plain files of an earlier version', async () => {
    const data = await temporaryDirectory();
    const earlier = createPlainStore({ directory: join(data, 'credentials') });
    await earlier.update(key, () => Promise.resolve(fullRecord(key)));
    const store = openStore({ choice: 'auto', paths: { data }, env: { MCPASS_PASSPHRASE: 'there is one' } });
    expect((await store.read(key))?.generation).toBe(1);
    await store.update(key, (current) => Promise.resolve({ ...fullRecord(key), ...current }));
    expect(store.description).toBe(`plain file, readable only by you, in ${join(data, 'credentials')}`);
    expect((await earlier.read(key))?.generation).toBe(2);
  });

  it('decides once, however many processes begin at once', async () => {
    const data = await temporaryDirectory();
    const env = { MCPASS_PASSPHRASE: 'correct horse' };
    const stores = Array.from({ length: 4 }, () => openStore({ choice: 'auto', paths: { data }, env }));
    await Promise.all(
      stores.map((store) => store.update(key, (now) => Promise.resolve({ ...(now ?? fullRecord(key)) }))),
    );
    expect((await openStore({ choice: 'auto', paths: { data }, env }).read(key))?.generation).toBe(4);
    expect((await readdir(data)).toSorted()).toEqual(['credentials', 'credentials-passphrase', 'store.json']);
  });

  it('takes a record out of every store, whichever is current, with what was set aside of it', async () => {
    const data = await temporaryDirectory();
    const env = { MCPASS_PASSPHRASE: 'correct horse' };
    const name = await recordName(key);
    const store = openStore({ choice: 'passphrase', paths: { data }, env });
    await store.update(key, () => Promise.resolve(fullRecord(key)));
    // Left over from a plain store.
    const plain = join(data, 'credentials');
    await mkdir(plain, { recursive: true });
    for (const rest of ['', '.set-aside-20261120T000000Z-0000', '.draft-0123'])
      await writeFile(join(plain, `${name}.json${rest}`), '{"tokens": "secret"');
    expect(await store.unreadable()).toMatchObject([
      { file: join(plain, `${name}.json`), reason: expect.stringContaining('not in use') as string },
      { file: expect.stringContaining('.set-aside-') as string, remedy: expect.anything() as string },
    ]);
    const gone = () => Promise.resolve(undefined);
    const taken = await openStore({ choice: 'auto', paths: { data }, env }).take(key, gone);
    expect(taken).toMatchObject({ deleted: true, record: { server: key.server } });
    expect(await readdir(plain)).toEqual([]);
    expect(await readdir(join(data, 'credentials-passphrase'))).toEqual(['key.json']);
    expect(await store.take(key, gone)).toEqual({ deleted: false });
  });

  it('takes away with its first write what a killed offer of a sign-in left: its address, its lock', async () => {
    const data = await temporaryDirectory();
    const program = await bundleProgram(`
      import { createSignInOffer } from './sign-in/offer.js';
      const offer = createSignInOffer({ paths: { data: process.argv[2] }, onAddress: () => undefined });
      await offer.turns.run(${JSON.stringify(key)}, async () => {
        await offer.publish('https://as.example/authorize');
        process.kill(process.pid, 'SIGKILL');
      }, { waitMs: 1_000 });
    `);
    await startProgram(program, [data]).ended;
    const offers = join(data, 'sign-in-offers');
    expect(await readdir(offers)).toHaveLength(2);
    // Another one lives.
    const living = createSignInOffer({ paths: { data }, onAddress: () => undefined });
    const other = { ...key, account: 'other' };
    const store = openStore({ choice: 'plain', paths: { data } });
    await living.turns.run(
      other,
      async () => {
        await living.publish('https://as.example/authorize');
        await store.probe();
        const name = await recordName(other);
        expect((await readdir(offers)).toSorted()).toEqual([`${name}.lock`, `${name}.url`]);
      },
      { waitMs: 1_000, onWait: () => undefined },
    );
  });

  it('forgets with the process for memory', async () => {
    const paths = { data: await temporaryDirectory() };
    const store = openStore({ choice: 'memory', paths });
    await store.probe();
    await store.update(key, () => Promise.resolve(fullRecord(key)));
    expect(await openStore({ choice: 'memory', paths }).list()).toEqual([]);
  });
});
