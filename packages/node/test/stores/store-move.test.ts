import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type CredentialRecord, recordName } from '@mcpass/auth';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPlainStore } from '../fixtures/plain-store.js';
import { openStore } from '../../src/stores/open-store.js';
import type { FileStoreKind } from '../../src/stores/store-choice.js';
import { readStoreMemo } from '../../src/stores/store-memo.js';
import { moveStore } from '../../src/stores/store-move.js';
import { fullRecord } from '../contract/store.js';
import { bundleProgram, QUICK_SCRYPT, startProgram } from '../fixtures/child.js';
import { temporaryDirectory } from '../fixtures/directory.js';
import { skipScryptWork } from '../fixtures/scrypt-work.mjs';

// Called before the tests; what it returns, after them.
beforeAll(skipScryptWork);

const env = { MCPASS_PASSPHRASE: 'correct horse' };
const keyOf = (number: number) => ({ server: `https://mcp-${number}.example.com/mcp`, account: 'default' });
const open = (data: string) => openStore({ choice: 'auto', paths: { data }, env });
const move = (data: string, to: FileStoreKind) => moveStore(to, { paths: { data }, env });
const refreshTokens = (records: readonly CredentialRecord[]) =>
  records.map((record) => record.grant?.tokens.refresh?.reveal()).toSorted();

/** A plain store of a version that had no other. */
async function plainData(count: number): Promise<string> {
  const data = await temporaryDirectory();
  const store = createPlainStore({ directory: join(data, 'credentials') });
  for (let number = 0; number < count; number += 1) {
    await store.update(keyOf(number), () => Promise.resolve(fullRecord(keyOf(number), `refresh-${number}`)));
  }
  return data;
}

describe('moving the credentials', () => {
  it('takes every record along as it was, there and back, and leaves none behind', async () => {
    const data = await plainData(5);
    const before = await open(data).list();
    expect(await move(data, 'passphrase')).toEqual({
      from: 'plain',
      to: 'passphrase',
      moved: 5,
      location: join(data, 'credentials-passphrase'),
    });
    expect(await readdir(join(data, 'credentials'))).toEqual([]);
    const store = open(data);
    expect(await store.list()).toEqual(before);
    expect(store.kind).toBe('passphrase');
    expect((await stat(store.location)).mode & 0o777).toBe(0o700);

    expect(await move(data, 'plain')).toMatchObject({ from: 'passphrase', to: 'plain', moved: 5 });
    expect(await readdir(data)).toEqual(['credentials', 'store.json']);
    expect(await open(data).list()).toEqual(before);
  });

  it('does nothing where they are there already', async () => {
    const data = await plainData(1);
    expect(await move(data, 'plain')).toMatchObject({ from: 'plain', to: 'plain', moved: 0 });
  });

  it('decides where there is nothing yet', async () => {
    const data = await temporaryDirectory();
    expect(await move(data, 'passphrase')).toMatchObject({ to: 'passphrase', moved: 0 });
    expect((await readStoreMemo(data))?.kind).toBe('passphrase');
  });

  it('moves none when one cannot be read', async () => {
    const data = await plainData(4);
    const file = join(data, 'credentials', `${await recordName(keyOf(2))}.json`);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"version": 1', '"version": 9'));
    await expect(move(data, 'passphrase')).rejects.toMatchObject({
      code: 'record_unreadable',
      message: expect.stringContaining(file) as string,
    });
    expect(await readdir(data)).toEqual(['credentials', 'store.json']);
    expect(await open(data).list()).toHaveLength(3);
    expect((await readStoreMemo(data))?.kind).toBe('plain');
  });

  it('moves none when one was set aside, which would stay behind as it is', async () => {
    const data = await plainData(2);
    const directory = join(data, 'credentials');
    await writeFile(join(directory, `${await recordName(keyOf(1))}.json`), '{"refresh": "secret"');
    await expect(open(data).read(keyOf(1))).rejects.toMatchObject({ code: 'record_unreadable' });
    const aside = (await readdir(directory)).find((name) => name.includes('.set-aside-')) ?? '';
    await expect(move(data, 'passphrase')).rejects.toMatchObject({
      code: 'record_unreadable',
      remedy: { do: 'say', text: expect.stringContaining(`delete ${join(directory, aside)}`) as string },
    });
    expect(await readdir(data)).toEqual(['credentials', 'store.json']);
    expect(await open(data).read(keyOf(0))).toBeDefined();
    await unlink(join(directory, aside));
    expect(await move(data, 'passphrase')).toMatchObject({ moved: 1 });
    expect(await readdir(directory)).toEqual([]);
  });

  it('moves none when the key is not to be had', async () => {
    const data = await plainData(2);
    await expect(moveStore('keyring', { paths: { data }, env: {} })).rejects.toMatchObject({
      code: 'store_unreadable',
      facts: { keyring: 'none' },
    });
    await expect(moveStore('passphrase', { paths: { data }, env: {} })).rejects.toMatchObject({
      code: 'store_unreadable',
    });
    expect(await open(data).list()).toHaveLength(2);
  });

  it('is followed by those who have the store open, in the middle of their writes too', async () => {
    const data = await plainData(2);
    const store = open(data);
    const over = new AbortController();
    const writing = Promise.all(
      [0, 1].map(async (number) => {
        let writes = 0;
        while (!over.signal.aborted) {
          await store.update(keyOf(number), (current) =>
            Promise.resolve({ ...(current ?? fullRecord(keyOf(number))) }),
          );
          expect(await store.read(keyOf(number))).toBeDefined();
          writes += 1;
        }
        return writes;
      }),
    );
    for (const to of ['passphrase', 'plain', 'passphrase'] as const) await move(data, to);
    over.abort();
    const writes = await writing;
    // No write was lost on the way: the generation has counted every one.
    const generations = await Promise.all(
      [0, 1].map(async (n) => (await open(data).read(keyOf(n)))?.generation),
    );
    expect(generations).toEqual(writes.map((count) => count + 1));
    expect(await readdir(join(data, 'credentials'))).toEqual([]);
  });
});

