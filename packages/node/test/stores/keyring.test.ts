import { channel } from 'node:diagnostics_channel';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createKeyring } from '../../src/stores/seal/keyring.js';
import { readSecret } from '../../src/stores/seal/secret-service.js';
import { openStore } from '../../src/stores/open-store.js';
import { fullRecord, storeContract } from '../contract/store.js';
import { temporaryDirectory } from '../fixtures/directory.js';
import {
  type Body,
  type BusScript,
  GOOD_ANSWERS,
  ITEM,
  message,
  type MessageOptions,
  SECRET,
  SESSION,
  startScriptedBus,
} from '../fixtures/scripted-bus.js';
import { hasSecretService, type SecretService, startSecretService } from '../fixtures/secret-service.js';

/** How many processes a piece of work starts. */
async function startedBy(work: () => Promise<unknown>): Promise<number> {
  let started = 0;
  const count = () => void (started += 1);
  const processes = channel('child_process');
  processes.subscribe(count);
  try {
    await work();
  } finally {
    processes.unsubscribe(count);
  }
  return started;
}

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

  it('keeps a key of 32 bytes, however large the tokens are', async () => {
    const data = await temporaryDirectory();
    const token = 't'.repeat(60_000);
    await opened(data).update(key, () => Promise.resolve(fullRecord(key, token)));
    expect((await opened(data).read(key))?.grant?.tokens.refresh?.reveal()).toBe(token);
    const { readStoreMemo } = await import('../../src/stores/store-memo.js');
    const held = await createKeyring(service.env).read(`credentials ${(await readStoreMemo(data))?.keyId}`);
    expect(held).toHaveLength(32);
  });

  it('is read without a process where all is well, and by the module where it is not', async () => {
    const data = await temporaryDirectory();
    await opened(data).update(key, () => Promise.resolve(fullRecord()));
    const later = opened(data);
    expect(await startedBy(() => later.read(key))).toBe(0);
    expect((await later.read(key))?.generation).toBe(1);
    const keyring = createKeyring(service.env);
    expect(await startedBy(() => keyring.read('nothing'))).toBe(1);
    await keyring.write('long', Buffer.alloc(40_000, 0xfe));
    const read = async () => expect(await keyring.read('long')).toEqual(Buffer.alloc(40_000, 0xfe));
    expect(await startedBy(read)).toBe(0);
    await keyring.remove('long');
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
    const keyring = createKeyring(env);
    await Promise.all([
      expect(keyring.probe()).rejects.toMatchObject({ trouble: 'silent' }),
      expect(keyring.read('one')).rejects.toMatchObject({ trouble: 'silent' }),
    ]);
  });
});

