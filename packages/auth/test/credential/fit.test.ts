import { describe, expect, test } from 'vitest';

import {
  type CredentialRecord,
  createEntryStore,
  createMemoryStore,
  fitsEntry,
  recordKeyOf,
} from '../../src/index.js';
import type { Client, Store } from '../../src/index.js';
import type { ServerSettings } from '../../src/server/settings.js';
import { KEY, recordWith } from '../support/record.js';

const URL = KEY.server;
const settings = (more: Partial<ServerSettings> = {}): ServerSettings => ({ url: URL, ...more });

/** A record as an entry with these settings would have made it. */
function made(
  more: { client?: Partial<Client>; resource?: string | undefined; issuer?: string } = {},
): CredentialRecord {
  const record = recordWith({ refresh: 'r' });
  const grant = record.grant as NonNullable<CredentialRecord['grant']>;
  const { resource: _, ...rest } = grant;
  const resource = 'resource' in more ? more.resource : URL;
  return {
    ...record,
    grant: {
      ...rest,
      ...(more.issuer !== undefined && { issuer: more.issuer }),
      client: { ...grant.client, ...more.client },
      ...(resource !== undefined && { resource }),
    },
  };
}

const CONFIGURED = { origin: 'configured', id: 'mine' } as const;
const DOCUMENT = { origin: 'metadata_document', id: 'https://me.example/client' } as const;

const ISSUER = made().grant?.issuer ?? '';

describe('a credential fits an entry', () => {
  test.each<[string, boolean, CredentialRecord, Partial<ServerSettings>]>([
    ['that leaves all to discovery', true, made(), {}],
    ['whose resource is the origin', true, made({ resource: 'https://mcp.example/' }), {}],
    [
      'with a resource that discovery cannot have named',
      false,
      made({ resource: 'https://tenant.example/' }),
      {},
    ],
    ['made without a resource', false, made({ resource: undefined }), {}],
    ['the same, where none is wanted', true, made({ resource: undefined }), { resource: 'none' }],
    [
      'with that resource',
      true,
      made({ resource: 'https://t.example/' }),
      { resource: 'https://t.example/' },
    ],
    ['with another one', false, made({ resource: 'https://u.example/' }), { resource: 'https://t.example/' }],
    ['with a slash more', false, made({ resource: 'https://t.example' }), { resource: 'https://t.example/' }],
    ['with its client', true, made({ client: CONFIGURED }), { client: { id: 'mine' } }],
    ['with another client', false, made({ client: CONFIGURED }), { client: { id: 'yours' } }],
    ['with a client that the entry does not name', false, made({ client: CONFIGURED }), {}],
    ['registered, where a client is named', false, made(), { client: { id: 'mine' } }],
    ['with its document', true, made({ client: DOCUMENT }), { clientMetadataUrl: DOCUMENT.id }],
    ['with a document of others', false, made({ client: DOCUMENT }), {}],
    ['registered, where documents are not taken', true, made(), { clientMetadataUrl: DOCUMENT.id }],
    ['with its document, brought by hand', true, made({ client: DOCUMENT }), { client: { id: DOCUMENT.id } }],
    ['of the issuer that it is pinned to', true, made(), { issuer: ISSUER }],
    ['of another issuer', false, made(), { issuer: 'https://other.example' }],
    ['of another account', false, made(), { account: 'work' }],
    ['of another server', false, made(), { url: `${URL}/other` }],
  ])('%s: %s', (_, fits, record, more) => {
    expect(fitsEntry(record, settings(more))).toBe(fits);
  });
});

test('scopes, headers, secrets and ways to authenticate make no other credential', () => {
  const secret = () => Promise.reject(new Error('not asked for'));
  const one = recordKeyOf(settings({ client: { id: 'mine' } }));
  expect(
    recordKeyOf(
      settings({ client: { id: 'mine', secret, authMethod: 'none' }, scopes: ['a'], headers: { a: 'b' } }),
    ),
  ).toEqual(one);
  expect(recordKeyOf(settings())).toEqual(KEY);
});