/** A disk of its own that is filled: root may mount one, and whoever may be root in a namespace. */
const mounts =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' }).status === 0;
if (!mounts) process.stdout.write('no disk can be mounted here: the move on a full disk is skipped\n');

describe.skipIf(!mounts)('a move on a full disk', () => {
  it('moves none, however little room there is', async () => {
    const disk = await temporaryDirectory();
    const program = await bundleProgram(`
      import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
      import { join } from 'node:path';
      import { openStore } from './stores/open-store.js';
      import { readStoreMemo } from './stores/store-memo.js';
      import { moveStore } from './stores/store-move.js';
      const [disk, records] = process.argv.slice(2);
      const data = join(disk, 'data');
      const env = { MCPASS_PASSPHRASE: 'correct horse' };
      const open = () => openStore({ choice: 'auto', paths: { data }, env });
      await moveStore('plain', { paths: { data }, env });
      for (const record of JSON.parse(records)) {
        await open().update(record, () => Promise.resolve({ version: 1, generation: 0, ...record }));
      }
      for (const room of [0, 4, 8, 12, 16, 24, 32, 48, 64, 1024]) {
        rmSync(join(disk, 'ballast'), { force: true });
        const { bavail, bsize } = statfsSync(disk);
        writeFileSync(join(disk, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize - room * 1024)));
        const failure = await moveStore('passphrase', { paths: { data }, env }).then(
          () => undefined,
          ({ code, message }) => ({ code, message }),
        );
        const listed = await open().list();
        const directories = readdirSync(data).filter((name) => name !== 'store.json');
        const { kind } = await readStoreMemo(data);
        console.log(JSON.stringify({ room, failure, kind, listed: listed.length, directories }));
        if (failure === undefined) break;
      }
    `);
    const keys = JSON.stringify(Array.from({ length: 12 }, (_, number) => keyOf(number)));
    const line = 'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" "$3" "$1" "$4"';
    const run = spawnSync(
      'unshare',
      ['-rm', 'bash', '-c', line, 'bash', disk, process.execPath, program, keys],
      // bash has words of its own for a language that is not installed.
      { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
    );
    expect(run.stderr).toBe('');
    const tries = run.stdout.trim().split('\n');
    const [moved, ...failed] = tries.map((each) => JSON.parse(each) as Record<string, unknown>).toReversed();
    expect(moved).toMatchObject({ kind: 'passphrase', listed: 12 });
    expect(failed.length).toBeGreaterThan(2);
    for (const each of failed) {
      expect(each).toMatchObject({
        failure: { code: 'store_unwritable', message: expect.stringContaining('the disk is full') as string },
        kind: 'plain',
        listed: 12,
        directories: ['credentials'],
      });
    }
  });
});

describe('a store that the configuration does not name', () => {
  it('is an error as long as it has credentials, and never a second store', async () => {
    const data = await plainData(1);
    const other = openStore({ choice: 'passphrase', paths: { data }, env });
    const refused = {
      code: 'config_invalid',
      message: expect.stringContaining('the credentials are in the plain store') as string,
      remedy: { do: 'say', text: 'mcpass config store passphrase moves them' },
    };
    await expect(other.read(keyOf(0))).rejects.toMatchObject(refused);
    await expect(other.list()).rejects.toMatchObject(refused);
    await expect(other.update(keyOf(0), () => Promise.resolve(fullRecord()))).rejects.toMatchObject(refused);
  });

  it('is left where it is empty', async () => {
    const data = await plainData(1);
    await open(data).update(keyOf(0), () => Promise.resolve(undefined));
    const other = openStore({ choice: 'passphrase', paths: { data }, env });
    expect(await other.read(keyOf(0))).toBeUndefined();
    await other.update(keyOf(0), () => Promise.resolve(fullRecord(keyOf(0))));
    expect((await open(data).read(keyOf(0)))?.generation).toBe(1);
    expect((await readStoreMemo(data))?.kind).toBe('passphrase');
  });

  it('is found again when store.json is lost', async () => {
    const data = await plainData(1);
    await move(data, 'passphrase');
    await unlink(join(data, 'store.json'));
    expect(await open(data).list()).toHaveLength(1);
    await open(data).update(keyOf(1), () => Promise.resolve(fullRecord(keyOf(1))));
    expect((await readStoreMemo(data))?.kind).toBe('passphrase');
    await unlink(join(data, 'store.json'));
    await mkdir(join(data, 'credentials'), { recursive: true });
    await createPlainStore({ directory: join(data, 'credentials') }).update(keyOf(7), () =>
      Promise.resolve(fullRecord(keyOf(7))),
    );
    await expect(open(data).list()).rejects.toMatchObject({ code: 'store_unreadable' });
  });

  it.each(['', '{', '{"version": 1, "kind": "shoebox"}', '{"version": 2}'])(
    'is not guessed from a store.json that says %j',
    async (text) => {
      const data = await plainData(1);
      await writeFile(join(data, 'store.json'), text);
      await expect(open(data).read(keyOf(0))).rejects.toMatchObject({ code: 'store_unreadable' });
      await expect(open(data).probe()).rejects.toMatchObject({ code: 'store_unreadable' });
      expect(await readFile(join(data, 'store.json'), 'utf8')).toBe(text);
    },
  );
});

describe('a store.json that is damaged', () => {
  it('says what heals it, and that does', async () => {
    const data = await plainData(1);
    await move(data, 'passphrase');
    const memo = join(data, 'store.json');
    await writeFile(memo, '{');
    const failure: unknown = await open(data)
      .read(keyOf(0))
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ remedy: { text: expect.stringContaining(`delete ${memo},`) as string } });
    await unlink(memo);
    expect(await open(data).read(keyOf(0))).toBeDefined();
  });

  it('is not, when a newer mcpass wrote it: then that is what helps', async () => {
    const data = await plainData(1);
    await writeFile(join(data, 'store.json'), '{"version": 2}');
    await expect(open(data).read(keyOf(0))).rejects.toMatchObject({
      remedy: { text: expect.stringContaining('update mcpass') as string },
    });
  });
});

