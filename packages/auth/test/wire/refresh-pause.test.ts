import { type CredentialRecord, McpassError, type Store } from '../../src/index.js';
import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { simulatedClock } from '../support/simulated-clock.js';

const HOUR_MS = 3_600_000;

describe('a server in trouble is left alone', () => {
  test('with a token that lives nobody notices, and it is asked less and less', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain', { accessTokenSeconds: 36_000 });
    const client = await signedIn(sandbox, { clock });
    clock.advance(36_000_000 - 28_000);
    sandbox.fault('token', { status: 500 }, 99);
    for (let second = 0; second < 25; second += 1) {
      expect((await call(client)).status).toBe(200);
      clock.advance(1_000);
    }
    // At 0, 2, 6 and 14 seconds, or one second later.
    expect(sandbox.log.of('token').length).toBeLessThanOrEqual(4);
    expect(sandbox.log.of('token').length).toBeGreaterThanOrEqual(3);
  });

  test('with a dead token everybody hears why and until when, and Retry-After is obeyed', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock });
    clock.advance(HOUR_MS);
    sandbox.fault('token', { status: 429, retryAfter: 90 });
    await failure(call(client));
    clock.advance(30_000);
    // Another process is another client of the same store.
    const other = clientOf(sandbox, { store: client.store, clock });
    for (const work of [call(other), other.authorizer.accessToken(), call(client)]) {
      const error = await failure(work);
      // 60, or one more for the part of a second that a record does not keep.
      expect(error).toMatchObject({ code: 'rate_limited', remedy: { do: 'retry_later' } });
      expect(error.message).toMatch(/The next attempt is made in 6[01] s\.$/);
    }
    expect(sandbox.log.of('token')).toHaveLength(1);
    clock.advance(61_000);
    expect((await call(other)).status).toBe(200);
    expect((await client.record()).lastRefresh).toEqual({
      atS: Math.floor(clock.now() / 1000),
      outcome: 'renewed',
    });
  });

  test('a token that is refused meanwhile is offered again, in case only one request was meant, and the server not asked', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock });
    sandbox.fault('token', { status: 503, retryAfter: 60 });
    await failure(client.authorizer.refresh());
    sandbox.revokeAccessTokens();
    expect((await failure(call(client))).code).toBe('server_error');
    expect((await client.record()).grant.tokens.refusedAtS).toBeDefined();
    expect((await failure(call(client))).code).toBe('server_error');
    expect(sandbox.log.of('mcp')).toHaveLength(2);
    expect(sandbox.log.of('token')).toHaveLength(1);
  });

  test('but a person who asks for a refresh by name gets one', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('token', { status: 503, retryAfter: 60 });
    await failure(client.authorizer.refresh());
    expect((await client.authorizer.refresh()).lastRefresh?.outcome).toBe('renewed');
  });

  test('a sign-in ends it', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('token', { status: 503, retryAfter: 60 });
    await failure(client.authorizer.refresh());
    await client.authorizer.signIn({ force: true });
    expect((await client.record()).lastRefresh).toBeUndefined();
  });
});

/** The store of a machine where locks do not work: whoever changes a record does so without waiting for others. */
function withoutLock(store: Store, meanwhile: () => Promise<unknown>): Store {
  return {
    ...store,
    async update(key, change) {
      const current = await store.read(key);
      await meanwhile();
      const next = await change(current);
      return next === current ? current : store.update(key, async () => next);
    },
  };
}

describe('invalid_grant for a token that another process has used', () => {
  test('is no end: what that one stored is adopted, and nothing written over it', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain', { rotation: 'none' });
    const other = await signedIn(sandbox, { clock });
    clock.advance(HOUR_MS);
    let stored: CredentialRecord | undefined;
    const client = clientOf(sandbox, {
      clock,
      store: withoutLock(other.store, async () => {
        stored = (await other.authorizer.signIn({ force: true })).record;
        sandbox.fault('token', { status: 400, body: '{"error":"invalid_grant"}' });
      }),
    });
    expect((await call(client)).status).toBe(200);
    expect(client.decisions('adopted')).toHaveLength(1);
    expect(await other.authorizer.record()).toEqual(stored);
  });
});

describe('a store that cannot be written', () => {
  const full = (store: Store): Store => ({
    ...store,
    update: () =>
      Promise.reject(
        new McpassError('store_unwritable', 'the disk is full', { step: 'store', fault: 'yours' }),
      ),
  });

  test('before anything was spent leaves a token that lives to be used', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock });
    clock.advance(HOUR_MS - 10_000);
    const other = clientOf(sandbox, { store: full(client.store), clock });
    expect((await call(other)).status).toBe(200);
    clock.advance(10_000);
    const error = await failure(call(other));
    expect(error).toMatchObject({ code: 'store_unwritable', facts: { spent: false } });
    expect(sandbox.log.of('token')).toEqual([]);
    // No record can tell of it later: who watches hears it.
    expect(other.decisions('unstored')).toEqual([
      { why: 'the disk is full', token_ends: (await client.record()).grant.tokens.expiresAtS },
    ]);
  });

  /** Full only when the new record is written. */
  const fullAtLast = (store: Store): Store => ({
    ...store,
    update: async (key, change) => {
      await change(await store.read(key));
      throw new McpassError('store_unwritable', 'The disk is full.', {
        step: 'store',
        fault: 'ours',
        remedy: { do: 'retry_later' },
      });
    },
  });

  test.each([
    ['what the server gave out is lost', undefined, true],
    ['nobody knows what the server gave out', 'reset', true],
    ['the server gave out nothing', { status: 503 }, false],
  ] as const)('at the end of the refresh, when %s, says so', async (_, fault, spent) => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    if (fault !== undefined) sandbox.fault('token', fault, 9);
    const other = clientOf(sandbox, { store: fullAtLast(client.store) });
    const { code, message, facts } = await failure(other.authorizer.refresh());
    expect([code, facts]).toEqual(['store_unwritable', { spent }]);
    expect(message.startsWith('The disk is full.')).toBe(true);
    expect(message.includes('a new sign-in may be needed')).toBe(spent);
  });
});
