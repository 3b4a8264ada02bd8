import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createKeyring } from '../../src/stores/seal/keyring.js';
import { openStore } from '../../src/stores/open-store.js';
import { fullRecord, storeContract } from '../contract/store.js';
import { temporaryDirectory } from '../fixtures/directory.js';
import { hasSecretService, type SecretService, startSecretService } from '../fixtures/secret-service.js';

const key = { server: 'https://mcp.example.com/mcp', account: 'default' };

describe.skipIf(!hasSecretService())('a real Secret Service', () => {
  let service: SecretService;
  beforeAll(async () => {
    service = await startSecretService();
  });
  afterAll(() => service.stop());

  const opened = (data: string, choice: 'auto' | 'keyring' = 'keyring') =>
    openStore({ choice, paths: { data }, env: service.env });

  storeContract('the keyring store', async () => opened(await temporaryDirectory()));

  it('keeps what is written, and forgets what is removed', async () => {
    const keyring = createKeyring(service.env);
    expect(await keyring.read('one')).toBeUndefined();
    await keyring.write('one', Buffer.from([0, 255, 10, 13]));
    expect(await keyring.read('one')).toEqual(Buffer.from([0, 255, 10, 13]));
    await keyring.remove('one');
    expect(await keyring.read('one')).toBeUndefined();
    await keyring.remove('one');
  });

  it('is what auto takes, for every process after that', async () => {
    const data = await temporaryDirectory();
    const store = opened(data, 'auto');
    await store.update(key, () => Promise.resolve(fullRecord()));
    expect(store.kind).toBe('keyring');
    expect(store.description).toBe(
      `sealed file, with its key in the keyring of this system, in ${join(data, 'credentials-keyring')}`,
    );
    const later = opened(data, 'auto');
    expect((await later.read(key))?.grant?.tokens.refresh?.reveal()).toBe('refresh-1');
    expect(later.kind).toBe('keyring');
  });

  it('that is locked is an error and no reason for a second store; unlocked again, all is there', async () => {
    const data = await temporaryDirectory();
    await opened(data, 'auto').update(key, () => Promise.resolve(fullRecord()));
    service.lock();
    const later = opened(data, 'auto');
    try {
      const locked = {
        code: 'store_unreadable',
        message: 'The keyring cannot be used: the keyring is locked.',
        facts: { keyring: 'locked' },
      };
      await expect(later.read(key)).rejects.toMatchObject(locked);
      await expect(later.probe()).rejects.toMatchObject(locked);
      let called = false;
      const change = () => {
        called = true;
        return Promise.resolve(fullRecord());
      };
      await expect(later.update({ ...key, account: 'new' }, change)).rejects.toMatchObject(locked);
      expect(called).toBe(false);
    } finally {
      await service.unlock();
    }
    expect((await later.read(key))?.generation).toBe(1);
  });

  it('that hangs is given up after 3 seconds, and the process goes on', async () => {
    const data = await temporaryDirectory();
    await opened(data).update(key, () => Promise.resolve(fullRecord()));
    service.freeze();
    try {
      await expect(opened(data).read(key)).rejects.toMatchObject({ facts: { keyring: 'silent' } });
    } finally {
      service.thaw();
    }
    expect((await opened(data).read(key))?.generation).toBe(1);
  });

  it('that lost the key says so, and nothing is overwritten', async () => {
    const data = await temporaryDirectory();
    await opened(data).update(key, () => Promise.resolve(fullRecord()));
    const { readStoreMemo } = await import('../../src/stores/store-memo.js');
    const keyId = (await readStoreMemo(data))?.keyId ?? '';
    const name = `credentials ${keyId}`;
    const bytes = (await createKeyring(service.env).read(name)) ?? Buffer.alloc(0);
    await createKeyring(service.env).remove(name);
    await expect(opened(data).update(key, () => Promise.resolve(fullRecord()))).rejects.toMatchObject({
      code: 'store_unreadable',
      message: `The keyring holds no key under the name "${name}".`,
    });
    await createKeyring(service.env).write(name, Buffer.alloc(32, 7));
    await expect(opened(data).read(key)).rejects.toMatchObject({
      message: `The keyring holds another key under the name "${name}".`,
    });
    await createKeyring(service.env).write(name, bytes);
    expect((await opened(data).read(key))?.generation).toBe(1);
  });
});

describe.skipIf(process.platform !== 'linux')('a machine without a keyring', () => {
  it('has none without a session bus: auto falls back and says why, keyring is an error', async () => {
    const data = await temporaryDirectory();
    await expect(createKeyring({}).probe()).rejects.toMatchObject({ trouble: 'none' });
    const store = openStore({ choice: 'auto', paths: { data }, env: {} });
    await store.probe();
    expect(store.description).toBe(
      `plain file, readable only by you, in ${join(data, 'credentials')} (because this machine has no keyring that answers)`,
    );
    const keyring = openStore({ choice: 'keyring', paths: { data: await temporaryDirectory() }, env: {} });
    await expect(keyring.probe()).rejects.toMatchObject({
      code: 'store_unreadable',
      facts: { keyring: 'none' },
    });
  });

  it('has none where the address of the bus leads nowhere', async () => {
    const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' };
    await expect(createKeyring(env).probe()).rejects.toMatchObject({ name: 'KeyringError' });
  });

  it('gives up a bus that takes the connection and never says a word', async () => {
    const socket = join(await temporaryDirectory(), 'bus');
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    onTestFinished(() => void server.close());
    const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` };
    await expect(createKeyring(env).probe()).rejects.toMatchObject({ trouble: 'silent' });
  });
});
