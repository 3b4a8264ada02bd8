import { startSandbox, type Sandbox, type UserKind } from '@mcpass/sandbox';
import { expect, onTestFinished, test } from 'vitest';

import { addressInside } from '../src/routes.js';
import { startApplication } from './application.js';

/* A browser is led away and comes back: over HTTP, to two replicas that share a store. */

async function provider(): Promise<Sandbox> {
  const sandbox = await startSandbox('plain');
  onTestFinished(() => sandbox.close());
  return sandbox;
}

const get = (url: string, user: string, cookie = '') =>
  fetch(url, { redirect: 'manual', headers: { 'x-user': user, cookie } });

const cookieOf = (answer: Response) => answer.headers.get('set-cookie')?.split(';')[0] ?? '';

/** Begins a sign-in, and has the authorization server's page answered. Returns where that leads the browser. */
async function begin(sandbox: Sandbox, start: string, as: UserKind = 'consents') {
  const begun = await get(start, 'ann');
  expect(begun.status).toBe(303);
  const stranger = await sandbox.user(as).open(begun.headers.get('location') ?? '');
  return { begun, cookie: cookieOf(begun), stranger, callback: stranger?.url ?? '' };
}

test('a sign-in begins at one replica and ends at another, once, in the browser and for the person that began it', async () => {
  const sandbox = await provider();
  const { origin, second, routes, authorizerOf } = await startApplication(sandbox.url);
  const start = routes.addressOf({ server: 'mail', returnTo: '/inbox?page=2' });
  expect(start).toBe(`${origin}/mcp/start?server=mail&return=%2Finbox%3Fpage%3D2`);
  const { begun, cookie, stranger, callback } = await begin(sandbox, start);
  expect(begun.headers.get('set-cookie')).toMatch(/; Path=\/mcp\/callback; .*HttpOnly; SameSite=Lax$/);
  expect(begun.headers.get('referrer-policy')).toBe('no-referrer');

  // The browser of the simulated person has no cookie: it is somebody else's.
  expect(stranger?.status).toBe(403);
  expect(stranger?.html).toContain('was not begun in this browser');
  expect(stranger?.headers['content-security-policy']).toContain("default-src 'none'");
  expect(stranger?.headers['cache-control']).toBe('no-store');
  const tampered = cookie.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
  expect((await get(callback, 'ann', tampered)).status).toBe(403);
  const other = await get(callback, 'bob', cookie);
  expect([other.status, await other.text()]).toEqual([409, expect.stringContaining('somebody else')]);
  expect(sandbox.log.of('token')).toEqual([]);

  const there = callback.replace(origin, second);
  const head = await fetch(there, { method: 'HEAD', headers: { 'x-user': 'ann', cookie } });
  expect(head.status).toBe(405);
  const done = await get(there, 'ann', cookie);
  expect([done.status, done.headers.get('location')]).toEqual([303, `${origin}/inbox?page=2`]);
  expect((await authorizerOf('ann').accessToken()).type).toBe('Bearer');
  expect(await authorizerOf('bob').record()).toBeUndefined();

  const twice = await get(callback, 'ann', cookieOf(done));
  expect([twice.status, await twice.text()]).toEqual([409, expect.stringContaining('Already answered')]);
  // A browser that kept the first cookie gets no further.
  expect((await get(callback, 'ann', cookie)).status).toBe(409);
  expect(sandbox.log.of('token')).toHaveLength(1);
});

test('a refusal is told, and a later sign-in takes the place of an earlier one', async () => {
  const sandbox = await provider();
  const { routes } = await startApplication(sandbox.url);
  const start = routes.addressOf({ server: 'mail' });
  const denied = await begin(sandbox, start, 'denies');
  const told = await get(denied.callback, 'ann', denied.cookie);
  const page = await told.text();
  expect(told.status).toBe(403);
  expect(page).toContain('access_denied');
  expect(page).toContain(`href="${start}"`);

  const first = await begin(sandbox, start);
  const later = await begin(sandbox, start);
  expect((await get(first.callback, 'ann', first.cookie)).status).toBe(409);
  const both = `${first.cookie}; ${later.cookie}`;
  const done = await get(later.callback, 'ann', both);
  expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('Signed in')]);
});

test('who comes too late is told so', async () => {
  const sandbox = await provider();
  const { routes } = await startApplication(sandbox.url, 1_000);
  const { cookie, callback } = await begin(sandbox, routes.addressOf({ server: 'mail' }));
  // Asked as another person, who cannot end it before its time is over.
  await expect.poll(async () => (await get(callback, 'bob', cookie)).status).toBe(410);
  const late = await get(callback, 'ann', cookie);
  expect([late.status, await late.text()]).toEqual([410, expect.stringContaining('Too late')]);
  expect(sandbox.log.of('token')).toEqual([]);
});

test('nobody, a server that is not there and a foreign place begin nothing', async () => {
  const sandbox = await provider();
  const { origin, routes } = await startApplication(sandbox.url);
  const start = `${origin}/mcp/start`;
  expect((await fetch(`${start}?server=mail`)).status).toBe(403);
  expect((await get(`${start}?server=other`, 'ann')).status).toBe(403);
  expect((await get(start, 'ann')).status).toBe(400);
  expect((await get(`${start}?server=mail&return=//evil.example`, 'ann')).status).toBe(400);
  expect((await get(`${origin}/mcp/else`, 'ann')).status).toBe(404);
  expect(sandbox.log.of('authorize')).toEqual([]);
  expect(routes.needed(new Error('other'), { server: 'mail' })).toBeUndefined();
});

test('a call that needs a sign-in tells where it begins', async () => {
  const sandbox = await provider();
  const { routes, authorizerOf } = await startApplication(sandbox.url);
  const place = { server: 'mail', returnTo: '/chat' };
  const thrown: unknown = await authorizerOf('ann')
    .accessToken()
    .catch((error: unknown) => error);
  const needed = routes.needed(new Error('wrapped', { cause: thrown }), place);
  expect(needed?.error.code).toBe('login_required');
  expect(needed?.error.facts['signInUrl']).toBe(routes.addressOf(place));
  expect(needed?.elicitation).toMatchObject({ mode: 'url', url: routes.addressOf(place) });
});

test.each([
  ['/inbox?a=b#c', 'https://app.example/inbox?a=b#c'],
  ['//evil.example', undefined],
  ['/\\evil.example', undefined],
  ['/\t/evil.example', undefined],
  ['https://app.example/', undefined],
  ['javascript:alert(1)', undefined],
  ['', undefined],
  ['/..//evil.example', 'https://app.example//evil.example'],
])('to return to %j is to open %j', (path, address) => {
  expect(addressInside(path, 'https://app.example')).toBe(address);
});