describe.skipIf(process.platform === 'win32')('a Secret Service read over its bus', () => {
  const attributes = { service: 'mcpass', username: 'one' };
  const onSignIn: BusScript['onSignIn'] = ({ write }) => write(`OK ${'0'.repeat(32)}\r\n`);
  const answers = (bodies: Readonly<Record<number, Body>> = {}, options: MessageOptions = {}): BusScript => ({
    onSignIn,
    onCall: ({ write, index, serial }) =>
      void write(message(serial, bodies[index] ?? GOOD_ANSWERS[index] ?? [[], []], options)),
  });
  const found = (unlocked: readonly string[], locked: readonly string[] = []) =>
    answers({
      2: [
        ['ao', 'ao'],
        [unlocked, locked],
      ],
    });
  const secret = (session: string, parameters: readonly number[]) =>
    answers({ 3: [[['o', 'ay', 'ay', 's']], [[session, parameters, SECRET, '']]] });
  /** Bytes in the place of the answer to SearchItems. */
  const instead = (bytes: (good: Buffer) => Uint8Array, ends = false): BusScript => ({
    onSignIn,
    onCall: ({ write, index, serial, socket }) => {
      const good = message(serial, GOOD_ANSWERS[index] ?? [[], []]);
      write(index === 2 ? bytes(good) : good);
      if (ends && index === 2) socket.end();
    },
  });
  const bodyOf = (good: Buffer) => good.length - good.readUInt32LE(4);
  const patched = (at: number, value: number) =>
    instead((good) => {
      good.writeUInt32LE(value, at);
      return good;
    });

  it.each<[string, BusScript]>([
    ['little-endian', answers()],
    ['big-endian', answers({}, { isBig: true })],
    [
      'in pieces and between signals',
      {
        onSignIn,
        onCall: ({ socket, index, serial }) => {
          socket.setNoDelay(true);
          socket.write(message(0, [['s'], ['NameAcquired']], { type: 4 }));
          for (const byte of message(serial, GOOD_ANSWERS[index] ?? [[], []])) socket.write(Buffer.of(byte));
        },
      },
    ],
  ])('is understood: %s', async (_, script) => {
    const bus = await startScriptedBus(script);
    expect(await readSecret(attributes, bus.env)).toEqual(Buffer.from(SECRET));
  });

  it.each<[string, BusScript]>([
    ['says nothing', { onSignIn: () => undefined }],
    ['says nothing after the sign-in', { onSignIn, onCall: () => undefined }],
    ['ends at once', { onSignIn: ({ socket }) => void socket.end() }],
    ['refuses', { onSignIn: ({ write }) => void write('REJECTED EXTERNAL\r\n') }],
    ['is none', { onSignIn: ({ write }) => void write('HTTP/1.1 400 Bad Request\r\n\r\n') }],
    ['answers garbage', instead(() => Buffer.alloc(500, 0xff))],
    ['announces a body of 4 GiB', patched(4, 0xffff_ffff)],
    ['announces fields of 4 GiB', patched(12, 0xffff_ffff)],
    [
      'announces a text that is longer than the message',
      instead((good) => good.fill(0x7f, bodyOf(good) + 4, bodyOf(good) + 8)),
    ],
    ['closes in the middle', instead((good) => good.subarray(0, -10), true)],
    ['answers another call', instead(() => message(77, GOOD_ANSWERS[2] ?? [[], []]))],
    ['answers another thing', answers({ 2: [['s'], ['?']] })],
    ['answers with an error', answers({}, { type: 3 })],
    ['has no such item', found([])],
    ['has several', found([ITEM, `${ITEM}2`])],
    ['has one that is locked', found([], [ITEM])],
    ['has another one that is locked', found([ITEM], [`${ITEM}2`])],
    ['answers for another session', secret(`${SESSION}2`, [])],
    ['answers encrypted', secret(SESSION, [1, 2, 3])],
  ])('is given up where the bus or the service %s', async (_, script) => {
    const bus = await startScriptedBus(script);
    expect(await readSecret(attributes, bus.env)).toBeUndefined();
    await expect.poll(bus.connections, { interval: 2 }).toBe(0);
  });

  it.each<[string, BusScript]>([
    ['a line', { onSignIn: ({ socket, write }) => pour(socket, () => write('x'.repeat(4096))) }],
    [
      'signals',
      {
        onSignIn,
        onCall: ({ socket, write }) => {
          const signal = message(0, [['s'], ['x'.repeat(1000)]], { type: 4 });
          pour(socket, () => write(signal));
        },
      },
    ],
  ])('is given up after %s without an end, of which little is taken', async (_, script) => {
    const bus = await startScriptedBus(script);
    expect(await readSecret(attributes, bus.env)).toBeUndefined();
    await expect.poll(bus.connections, { interval: 2 }).toBe(0);
    expect(bus.writtenBytes()).toBeLessThan(4 * 1024 * 1024);
  });

  it.each([
    ['of another form', 'tcp:host=127.0.0.1,port=1'],
    ['with more than one way', 'unix:path=/nowhere;unix:path=/nowhere-else'],
    ['that leads nowhere', 'unix:path=/nowhere/bus'],
  ])('is left to the module with an address %s', async (_, address) => {
    expect(await readSecret(attributes, { DBUS_SESSION_BUS_ADDRESS: address })).toBeUndefined();
  });
});

/** Writes as long as somebody takes it. */
function pour(socket: Socket, write: () => boolean): void {
  while (!socket.destroyed && write());
  socket.once('drain', () => pour(socket, write));
}
