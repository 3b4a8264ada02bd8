import type { Endpoint, Fault } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { clientOf, provider } from '../support/sandbox.js';
import { scriptedProvider } from '../support/scripted-provider.js';
import { simulatedClock } from '../support/simulated-clock.js';

const CODES: readonly [name: string, fault: Fault, code: string][] = [
  ['a 500', { status: 500 }, 'server_error'],
  ['a 503', { status: 503 }, 'server_error'],
  ['a 429', { status: 429 }, 'rate_limited'],
  ['a broken connection', 'reset', 'connection_lost'],
  ['an oversized answer', 'oversize', 'answer_too_large'],
];

describe('trouble at a well-known place says nothing about what is there', () => {
  const places: readonly Endpoint[] = ['resource-metadata', 'metadata'];
  const cases = places.flatMap((place) =>
    CODES.map(([name, fault, code]) => [name, place, fault, code] as const),
  );

  test.each(cases)('%s at %s ends the sign-in, and nothing older is tried', async (_, place, fault, code) => {
    const sandbox = await provider('plain', { challengeMetadata: false });
    sandbox.fault(place, fault, 100);
    const client = clientOf(sandbox, { clock: simulatedClock() });
    const error = await failure(client.authorizer.signIn());
    expect(error.code).toBe(code);
    expect(sandbox.log.of('register')).toEqual([]);
    expect(client.user.shown).toEqual([]);
    expect(client.deviations()).not.toContain('A08');
    // Too much of an answer is no trouble on the way: asking again would bring as much.
    expect(sandbox.log.of(place)).toHaveLength(code === 'answer_too_large' ? 1 : 2);
    expect(await client.authorizer.record()).toBeUndefined();
    // Nor is anything else: another place would answer for somebody else, or for an older revision.
    const discovery = sandbox.log.all
      .filter(({ path }) => path.includes('well-known'))
      .map(({ path }) => path);
    expect(discovery.lastIndexOf(sandbox.log.of(place)[0]?.path ?? '')).toBe(discovery.length - 1);
  });

  test.each(places)('a single hiccup at %s is got over', async (place) => {
    for (const fault of ['reset', { status: 503 }, { status: 429, retryAfter: 2 }] as const) {
      const sandbox = await provider('plain');
      sandbox.fault(place, fault);
      const clock = simulatedClock();
      await clientOf(sandbox, { clock }).authorizer.signIn();
      expect(sandbox.log.of(place)).toHaveLength(2);
      expect(clock.pauses).toEqual([typeof fault === 'object' && fault.status === 429 ? 2_000 : 250]);
    }
  });

  test('the pause is short, whatever Retry-After says', async () => {
    const sandbox = await provider('plain');
    sandbox.fault('metadata', { status: 429, retryAfter: 86_400 });
    const clock = simulatedClock();
    await clientOf(sandbox, { clock }).authorizer.signIn();
    expect(clock.pauses).toEqual([5_000]);
  });

  test('a place that nobody answers for is not a place where nothing is', async () => {
    const { client } = await scriptedProvider(() => ({
      'POST /mcp': {
        status: 401,
        headers: { 'www-authenticate': 'Bearer resource_metadata="http://127.0.0.1:1/x"' },
      },
    }));
    expect((await failure(client().authorizer.signIn())).code).toBe('connect_failed');
  });
});

describe('trouble at the server itself', () => {
  test.each([
    [{ status: 500 }, 'server_error', undefined],
    [{ status: 429, retryAfter: 9 }, 'rate_limited', 9],
    ['reset', 'connection_lost', undefined],
  ] as const)('%j', async (fault, code, afterSeconds) => {
    const sandbox = await provider('plain');
    sandbox.fault('mcp', fault, 5);
    const error = await failure(clientOf(sandbox).authorizer.signIn());
    expect(error.code).toBe(code);
    if (afterSeconds !== undefined) expect(error.remedy).toEqual({ do: 'retry_later', afterSeconds });
  });
});

describe('trouble at the token endpoint', () => {
  test.each([
    [{ status: 503, retryAfter: 7 }, 'server_error'],
    [{ status: 429, retryAfter: 7 }, 'rate_limited'],
    ['reset', 'connection_lost'],
    ['lost', 'connection_lost'],
    ['html', 'answer_invalid'],
    ['oversize', 'answer_too_large'],
  ] as const)(
    '%j: the code is sent once, the registration is kept for the next attempt',
    async (fault, code) => {
      const sandbox = await provider('plain');
      sandbox.fault('token', fault);
      const client = clientOf(sandbox);
      expect((await failure(client.authorizer.signIn())).code).toBe(code);
      expect(sandbox.log.of('token')).toHaveLength(1);
      expect(client.user.outcomes).toMatchObject([{ ok: false }]);
      expect((await client.authorizer.record())?.registration).toBeDefined();
      expect((await client.authorizer.record())?.grant).toBeUndefined();

      await client.authorizer.signIn();
      expect(sandbox.log.of('register')).toHaveLength(1);
      expect((await client.authorizer.record())?.registration).toBeUndefined();
    },
  );

  test('the person at the browser is told that it failed, not that it worked', async () => {
    const sandbox = await provider('plain');
    sandbox.fault('token', { status: 500 });
    let page: Promise<{ html: string } | undefined> | undefined;
    const visit = (url: string) => (page = sandbox.user().open(url));
    await failure(clientOf(sandbox, { visit }).authorizer.signIn());
    expect((await page)?.html).toContain('could not issue a token');
  });
});

describe('trouble at the registration', () => {
  test.each([
    [{ status: 500 }, 'server_error'],
    [{ status: 429, retryAfter: 3 }, 'rate_limited'],
    [{ status: 403, body: 'Forbidden' }, 'registration_refused'],
    [{ status: 404 }, 'registration_refused'],
    ['html', 'answer_invalid'],
    ['reset', 'connection_lost'],
  ] as const)('%j: no browser, no half-made record', async (fault, code) => {
    const sandbox = await provider('plain');
    sandbox.fault('register', fault, 9);
    const client = clientOf(sandbox);
    expect((await failure(client.authorizer.signIn())).code).toBe(code);
    expect(sandbox.log.of('register')).toHaveLength(1);
    expect(client.user.shown).toEqual([]);
    expect(await client.authorizer.record()).toBeUndefined();
    expect(client.user.open).toBe(0);
  });
});

test('a new sign-in that fails leaves the working one alone', async () => {
  const sandbox = await provider('plain');
  const client = clientOf(sandbox);
  await client.authorizer.signIn();
  const before = await client.record();
  for (const place of ['resource-metadata', 'metadata', 'token'] as const) {
    sandbox.fault(place, { status: 400, body: '{"error":"invalid_grant"}' }, 9);
    await failure(client.authorizer.signIn({ force: true }));
    expect((await client.record()).grant).toEqual(before.grant);
    sandbox.fault(place, { status: 400 }, 0);
  }
});
