import { watch, writeFileSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { recordName } from '@mcpass/auth';
import { describe, expect, it, onTestFinished } from 'vitest';
import { draftPath } from '../../src/stores/files/draft.js';
import { createQueueLock } from '../../src/stores/lock/lock.js';
import { createPlainStore } from '../fixtures/plain-store.js';
import { fullRecord, storeContract } from '../contract/store.js';
import { bundleProgram, startProgram } from '../fixtures/child.js';
import { temporaryDirectory } from '../fixtures/directory.js';

storeContract('the plain store', async () =>
  createPlainStore({ directory: join(await temporaryDirectory(), 'credentials') }),
);
storeContract('the plain store with a lock of one process', async () =>
  createPlainStore({ directory: join(await temporaryDirectory(), 'credentials'), lock: createQueueLock() }),
);

const key = { server: 'https://mcp.example.com/mcp', account: 'default' };
const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

async function filledStore() {
  const directory = join(await temporaryDirectory(), 'credentials');
  const store = createPlainStore({ directory });
  await store.update(key, () => Promise.resolve(fullRecord()));
  return { directory, store, file: join(directory, `${await recordName(key)}.json`) };
}

/** Of a process that is gone: no system gives such a number. */
const draftOfDead = (file: string) => draftPath(file).replace(`-${process.pid}-`, '-999999999-');

describe.skipIf(process.platform === 'win32')('modes', () => {
  it('creates a 0600 file in a 0700 directory, whatever the umask', async () => {
    const old = process.umask(0);
    try {
      const { directory, file } = await filledStore();
      expect([await mode(directory), await mode(file)]).toEqual(['700', '600']);
    } finally {
      process.umask(old);
    }
  });

  it('takes access away from others when it reads', async () => {
    const { directory, store, file } = await filledStore();
    await chmod(directory, 0o755);
    await chmod(file, 0o644);
    await store.read(key);
    expect([await mode(directory), await mode(file)]).toEqual(['700', '600']);
  });
});

describe('links', () => {
  it('refuses a record that is a symbolic link, and leaves it and its target alone', async () => {
    const { directory, store, file } = await filledStore();
    const elsewhere = join(directory, '..', 'elsewhere.json');
    await writeFile(elsewhere, await readFile(file));
    const linked = { server: 'https://linked.example', account: 'default' };
    const link = join(directory, `${await recordName(linked)}.json`);
    await symlink(elsewhere, link);
    await expect(store.read(linked)).rejects.toMatchObject({ code: 'record_unreadable' });
    await expect(store.update(linked, () => Promise.resolve(fullRecord(linked)))).rejects.toMatchObject({
      code: 'record_unreadable',
      message: expect.stringContaining('symbolic link') as string,
    });
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(elsewhere, 'utf8')).toBe(await readFile(file, 'utf8'));
  });

  it('refuses a directory that is a symbolic link', async () => {
    const { directory } = await filledStore();
    const link = `${directory}-link`;
    await symlink(directory, link);
    await expect(createPlainStore({ directory: link }).read(key)).rejects.toMatchObject({
      code: 'store_unreadable',
      step: 'store',
    });
  });
});

