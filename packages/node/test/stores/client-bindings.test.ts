import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
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
  return { data, clients: createClientBindings({ data }) };
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

test('of twenty that come at once one is first, and nothing is left behind', async () => {
  const { data, clients } = bindings();
  const wished = Array.from({ length: 20 }, (_, at) => ({ ...HOME, issuer: `https://${at}.example` }));
  const bound = await Promise.all(wished.map((wish) => clients.bind(CLIENT, wish)));
  expect(new Set(bound.map(({ issuer }) => issuer)).size).toBe(1);
  expect(readdirSync(join(data, 'clients'))).toHaveLength(1);
});
