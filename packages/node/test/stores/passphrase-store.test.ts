import { closeSync, openSync } from 'node:fs';
import { chmod, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordName, Secret } from '@mcpass/auth';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/stores/open-store.js';
import { readStoreMemo } from '../../src/stores/store-memo.js';
import { fullRecord, storeContract } from '../contract/store.js';
import { temporaryDirectory } from '../fixtures/directory.js';
import { skipScryptWork } from '../fixtures/scrypt-work.mjs';

// Called before the tests; what it returns, after them.
beforeAll(skipScryptWork);

const key = { server: 'https://mcp.example.com/mcp', account: 'default' };
const env = { MCPASS_PASSPHRASE: 'correct horse' };

storeContract('the passphrase store', async () =>
  openStore({ choice: 'passphrase', paths: { data: await temporaryDirectory() }, env }),
);

async function filled() {
  const data = await temporaryDirectory();
  await openStore({ choice: 'passphrase', paths: { data }, env }).update(key, () =>
    Promise.resolve(fullRecord()),
  );
  return { data, keyFile: join(data, 'credentials-passphrase', 'key.json') };
}

/** What may have happened to the key for good. */
const LOSSES: readonly (readonly [string, NodeJS.ProcessEnv, (keyFile: string) => Promise<void>])[] = [
  ['the passphrase is forgotten', { MCPASS_PASSPHRASE: 'another' }, () => Promise.resolve()],
  ['key.json is gone', env, (keyFile) => unlink(keyFile)],
  ['key.json is damaged', env, (keyFile) => writeFile(keyFile, '{')],
];

describe.each(LOSSES)('a key that is lost, because %s', (_, now, lose) => {
  const open = (data: string) => openStore({ choice: 'auto', paths: { data }, env: now });

  it('holds up nobody once nothing is sealed with it any more', async () => {
    const { data, keyFile } = await filled();
    await lose(keyFile);
    expect(await open(data).discard(await recordName(key))).toBe(true);
    await open(data).probe();
    await open(data).update(key, () => Promise.resolve(fullRecord()));
    expect((await open(data).read(key))?.generation).toBe(1);
    expect((await readStoreMemo(data))?.kind).toBe('passphrase');
  });

  it('is not replaced while something is there that it may open one day', async () => {
    const { data, keyFile } = await filled();
    const directory = join(data, 'credentials-passphrase');
    await lose(keyFile);
    const before = await readdir(directory);
    const lost = {
      code: 'store_unreadable',
      remedy: {
        do: 'say',
        text: expect.stringContaining('mcpass logout --all, then sign in again') as string,
      },
    };
    await expect(open(data).probe()).rejects.toMatchObject(lost);
    await expect(open(data).update(key, () => Promise.resolve(fullRecord()))).rejects.toMatchObject(lost);
    expect(await readdir(directory)).toEqual(before);
    // Nor where it was set aside.
    const file = join(directory, `${await recordName(key)}.json`);
    await rename(file, `${file}.set-aside-20261120T000000Z-0000`);
    await expect(open(data).probe()).rejects.toMatchObject(lost);
  });

  it('is not forgotten about when store.json is lost too', async () => {
    const { data, keyFile } = await filled();
    await lose(keyFile);
    await unlink(join(data, 'store.json'));
    await expect(open(data).probe()).rejects.toMatchObject({ code: 'store_unreadable' });
    await open(data).discard(await recordName(key));
    await open(data).probe();
  });
});

describe.skipIf(process.platform === 'win32')('modes', () => {
  it('of the data directory, of store.json and of key.json are mended too', async () => {
    const { data, keyFile } = await filled();
    const memo = join(data, 'store.json');
    await chmod(data, 0o777);
    await chmod(memo, 0o666);
    await chmod(keyFile, 0o644);
    await openStore({ choice: 'auto', paths: { data }, env }).read(key);
    const modes = await Promise.all(
      [data, memo, keyFile].map(async (path) => ((await stat(path)).mode & 0o777).toString(8)),
    );
    expect(modes).toEqual(['700', '600', '600']);
  });
});