describe('a record that cannot be read', () => {
  it.each([
    ['cut off', '{"version": 1, "gener', 'not JSON'],
    ['empty', '', 'empty'],
    ['of another shape', '{"version": 1, "generation": "x"}', 'record.generation'],
    ['without a version', '{}', 'record.version'],
  ])('is set aside and said when it is %s; the next sign-in works', async (_name, text, reason) => {
    const { directory, store, file } = await filledStore();
    await writeFile(file, text);
    const failure: unknown = await store.read(key).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({
      code: 'record_unreadable',
      step: 'credential',
      remedy: { do: 'sign_in' },
    });
    const aside = (await readdir(directory)).find((name) => name.includes('.set-aside-'));
    expect(String(failure)).toContain(reason);
    expect(String(failure)).toContain(join(directory, aside ?? 'missing'));
    expect(await readFile(join(directory, aside ?? ''), 'utf8')).toBe(text);

    expect(await store.read(key)).toBeUndefined();
    expect((await store.update(key, () => Promise.resolve(fullRecord())))?.generation).toBe(1);
    expect((await store.survey()).unreadable).toEqual([
      {
        file: join(directory, aside ?? ''),
        reason: expect.stringContaining('set aside') as string,
        remedy: expect.stringContaining('delete it') as string,
      },
    ]);
  });

  it('is never handed to a change as nothing', async () => {
    const { store, file } = await filledStore();
    await writeFile(file, 'garbage');
    let called = false;
    const change = () => {
      called = true;
      return Promise.resolve(fullRecord());
    };
    await expect(store.update(key, change)).rejects.toMatchObject({ code: 'record_unreadable' });
    expect(called).toBe(false);
  });

  it('shows no secret in the message', async () => {
    const { store, file } = await filledStore();
    await writeFile(file, (await readFile(file, 'utf8')).replace('"Bearer"', '"Mac"'));
    const failure = await store.read(key).catch((thrown: unknown) => JSON.stringify(thrown) + String(thrown));
    expect(failure).not.toMatch(/access-1|refresh-1|client-secret/);
  });

  it('stays where it is when a newer mcpass wrote it', async () => {
    const { store, file } = await filledStore();
    const newer = (await readFile(file, 'utf8')).replace('"version": 1', '"version": 2');
    await writeFile(file, newer);
    await expect(store.read(key)).rejects.toMatchObject({
      code: 'record_unreadable',
      message: expect.stringContaining('newer mcpass') as string,
      remedy: { do: 'say', text: expect.stringMatching(/^update mcpass/) as string },
    });
    await expect(store.update(key, () => Promise.resolve(fullRecord()))).rejects.toMatchObject({
      code: 'record_unreadable',
    });
    await expect(store.update(key, () => Promise.resolve(undefined))).rejects.toMatchObject({
      code: 'record_unreadable',
    });
    expect(await readFile(file, 'utf8')).toBe(newer);
    expect(await store.list()).toEqual([]);
    expect((await store.survey()).unreadable).toEqual([
      { file, reason: 'a newer mcpass wrote it', remedy: 'update mcpass' },
    ]);
  });

  it('is not used for another server than its own', async () => {
    const { directory, store, file } = await filledStore();
    const evil = { server: 'https://evil.example', account: 'default' };
    const copy = join(directory, `${await recordName(evil)}.json`);
    await writeFile(copy, await readFile(file));
    await expect(store.read(evil)).rejects.toMatchObject({ code: 'record_unreadable' });
    expect(await store.list()).toHaveLength(1);
    expect((await store.survey()).unreadable.map((found) => found.file)).toEqual([copy]);
  });

  it('does not hang on a pipe or a directory of that name', async () => {
    const { directory, store } = await filledStore();
    const odd = { server: 'https://odd.example', account: 'default' };
    await mkdir(join(directory, `${await recordName(odd)}.json`));
    await expect(store.read(odd)).rejects.toMatchObject({ code: 'record_unreadable' });
  });
});

describe('writing', () => {
  it('leaves no draft behind, neither after a write nor after a failure', async () => {
    const { directory, store } = await filledStore();
    await store.update(key, () => Promise.reject(new Error('no'))).catch(() => undefined);
    await store.update(key, (current) => Promise.resolve(current));
    expect((await readdir(directory)).filter((name) => !name.endsWith('.json'))).toEqual([]);
  });

  it('says store_unwritable before the change runs when there is no place to write', async () => {
    const file = join(await temporaryDirectory(), 'a-file');
    await writeFile(file, '');
    const store = createPlainStore({ directory: join(file, 'credentials') });
    let called = false;
    const change = () => {
      called = true;
      return Promise.resolve(fullRecord());
    };
    await expect(store.update(key, change)).rejects.toMatchObject({
      code: 'store_unwritable',
      step: 'store',
    });
    await expect(store.probe()).rejects.toMatchObject({ code: 'store_unwritable' });
    expect(called).toBe(false);
  });

  it('probes without leaving anything but the directory', async () => {
    const directory = join(await temporaryDirectory(), 'deep', 'credentials');
    const store = createPlainStore({ directory });
    await store.probe();
    expect(await readdir(directory)).toEqual([]);
  });

  it('deletes what a killed writer left of the same key along with the record', async () => {
    const { directory, store, file } = await filledStore();
    await writeFile(draftOfDead(file), 'secret');
    await store.update(key, () => Promise.resolve(undefined));
    expect(await readdir(directory)).toEqual([]);
  });

  it('sweeps the drafts of killed writers: never those of living ones, nor what only looks like one', async () => {
    const { directory, store, file } = await filledStore();
    const dead = draftOfDead(file);
    const living = draftPath(file);
    // Of another machine or boot, where nothing but its age tells.
    const far = (name: string) => join(directory, `${name}.json.draft-0123456789ab-1-1-0123456789ab`);
    const other = join(directory, 'x.json.draft-0123');
    const kept = [living, far('young'), other];
    for (const path of [dead, ...kept, far('old')]) await writeFile(path, 'secret');
    const hourAgo = Date.now() / 1000 - 3601;
    // Elsewhere than on Linux nobody says when a process began, and another one may have its number.
    const aged = [far('old'), other, ...(process.platform === 'linux' ? [living] : [])];
    for (const path of aged) await utimes(path, hourAgo, hourAgo);
    const link = draftOfDead(join(directory, 'link.json'));
    await symlink(other, link);
    await store.probe();
    expect((await readdir(directory)).filter((name) => name.includes('draft')).toSorted()).toEqual(
      [...kept, link].map((path) => basename(path)).toSorted(),
    );
  });
});