describe('a move by another process', () => {
  const RECORDS = 40;
  const KILLS = 24;
  let program = '';
  beforeAll(async () => {
    program = await bundleProgram(`
      import { moveStore } from './stores/store-move.js';
      const [data, to] = process.argv.slice(2);
      const env = { MCPASS_PASSPHRASE: 'correct horse' };
      process.stdout.write('began ');
      await moveStore(to, { paths: { data }, env });
      process.stdout.write('ended');
    `);
  });

  it('that is killed leaves every record readable, wherever that was', async () => {
    const data = await plainData(RECORDS);
    const tokens = refreshTokens(await open(data).list());
    const outcomes = { before: 0, after: 0, ended: 0 };
    let wholeMs = 400;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const from = (await readStoreMemo(data))?.kind ?? 'plain';
      const to = from === 'plain' ? 'passphrase' : 'plain';
      const began = Date.now();
      const { child, ended } = startProgram(program, [data, to], [QUICK_SCRYPT]);
      // The first one is not killed: it says how long the whole takes.
      if (kill > 0) {
        // Every third one is shot as soon as the switch was made, while the old files are being deleted.
        const late = kill % 3 === 0;
        const limitMs = Date.now() + (late ? 10_000 : Math.random() * wholeMs);
        while (Date.now() < limitMs) {
          if (late && (await readStoreMemo(data))?.kind === to) break;
          await delay(1);
        }
        child.kill('SIGKILL');
      }
      const { stdout } = await ended;
      if (kill === 0) wholeMs = (Date.now() - began) * 1.1;
      const store = open(data);
      expect(refreshTokens(await store.list())).toEqual(tokens);
      if (stdout.endsWith('ended')) outcomes.ended += 1;
      else outcomes[store.kind === to ? 'after' : 'before'] += 1;
      // The next write tidies up: what was moved from is gone then, and so is a copy that was not finished.
      if (kill % 3 === 2) {
        await store.probe();
        const now = (await readStoreMemo(data))?.kind;
        const other = now === 'passphrase' ? 'credentials' : 'credentials-passphrase';
        const left = await readdir(join(data, other)).catch(() => []);
        // A marker of a lock is no copy of anything: whoever breaks the next one sweeps it.
        expect(left.filter((name) => !name.includes('.lock.'))).toEqual([]);
      }
    }
    process.stdout.write(
      `moves of ${RECORDS} records: ${KILLS - 1} killed (${outcomes.before} before the switch, ${outcomes.after} after it, ${outcomes.ended - 1} too late), 0 records lost\n`,
    );
  });

  it('is not noticed by readers', async () => {
    const data = await plainData(20);
    const running = startProgram(program, [data, 'passphrase'], [QUICK_SCRYPT]);
    const store = open(data);
    for (let round = 0; round < 40; round += 1) {
      expect(await store.read(keyOf(round % 20))).toBeDefined();
      await delay(10);
    }
    expect((await running.ended).stdout).toBe('began ended');
    expect(await open(data).list()).toHaveLength(20);
  });
});
