import { randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordName } from '@mcpass/auth';
import { describe, expect, it } from 'vitest';
import { createFileStore } from '../../src/stores/file-store.js';
import { createKeySeal } from '../../src/stores/seal/key-seal.js';
import { createFileLock } from '../../src/stores/lock/lock-file.js';
import { type SealKey, sealKey } from '../../src/stores/seal/seal-key.js';
import { fullRecord, storeContract } from '../contract/store.js';
import { temporaryDirectory } from '../fixtures/directory.js';

const FIXED = sealKey('fixed', Buffer.alloc(32, 42));
const key = { server: 'https://mcp.example.com/mcp', account: 'default' };
const other = { server: 'https://evil.example/mcp', account: 'default' };

function openSealed(directory: string, sealing: SealKey = FIXED) {
  const lock = createFileLock({ directory });
  return createFileStore({
    kind: 'sealed',
    directory,
    seal: createKeySeal(() => Promise.resolve(sealing)),
    lock,
  });
}

storeContract('a sealed store', async () => openSealed(join(await temporaryDirectory(), 'credentials')));

async function filled() {
  const directory = join(await temporaryDirectory(), 'credentials');
  const store = openSealed(directory);
  await store.update(key, () => Promise.resolve(fullRecord()));
  const file = join(directory, `${await recordName(key)}.json`);
  const envelope = async () => JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  return { directory, store, file, envelope };
}

describe('a sealed record', () => {
  it('is a versioned envelope that shows nothing', async () => {
    const { file, envelope } = await filled();
    expect(Object.keys(await envelope())).toEqual(['v', 'alg', 'keyId', 'nonce', 'tag', 'data']);
    expect(await envelope()).toMatchObject({ v: 1, alg: 'A256GCM', keyId: 'fixed' });
    const text = await readFile(file, 'utf8');
    expect(text).not.toMatch(/access-1|refresh-1|client-secret|example\.com/);
  });

  it('has a new nonce at every write', async () => {
    const { store, envelope } = await filled();
    const nonces = new Set<unknown>();
    for (let write = 0; write < 20; write += 1) {
      await store.update(key, () => Promise.resolve(fullRecord()));
      nonces.add((await envelope())['nonce']);
    }
    expect(nonces.size).toBe(20);
  });

  it('keeps members that a newer mcpass put around it', async () => {
    const { store, file, envelope } = await filled();
    await writeFile(file, JSON.stringify({ ...(await envelope()), hint: { kept: true } }));
    await store.update(key, (current) => Promise.resolve({ ...fullRecord(), ...current }));
    expect(await envelope()).toMatchObject({ v: 1, hint: { kept: true } });
    expect((await store.read(key))?.generation).toBe(2);
  });

  it.skipIf(process.platform === 'win32')('is 0600, and mended when it is not', async () => {
    const { store, file } = await filled();
    await chmod(file, 0o644);
    await store.read(key);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is not followed through a symbolic link', async () => {
    const { store, file } = await filled();
    await rename(file, `${file}.elsewhere`);
    await symlink(`${file}.elsewhere`, file);
    await expect(store.read(key)).rejects.toMatchObject({
      code: 'record_unreadable',
      message: expect.stringContaining('symbolic link') as string,
    });
  });
});

describe('a sealed record that was touched', () => {
  it.each(['nonce', 'tag', 'data'])(
    'is refused and set aside when one bit of its %s is another',
    async (member) => {
      const { directory, store, file, envelope } = await filled();
      const sealed = await envelope();
      const bytes = Buffer.from(String(sealed[member]), 'base64');
      const at = randomBytes(2).readUInt16LE() % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await writeFile(file, JSON.stringify({ ...sealed, [member]: bytes.toString('base64') }));
      await expect(store.read(key)).rejects.toMatchObject({
        code: 'record_unreadable',
        message: expect.stringContaining('its seal is broken') as string,
      });
      expect((await readdir(directory)).filter((name) => name.includes('.set-aside-'))).toHaveLength(1);
    },
  );

  it('does not open in the place of another', async () => {
    const { directory, store, file } = await filled();
    await writeFile(join(directory, `${await recordName(other)}.json`), await readFile(file));
    expect(await store.list()).toHaveLength(1);
    await expect(store.read(other)).rejects.toMatchObject({ code: 'record_unreadable' });
  });

  it('is set aside at every length that it can be cut to', async () => {
    const { store, file } = await filled();
    const text = await readFile(file, 'utf8');
    for (let length = 0; length < text.length - 2; length += 97) {
      await writeFile(file, text.slice(0, length));
      await expect(store.read(key)).rejects.toMatchObject({ code: 'record_unreadable' });
      expect(await store.read(key)).toBeUndefined();
    }
  });

  it.each([
    ['a newer version', { v: 2 }, 'a newer mcpass wrote it'],
    ['another algorithm', { alg: 'X' }, 'a newer mcpass wrote it'],
    ['another key', { keyId: 'another' }, 'it is sealed with another key'],
  ])('stays where it is when it is of %s', async (_name, change, reason) => {
    const { store, file, envelope } = await filled();
    const text = JSON.stringify({ ...(await envelope()), ...change });
    await writeFile(file, text);
    const refused = { code: 'record_unreadable', message: expect.stringContaining(reason) as string };
    await expect(store.read(key)).rejects.toMatchObject(refused);
    await expect(store.update(key, () => Promise.resolve(fullRecord()))).rejects.toMatchObject(refused);
    await expect(store.update(key, () => Promise.resolve(undefined))).rejects.toMatchObject(refused);
    expect(await readFile(file, 'utf8')).toBe(text);
    expect((await store.survey()).unreadable).toMatchObject([{ file, reason }]);
  });

  it('is not replaced by a plain one that somebody put there', async () => {
    const { store, file } = await filled();
    await writeFile(file, JSON.stringify({ version: 1, generation: 1, ...key }));
    await expect(store.read(key)).rejects.toMatchObject({
      code: 'record_unreadable',
      message: expect.stringContaining('not sealed') as string,
    });
  });

  it('stays where it is in a plain store', async () => {
    const { directory, file } = await filled();
    const { createPlainStore } = await import('../fixtures/plain-store.js');
    await expect(createPlainStore({ directory }).read(key)).rejects.toMatchObject({
      code: 'record_unreadable',
      message: expect.stringContaining('it is sealed') as string,
    });
    expect(await readFile(file, 'utf8')).toContain('A256GCM');
  });

  it('does not open with another key, not even one of the same name', async () => {
    const { directory } = await filled();
    const wrong = openSealed(directory, sealKey('fixed', Buffer.alloc(32, 43)));
    await expect(wrong.read(key)).rejects.toMatchObject({ code: 'record_unreadable' });
  });
});
