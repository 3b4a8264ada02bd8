import { type CredentialRecord, emptyRecord, type RecordKey, Secret, type Store } from '@mcpass/auth';
import { describe, expect, it } from 'vitest';

const key: RecordKey = { server: 'https://mcp.example.com/mcp', account: 'default' };
const other: RecordKey = { server: 'https://mcp.example.com/mcp', account: 'work' };

/** A record with every member that a store must carry, secrets and members of a newer version included. */
export function fullRecord(of: RecordKey = key, refresh: string = 'refresh-1'): CredentialRecord {
  const client = {
    id: 'client-1',
    issuer: 'https://as.example.com',
    origin: 'registered',
    authMethod: 'client_secret_basic',
    redirectUri: 'http://127.0.0.1:41000/callback',
    secret: new Secret('client-secret'),
    registrationAccessToken: new Secret('registration-token'),
  } as const;
  return {
    ...emptyRecord(of),
    grant: {
      issuer: 'https://as.example.com',
      endpoints: { token: 'https://as.example.com/token' },
      client,
      requestedScopes: ['read'],
      tokens: {
        access: new Secret('access-1'),
        type: 'Bearer',
        obtainedAtS: 1_700_000_000,
        refresh: new Secret(refresh),
      },
      signedInAtS: 1_700_000_000,
    },
    registration: client,
    signInNeeded: 'the server refused the refresh',
    extra: { fromTheFuture: { kept: true } },
  };
}

/** What every store must do. `open` gives a new, empty store. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`${name} keeps the store contract`, () => {
    it('has nothing at first', async () => {
      const store = await open();
      expect(await store.read(key)).toBeUndefined();
      expect(await store.list()).toEqual([]);
    });

    it('says what it is and where', async () => {
      const store = await open();
      expect(store.kind).toMatch(/^[a-z]+$/);
      expect(store.location).not.toBe('');
    });

    it('gives back every member that was written, secrets and unknown ones too', async () => {
      const store = await open();
      await store.update(key, () => Promise.resolve(fullRecord()));
      const read = await store.read(key);
      expect(read).toEqual({ ...fullRecord(), generation: 1 });
      expect(read?.grant?.tokens.refresh?.reveal()).toBe('refresh-1');
      expect(read?.grant?.client.secret?.reveal()).toBe('client-secret');
      expect(await store.list()).toEqual([read]);
    });

    it('counts the generation up at every write, whatever the record says', async () => {
      const store = await open();
      const first = await store.update(key, () => Promise.resolve({ ...fullRecord(), generation: 70 }));
      const second = await store.update(key, () => Promise.resolve({ ...fullRecord(), generation: 0 }));
      expect([first?.generation, second?.generation]).toEqual([1, 2]);
      expect((await store.read(key))?.generation).toBe(2);
    });

    it('hands the current record to the change', async () => {
      const store = await open();
      const written = await store.update(key, () => Promise.resolve(fullRecord()));
      let seen: CredentialRecord | undefined;
      await store.update(key, (current) => {
        seen = current;
        return Promise.resolve(current);
      });
      expect(seen).toEqual(written);
    });

    it('writes nothing when the change returns the same record', async () => {
      const store = await open();
      await store.update(key, () => Promise.resolve(fullRecord()));
      const result = await store.update(key, (current) => Promise.resolve(current));
      expect(result?.generation).toBe(1);
      expect((await store.read(key))?.generation).toBe(1);
    });

    it('deletes when the change returns nothing, and starts anew after that', async () => {
      const store = await open();
      await store.update(key, () => Promise.resolve(fullRecord()));
      expect(await store.update(key, () => Promise.resolve(undefined))).toBeUndefined();
      expect(await store.read(key)).toBeUndefined();
      expect(await store.list()).toEqual([]);
      expect((await store.update(key, () => Promise.resolve(fullRecord())))?.generation).toBe(1);
    });

    it('lets a missing record stay missing', async () => {
      const store = await open();
      expect(await store.update(key, (current) => Promise.resolve(current))).toBeUndefined();
      expect(await store.list()).toEqual([]);
    });

    it('writes nothing when the change throws, and passes the error on', async () => {
      const store = await open();
      await store.update(key, () => Promise.resolve(fullRecord()));
      const failure = new Error('the network was down');
      await expect(store.update(key, () => Promise.reject(failure))).rejects.toBe(failure);
      expect((await store.read(key))?.generation).toBe(1);
      expect((await store.update(key, () => Promise.resolve(fullRecord())))?.generation).toBe(2);
    });

    it('keeps accounts of one server apart', async () => {
      const store = await open();
      await store.update(key, () => Promise.resolve(fullRecord(key)));
      await store.update(other, () => Promise.resolve(fullRecord(other)));
      await store.update(key, () => Promise.resolve(undefined));
      expect((await store.read(other))?.account).toBe('work');
      expect(await store.list()).toHaveLength(1);
    });

    it('runs the changes of one key one after the other', async () => {
      const store = await open();
      let inside = 0;
      let most = 0;
      const change = async (current: CredentialRecord | undefined) => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 2));
        inside -= 1;
        return { ...(current ?? fullRecord()) };
      };
      await Promise.all(Array.from({ length: 8 }, () => store.update(key, change)));
      expect(most).toBe(1);
      expect((await store.read(key))?.generation).toBe(8);
    });

    it('does not make one key wait for another', async () => {
      const store = await open();
      const slow = slowUpdate(store, (current) => current);
      await slow.begun;
      const quick = await store.update(other, () => Promise.resolve(fullRecord(other)));
      expect(quick?.generation).toBe(1);
      slow.finish();
      await slow.done;
    });

    it('can be read while a change is under way, and shows the old record until it is done', async () => {
      const store = await open();
      await store.update(key, () => Promise.resolve(fullRecord()));
      const slow = slowUpdate(store, () => fullRecord(key, 'refresh-2'));
      await slow.begun;
      expect((await store.read(key))?.grant?.tokens.refresh?.reveal()).toBe('refresh-1');
      slow.finish();
      await slow.done;
      expect((await store.read(key))?.grant?.tokens.refresh?.reveal()).toBe('refresh-2');
    });
  });
}

/** An update whose change has begun, and ends when it is told to. */
function slowUpdate(
  store: Store,
  change: (current: CredentialRecord | undefined) => CredentialRecord | undefined,
) {
  let begin = () => {};
  let finish = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const done = store.update(key, async (current) => {
    begin();
    await finished;
    return change(current);
  });
  return { begun, finish: () => finish(), done };
}