describe('what was written', () => {
  it('is read back: a disk that does not keep it is an error, and no success', async () => {
    const { directory, store, file } = await filledStore();
    // What a bad disk does to a file, as soon as it has taken its place.
    const watcher = watch(directory, (_, name) => {
      if (name !== basename(file)) return;
      watcher.close();
      writeFileSync(file, '{"version": 1, "gener');
    });
    onTestFinished(() => watcher.close());
    await expect(store.update(key, () => Promise.resolve(fullRecord()))).rejects.toMatchObject({
      code: 'store_unwritable',
      message: expect.stringContaining('does not hold what was just written') as string,
      facts: { file },
    });
  });
});

describe('two programs that open the same directory', () => {
  const WRITES = 40;

  it('lose no change of each other, though neither was told of the other', async () => {
    const { directory, store } = await filledStore();
    const program = await bundleProgram(`
      import { createPlainStore } from '../test/fixtures/plain-store.js';
      const [directory, key] = process.argv.slice(2);
      const store = createPlainStore({ directory });
      for (let write = 0; write < ${WRITES}; write += 1) {
        await store.update(JSON.parse(key), (current) => Promise.resolve({ ...current }));
      }
    `);
    const programs = [1, 2].map(() => startProgram(program, [directory, JSON.stringify(key)]).ended);
    for (const { code, stderr } of await Promise.all(programs)) expect([code, stderr]).toEqual([0, '']);
    expect((await store.read(key))?.generation).toBe(1 + 2 * WRITES);
  });
});

describe('where locks do not keep others out', () => {
  /** Two programs that know nothing of each other's turns. */
  async function two() {
    const { directory, file } = await filledStore();
    const open = () => createPlainStore({ directory, lock: createQueueLock() });
    return { store: open(), other: open(), file };
  }

  it('an older change does not replace a newer record, nor bring back or delete one', async () => {
    const { store, other, file } = await two();
    for (const meanwhile of [fullRecord(), undefined]) {
      for (const mine of [fullRecord(), undefined]) {
        await store.update(key, () => Promise.resolve(fullRecord()));
        let theirs: string | undefined;
        const work = store.update(key, async () => {
          await other.update(key, () => Promise.resolve(meanwhile));
          theirs = await readFile(file, 'utf8').catch(() => undefined);
          return mine;
        });
        await expect(work).rejects.toMatchObject({
          code: 'store_unwritable',
          remedy: { do: 'retry_later' },
        });
        expect(await readFile(file, 'utf8').catch(() => undefined)).toBe(theirs);
      }
    }
  });

  it('a record that breaks during a change can be looked at without waiting for oneself', async () => {
    const { store, file } = await two();
    await store.update(key, async (current) => {
      await writeFile(file, '{"half');
      await expect(store.read(key)).rejects.toMatchObject({ code: 'record_unreadable' });
      return current;
    });
    expect(await readFile(file, 'utf8')).toBe('{"half');
  });
});
