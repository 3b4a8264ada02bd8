import type { Fault } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';

import { createMemoryStore, McpassError, type Store } from '../../src/index.js';
import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn, tokensSeen } from '../support/sandbox.js';
import { scriptedProvider, TOKENS } from '../support/scripted-provider.js';
import { simulatedClock } from '../support/simulated-clock.js';

const HOUR_MS = 3_600_000;

const TROUBLE: readonly [fault: Fault, code: string][] = [
  [{ status: 500 }, 'server_error'],
  [{ status: 503, retryAfter: 30 }, 'server_error'],
  [{ status: 429, retryAfter: 30 }, 'rate_limited'],
  [{ status: 400, body: 'nonsense' }, 'token_refused'],
  [{ status: 400, body: '{"error":"temporarily_unavailable"}' }, 'token_refused'],
  [{ status: 404 }, 'token_refused'],
  ['html', 'answer_invalid'],
  ['oversize', 'answer_too_large'],
  ['reset', 'connection_lost'],
  [{ redirect: 'https://evil.example/token' }, 'redirect_refused'],
];

describe('trouble during a refresh deletes nothing', () => {
  test.each(TROUBLE)('%j: a token that still lives is used', async (fault) => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock, signIn: 'when_needed' });
    const before = await client.record();
    clock.advance(HOUR_MS - 10_000);
    sandbox.fault('token', fault, 9);
    expect((await call(client)).status).toBe(200);
    expect(tokensSeen(sandbox)).toEqual([before.grant.tokens.access.reveal()]);
    expect((await client.record()).grant).toEqual(before.grant);
    expect((await client.record()).signInNeeded).toBeUndefined();
    expect(client.user.shown).toHaveLength(1);
  });

  test.each(TROUBLE)(
    '%j: with a dead token the reason is told, and the next call renews',
    async (fault, code) => {
      const clock = simulatedClock();
      const sandbox = await provider('plain');
      // Trouble is no reason to open a browser, also where one could be opened.
      const client = await signedIn(sandbox, { clock, signIn: 'when_needed' });
      const before = await client.record();
      clock.advance(HOUR_MS);
      sandbox.fault('token', fault, 2);
      const error = await failure(call(client));
      expect(error).toMatchObject({ code, remedy: { do: 'retry_later' }, facts: { kept: true } });
      const { grant, lastRefresh, signInNeeded } = await client.record();
      expect(grant).toEqual(before.grant);
      expect(signInNeeded).toBeUndefined();
      expect(lastRefresh).toMatchObject({ outcome: 'failed', detail: expect.any(String) });
      expect(sandbox.log.of('mcp')).toEqual([]);

      sandbox.fault('token', fault, 0);
      clock.advance(60_000);
      expect((await call(client)).status).toBe(200);
      expect(client.user.shown).toHaveLength(1);
    },
  );

  test('a server that says nothing for half a minute', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock });
    const before = await client.record();
    clock.advance(HOUR_MS);
    sandbox.fault('token', 'drip');
    const waiting = failure(call(client));
    while (sandbox.log.of('token').length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    clock.advance(29_999);
    clock.advance(1);
    expect((await waiting).code).toBe('timeout');
    expect((await client.record()).grant).toEqual(before.grant);
    // A request that was sent is not sent twice.
    expect(sandbox.log.of('token')).toHaveLength(1);
  });

  test.each([
    [30, 30],
    // What is said is what is done.
    [86_400, 3_600],
  ])('it says when to come back, the same to all: Retry-After %d', async (retryAfter, afterSeconds) => {
    // Not at a full second: rounding must not make it more.
    const clock = simulatedClock(1_800_000_000_000 + (retryAfter > 3_600 ? 400 : 0));
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock });
    clock.advance(HOUR_MS);
    sandbox.fault('token', { status: 429, retryAfter });
    for (let times = 0; times < 3; times += 1) {
      const error = await failure(call(client));
      expect(error.remedy).toEqual({ do: 'retry_later', afterSeconds });
      expect(error.facts).toMatchObject({ kept: true, nextAttemptS: expect.any(Number) });
    }
    expect(sandbox.log.of('token')).toHaveLength(1);
  });
});

describe('an answer that was lost on its way', () => {
  test('is asked for again, soon enough for a server with some leeway', async () => {
    const sandbox = await provider('plain', { rotation: { leewaySeconds: 10 } });
    const client = await signedIn(sandbox);
    sandbox.fault('token', 'lost');
    await client.authorizer.refresh();
    const [first, second] = sandbox.log.of('token');
    expect(second?.form.get('refresh_token')).toBe(first?.form.get('refresh_token'));
    expect((await call(client)).status).toBe(200);
  });

  test('once, not for ever', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('token', 'reset', 99);
    expect((await failure(client.authorizer.refresh())).code).toBe('connection_lost');
    expect(sandbox.log.of('token')).toHaveLength(2);
  });

  test('of a server without leeway ends the sign-in: the token was spent', async () => {
    const sandbox = await provider('plain', { rotation: 'revoke-family' });
    const client = await signedIn(sandbox);
    sandbox.fault('token', 'lost');
    expect((await failure(client.authorizer.refresh())).code).toBe('login_required');
  });
});

