import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createClientBindings } from '../../src/stores/client-bindings.js';

const CLIENT = { server: 'https://mcp.example.com/mcp', id: 'mine' };
const HOME = { issuer: 'https://home.example', tokenOrigin: 'https://home.example' };
const OTHER = { issuer: 'https://other.example', tokenOrigin: 'https://other.example' };

function bindings() {
  const data = mkdtempSync(join(tmpdir(), 'mcpass-bindings-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  return { data, clients: createClientBindings({ data }, 'plain') };
}

test('a client is bound once, and to another server only by replacing', async () => {
  const { data, clients } = bindings();
  expect(await clients.read(CLIENT)).toBeUndefined();
  expect(readdirSync(data)).toEqual([]);
  expect(await clients.bind(CLIENT, HOME)).toEqual(HOME);
  expect(await clients.bind(CLIENT, OTHER)).toEqual(HOME);
  expect(await clients.read(CLIENT)).toEqual(HOME);
  expect(await clients.read({ ...CLIENT, id: 'yours' })).toBeUndefined();
  expect(await clients.read({ ...CLIENT, server: 'https://mcp.example.com' })).toBeUndefined();
  await clients.replace(CLIENT, OTHER);
  expect(await clients.read(CLIENT)).toEqual(OTHER);
});

test('beside a store that keeps nothing, what was noted counts, and nothing is noted', async () => {
  const { data, clients } = bindings();
  const forgetful = createClientBindings({ data }, 'memory');
  expect(await forgetful.bind(CLIENT, OTHER)).toEqual(OTHER);
  expect(await forgetful.bind(CLIENT, HOME)).toEqual(OTHER);
  expect(readdirSync(data)).toEqual([]);
  await clients.bind(CLIENT, HOME);
  const later = createClientBindings({ data }, 'memory');
  expect(await later.bind(CLIENT, OTHER)).toEqual(HOME);
  await later.replace(CLIENT, OTHER);
  expect([await later.read(CLIENT), await clients.read(CLIENT)]).toEqual([OTHER, HOME]);
});

test('of twenty that come at once one is first, and nothing is left behind', async () => {
  const { data, clients } = bindings();
  const wished = Array.from({ length: 20 }, (_, at) => ({ ...HOME, issuer: `https://${at}.example` }));
  const bound = await Promise.all(wished.map((wish) => clients.bind(CLIENT, wish)));
  expect(new Set(bound.map(({ issuer }) => issuer)).size).toBe(1);
  expect(readdirSync(join(data, 'clients'))).toHaveLength(1);
});

test.each<[string, (file: string) => void, string]>([
  ['of a newer mcpass', (file) => writeFileSync(file, '{"version": 2}'), 'newer'],
  ['of no version', (file) => writeFileSync(file, JSON.stringify(HOME)), 'does not say which'],
  ['as long as a book', (file) => writeFileSync(file, ' '.repeat(100_000)), 'larger than'],
  ['that is a pipe', (file) => void spawnSync('mkfifo', [file]), 'it is a pipe'],
])('a note %s lets the client go nowhere', async (_, lay, why) => {
  const { data, clients } = bindings();
  await clients.bind(CLIENT, HOME);
  const file = join(data, 'clients', readdirSync(join(data, 'clients'))[0] ?? '');
  rmSync(file);
  lay(file);
  const refusal = { code: 'store_unreadable', message: expect.stringContaining(why) as string };
  await expect(clients.read(CLIENT)).rejects.toMatchObject(refusal);
  await expect(clients.bind(CLIENT, OTHER)).rejects.toMatchObject(refusal);
});