describe('the store of an entry', () => {
  const write = (store: ReturnType<typeof createEntryStore>, record: CredentialRecord) =>
    store.update(KEY, () => Promise.resolve(record));

  test('keeps what belongs to another one, in whichever order they come', async () => {
    const store = createMemoryStore();
    const mine = createEntryStore(store, settings({ client: { id: 'mine' } }));
    const found = createEntryStore(store, settings());
    await store.update(KEY, () => Promise.resolve(made({ client: CONFIGURED })));
    expect(await mine.read(KEY)).toBeDefined();
    expect(await found.read(KEY)).toBeUndefined();
    await write(found, made());
    expect((await found.read(KEY))?.grant?.client.id).toBe('client');
    expect((await mine.read(KEY))?.grant?.client.id).toBe('mine');
    await mine.update(KEY, () => Promise.resolve(undefined));
    expect(await store.list()).toHaveLength(1);
    expect(await found.read(KEY)).toBeDefined();
  });

  test('keeps those of other issuers, and one that was there before the entry was pinned', async () => {
    const store = createMemoryStore();
    await store.update(KEY, () => Promise.resolve(made()));
    const pinned = createEntryStore(store, settings({ issuer: `${ISSUER}/` }));
    await pinned.update(KEY, (current) => Promise.resolve(current && { ...current, signInNeeded: 'x' }));
    expect(await store.list()).toMatchObject([{ signInNeeded: 'x' }]);
    const b = createEntryStore(store, settings({ issuer: 'https://b.example' }));
    const c = createEntryStore(store, settings({ issuer: 'https://c.example/' }));
    await write(b, made({ issuer: 'https://b.example' }));
    await write(c, made({ issuer: 'https://c.example' }));
    const issuerOf = async (entry: typeof b) => (await entry.read(KEY))?.grant?.issuer;
    expect([await issuerOf(pinned), await issuerOf(b), await issuerOf(c)]).toEqual([
      ISSUER,
      'https://b.example',
      'https://c.example',
    ]);
  });

  test('puts a sign-in that came to something else where nobody else looks', async () => {
    const store = createMemoryStore();
    await store.update(KEY, () => Promise.resolve(made()));
    const documented = createEntryStore(store, settings({ clientMetadataUrl: DOCUMENT.id }));
    await write(documented, made({ client: DOCUMENT }));
    expect((await store.read(KEY))?.grant?.client.origin).toBe('registered');
    expect((await documented.read(KEY))?.grant?.client.origin).toBe('metadata_document');
  });

  test('keeps a client apart from the registration of an entry that has it as its document', async () => {
    const store = createMemoryStore();
    const documented = createEntryStore(store, settings({ clientMetadataUrl: DOCUMENT.id }));
    const byHand = createEntryStore(store, settings({ client: { id: DOCUMENT.id } }));
    await write(documented, made());
    await write(byHand, made({ client: { ...CONFIGURED, id: DOCUMENT.id } }));
    expect((await documented.read(KEY))?.grant?.client.origin).toBe('registered');
    expect((await byHand.read(KEY))?.grant?.client.origin).toBe('configured');
  });

  test('looks again where the place that it saw free is taken when the lock comes', async () => {
    const store = createMemoryStore();
    const late: Store = {
      ...store,
      // Another entry signs in between the look and the lock.
      update: async (key, change) => {
        if ((await store.read(KEY)) === undefined)
          await store.update(KEY, () => Promise.resolve(made({ client: CONFIGURED })));
        return store.update(key, change);
      },
    };
    const found = createEntryStore(late, settings());
    await write(found, made());
    expect((await store.read(KEY))?.grant?.client.id).toBe('mine');
    expect((await found.read(KEY))?.grant?.client.id).toBe('client');
  });

  test('shows a change of nobody else’s record, and writes none', async () => {
    const store = createMemoryStore();
    await store.update(KEY, () => Promise.resolve(made({ client: CONFIGURED })));
    const found = createEntryStore(store, settings());
    let seen: CredentialRecord | undefined | 'nothing' = 'nothing';
    await found.update(KEY, (current) => Promise.resolve((seen = current)));
    expect(seen).toBeUndefined();
    expect((await store.read(KEY))?.generation).toBe(1);
  });
});