describe('invalid_grant', () => {
  test('means that only a person can help: said, recorded, and not asked again', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock });
    sandbox.revokeGrants();
    clock.advance(HOUR_MS);
    const error = await failure(call(client));
    expect(error).toMatchObject({ code: 'login_required', remedy: { do: 'sign_in' } });
    expect(error.message).toContain('invalid_grant');
    expect(await client.record()).toMatchObject({
      signInNeeded: expect.stringContaining('invalid_grant'),
      lastRefresh: { outcome: 'refused' },
    });
    for (let times = 0; times < 3; times += 1)
      expect((await failure(call(client))).code).toBe('login_required');
    expect((await failure(client.authorizer.accessToken())).code).toBe('login_required');
    expect(sandbox.log.of('token')).toHaveLength(1);
  });

  test('while the access token lives leaves that one alone', async () => {
    const clock = simulatedClock();
    const { server, client } = await scriptedProvider(() => ({
      'POST /token': [{ body: TOKENS }, { status: 400, body: { error: 'invalid_grant' } }],
    }));
    const one = client({ clock });
    await one.authorizer.signIn();
    clock.advance(HOUR_MS - 10_000);
    for (let times = 0; times < 3; times += 1) expect((await call(one)).status).toBe(200);
    expect(server.to('POST /token')).toHaveLength(2);
    clock.advance(10_000);
    expect((await failure(call(one))).code).toBe('login_required');
  });

  test('leads to a sign-in in place, where that is allowed', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock, signIn: 'when_needed' });
    sandbox.revokeGrants();
    clock.advance(HOUR_MS);
    expect((await call(client)).status).toBe(200);
    expect(client.user.shown).toHaveLength(2);
    // The registration is as good as it was.
    expect(sandbox.log.of('register')).toEqual([]);
    expect((await client.record()).signInNeeded).toBeUndefined();
  });

  test('is over with the next sign-in', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.revokeGrants();
    await failure(client.authorizer.refresh());
    expect((await client.authorizer.signIn()).fresh).toBe(true);
    const { signInNeeded, lastRefresh } = await client.record();
    expect([signInNeeded, lastRefresh]).toEqual([undefined, undefined]);
    expect((await call(client)).status).toBe(200);
  });
});

describe('invalid_client', () => {
  test('at a refresh means that the client is dead: the next sign-in registers anew', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    const before = (await client.record()).grant.client.id;
    sandbox.forgetClients();
    const error = await failure(client.authorizer.refresh());
    expect(error).toMatchObject({ code: 'login_required', cause: { code: 'client_rejected' } });
    expect((await client.record()).lastRefresh?.outcome).toBe('client_refused');
    expect(sandbox.log.of('token')).toHaveLength(1);

    await client.authorizer.signIn();
    expect(sandbox.log.of('register')).toHaveLength(1);
    expect((await client.record()).grant.client.id).not.toBe(before);
    // The person saw no page of a server that did not know the client.
    expect(client.user.shown).toHaveLength(2);
  });

  test('nothing else is thrown away with it', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    const before = await client.record();
    sandbox.forgetClients();
    await failure(client.authorizer.refresh());
    expect((await client.record()).grant).toEqual(before.grant);
    expect((await call(client)).status).toBe(200);
  });
});

test('a refresh goes on when nobody waits for it any more', async () => {
  const sandbox = await provider('plain');
  const client = await signedIn(sandbox, { clock: simulatedClock(Date.now()) });
  const clock = simulatedClock(Date.now() + HOUR_MS);
  const later = clientOf(sandbox, { store: client.store, clock });
  sandbox.fault('token', { delay: 60 });
  const giveUp = new AbortController();
  const waiting = later.authorizer.fetch(sandbox.url, { method: 'POST', signal: giveUp.signal });
  while (sandbox.log.of('token').length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  giveUp.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  const { generation } = await client.record();
  while ((await client.record()).generation === generation)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await client.record()).lastRefresh?.outcome).toBe('renewed');
});

test('a store that has lost its hold on the record spends no refresh token', async () => {
  const clock = simulatedClock();
  const sandbox = await provider('plain');
  const memory = createMemoryStore();
  let isLost = false;
  const store: Store = {
    ...memory,
    update: (key, change) =>
      memory.update(key, (current) =>
        change(current, {
          async confirm() {
            if (isLost)
              throw new McpassError('store_unwritable', 'lost', { step: 'store', fault: 'network' });
          },
        }),
      ),
  };
  const client = await signedIn(sandbox, { clock, store });
  const before = await client.record();
  isLost = true;
  clock.advance(HOUR_MS - 10_000);
  expect((await call(client)).status).toBe(200);
  clock.advance(10_000);
  expect(await failure(call(client))).toMatchObject({ code: 'store_unwritable', facts: { spent: false } });
  expect(sandbox.log.of('token')).toEqual([]);
  expect(await client.record()).toEqual(before);
  isLost = false;
  expect((await call(client)).status).toBe(200);
  expect(sandbox.log.of('token')).toHaveLength(1);
});
