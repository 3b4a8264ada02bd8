import { describe, expect, test } from 'vitest';

import {
  type CredentialRecord,
  createEntryStore,
  createMemoryStore,
  fitsEntry,
  recordKeyOf,
  settingsOf,
} from '../../src/index.js';
import type { Client } from '../../src/index.js';
import type { ServerSettings } from '../../src/server/settings.js';
import { KEY, recordWith } from '../support/record.js';

const URL = KEY.server;
const settings = (more: Partial<ServerSettings> = {}): ServerSettings => ({ url: URL, ...more });

/** A record as an entry with these settings would have made it. */
function made(more: { client?: Partial<Client>; resource?: string | undefined } = {}): CredentialRecord {
  const record = recordWith({ refresh: 'r' });
  const grant = record.grant as NonNullable<CredentialRecord['grant']>;
  const { resource: _, ...rest } = grant;
  const resource = 'resource' in more ? more.resource : URL;
  return {
    ...record,
    grant: {
      ...rest,
      client: { ...grant.client, ...more.client },
      ...(resource !== undefined && { resource }),
    },
  };
}

const CONFIGURED = { origin: 'configured', id: 'mine' } as const;
const DOCUMENT = { origin: 'metadata_document', id: 'https://me.example/client' } as const;

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
    ['of another account', false, made(), { account: 'work' }],
    ['of another server', false, made(), { url: `${URL}/other` }],
  ])('%s: %s', (_, fits, record, more) => {
    expect(fitsEntry(record, settings(more))).toBe(fits);
  });

  test.each([
    made(),
    made({ client: CONFIGURED }),
    made({ resource: undefined, client: DOCUMENT }),
    made({ resource: 'https://t.example/' }),
  ])('the settings that it implies, too: %#', (record) => {
    expect(fitsEntry(record, settingsOf(record))).toBe(true);
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