describe('the passphrase store', () => {
  it('writes how its key is made beside the records, and no key', async () => {
    const { data, keyFile } = await filled();
    const file = JSON.parse(await readFile(keyFile, 'utf8')) as object;
    expect(file).toMatchObject({ version: 1, kdf: { name: 'scrypt', n: 131_072, r: 8, p: 1 } });
    expect(Object.keys(file).toSorted()).toEqual(['check', 'kdf', 'keyId', 'version']);
    for (const name of await readdir(join(data, 'credentials-passphrase'))) {
      const text = await readFile(join(data, 'credentials-passphrase', name), 'utf8');
      expect(text).not.toMatch(/correct horse|refresh-1/);
    }
  });

  it('says a wrong passphrase at once, and sets nothing aside', async () => {
    const { data } = await filled();
    const before = await readdir(join(data, 'credentials-passphrase'));
    const store = openStore({ choice: 'auto', paths: { data }, env: { MCPASS_PASSPHRASE: 'wrong' } });
    const wrong = {
      code: 'store_unreadable',
      message: expect.stringContaining('passphrase is wrong') as string,
    };
    await expect(store.read(key)).rejects.toMatchObject(wrong);
    await expect(store.update(key, () => Promise.resolve(fullRecord()))).rejects.toMatchObject(wrong);
    expect(await readdir(join(data, 'credentials-passphrase'))).toEqual(before);
  });

  it('says that there is none, where nobody can be asked', async () => {
    const { data } = await filled();
    await expect(openStore({ choice: 'auto', paths: { data }, env: {} }).read(key)).rejects.toMatchObject({
      code: 'store_unreadable',
      remedy: { do: 'say', text: expect.stringContaining('MCPASS_PASSPHRASE') as string },
    });
  });

  it('asks a person where there is one, and once', async () => {
    const { data } = await filled();
    let asked = 0;
    const askPassphrase = () => {
      asked += 1;
      return Promise.resolve(new Secret('correct horse'));
    };
    const store = openStore({ choice: 'auto', paths: { data }, env: {}, askPassphrase });
    expect((await store.read(key))?.generation).toBe(1);
    expect(await store.list()).toHaveLength(1);
    expect(asked).toBe(1);
  });

  it('reads the passphrase from an open file', async () => {
    const { data } = await filled();
    const file = join(data, 'passphrase');
    await writeFile(file, 'correct horse\n');
    const descriptor = openSync(file, 'r');
    onTestFinished(() => closeSync(descriptor));
    const store = openStore({
      choice: 'auto',
      paths: { data },
      env: { MCPASS_PASSPHRASE_FD: `${descriptor}` },
    });
    expect((await store.read(key))?.generation).toBe(1);
    expect(await store.list()).toHaveLength(1);
  });

  it('is what auto takes where there is a passphrase and no keyring', async () => {
    const data = await temporaryDirectory();
    const store = openStore({ choice: 'auto', paths: { data }, env });
    await store.probe();
    expect(store.kind).toBe('passphrase');
    expect(store.description).toContain('with a key made of your passphrase');
    expect(store.description).toContain('because this machine has no keyring');
  });

  it.each([
    ['weaker', { n: 2 }],
    ['without bounds', { n: 2 ** 40 }],
    ['of another kind', { name: 'md5' }],
  ])('refuses parameters that are %s', async (_name, change) => {
    const { data, keyFile } = await filled();
    const file = JSON.parse(await readFile(keyFile, 'utf8')) as { kdf: object };
    await writeFile(keyFile, JSON.stringify({ ...file, kdf: { ...file.kdf, ...change } }));
    await expect(openStore({ choice: 'auto', paths: { data }, env }).read(key)).rejects.toMatchObject({
      code: 'store_unreadable',
    });
  });
});
