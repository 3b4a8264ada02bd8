import { describe, expect, test } from 'vitest';

import { failure, heldFetch } from '../support/client.js';
import { call, clientOf, provider, signedIn, tokensSeen } from '../support/sandbox.js';
import { simulatedClock } from '../support/simulated-clock.js';

const HOUR_MS = 3_600_000;
const twenty = <T>(run: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, run));

/** A client whose token has run out, here and at the server. */
async function expired(overrides: Parameters<typeof provider>[1] = {}) {
  const clock = simulatedClock();
  const sandbox = await provider('plain', overrides);
  const client = await signedIn(sandbox, { clock });
  const before = await client.record();
  clock.advance(HOUR_MS);
  sandbox.advanceClock(3600);
  return { sandbox, client, clock, before };
}

describe('an expired token', () => {
  test('costs one refresh, however many calls are waiting', async () => {
    const { sandbox, client } = await expired();
    const answers = await twenty(() => call(client));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(sandbox.log.of('token')).toHaveLength(1);
    expect(sandbox.log.of('mcp')).toHaveLength(20);
    expect(new Set(tokensSeen(sandbox)).size).toBe(1);
  });

  test('is never sent', async () => {
    const { sandbox, client, before } = await expired();
    await call(client);
    expect(tokensSeen(sandbox)).not.toContain(before.grant.tokens.access.reveal());
  });

  test('is renewed as it was granted: same client, same method, same resource, no scope', async () => {
    const { sandbox, client, before } = await expired();
    await call(client);
    expect(sandbox.log.paths()).toEqual(['POST /token', 'POST /mcp']);
    const [request] = sandbox.log.of('token');
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      grant_type: 'refresh_token',
      refresh_token: before.grant.tokens.refresh?.reveal(),
      client_id: before.grant.client.id,
      resource: sandbox.url,
    });
  });

  test('and its successor are one record', async () => {
    const { client, clock, before } = await expired();
    await call(client);
    const { grant, lastRefresh, generation } = await client.record();
    expect(generation).toBe(before.generation + 1);
    expect(lastRefresh).toEqual({ atS: Math.floor(clock.now() / 1000), outcome: 'renewed' });
    expect(grant.tokens.access.equals(before.grant.tokens.access)).toBe(false);
    expect(grant.tokens.expiresAtS).toBe(Math.floor(clock.now() / 1000) + 3600);
    const { tokens: _, ...rest } = grant;
    const { tokens: __, ...restBefore } = before.grant;
    expect(rest).toEqual(restBefore);
  });

  test('is renewed shortly before its end, not at it', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock });
    clock.advance(HOUR_MS - 32_000);
    await call(client);
    expect(sandbox.log.of('token')).toEqual([]);
    clock.advance(4_000);
    await call(client);
    expect(sandbox.log.of('token')).toHaveLength(1);
  });

  test('is renewed for whoever wants the token itself', async () => {
    const { sandbox, client, clock } = await expired();
    const tokens = await twenty(() => client.authorizer.accessToken());
    expect(sandbox.log.of('token')).toHaveLength(1);
    expect(new Set(tokens.map(({ token }) => token.reveal())).size).toBe(1);
    expect(tokens[0]).toMatchObject({ type: 'Bearer', expiresAtS: Math.floor(clock.now() / 1000) + 3600 });
  });

  test('in two processes with one store costs one refresh', async () => {
    const { sandbox, client, clock } = await expired();
    const other = clientOf(sandbox, { store: client.store, clock });
    const answers = await Promise.all([client, other].flatMap((one) => [call(one), call(one), call(one)]));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(sandbox.log.of('token')).toHaveLength(1);
    expect([...client.decisions('adopted'), ...other.decisions('adopted')]).toHaveLength(1);
  });
});

describe('a token that is refused before its time', () => {
  test('with twenty calls in flight costs one refresh, and every call is answered', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.revokeAccessTokens();
    const answers = await twenty(() => call(client));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(sandbox.log.of('token')).toHaveLength(1);
    expect(sandbox.log.of('mcp')).toHaveLength(40);
  });

  test('whose successor is there already is replaced without a refresh', async () => {
    const sandbox = await provider('plain');
    const { store } = await signedIn(sandbox);
    sandbox.revokeAccessTokens();
    const held = heldFetch();
    const late = call(clientOf(sandbox, { store, fetch: held.fetch }));
    await held.arrived;
    await clientOf(sandbox, { store }).authorizer.refresh();
    held.release();
    expect((await late).status).toBe(200);
    expect(sandbox.log.of('token')).toHaveLength(1);
  });

  test('in every kind of request is dealt with', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    for (const method of ['GET', 'POST', 'DELETE']) {
      sandbox.revokeAccessTokens();
      const response = await client.authorizer.fetch(sandbox.url, {
        method,
        headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
        ...(method === 'POST' && { body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' }),
      });
      expect(response.status).not.toBe(401);
      await response.body?.cancel();
    }
    expect(sandbox.log.of('token')).toHaveLength(3);
  });

  test('given as a Request object is sent again with its body', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.revokeAccessTokens();
    const request = new Request(sandbox.url, {
      method: 'POST',
      headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    });
    expect((await client.authorizer.fetch(request)).status).toBe(200);
    expect(sandbox.log.of('mcp').map(({ operation }) => operation)).toEqual(['tools/list', 'tools/list']);
  });

  test('with a body that can be read only once: the answer is handed on, the next call works', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.revokeAccessTokens();
    const body = new Blob(['{"jsonrpc":"2.0","id":1,"method":"tools/list"}']).stream();
    const response = await client.authorizer.fetch(sandbox.url, {
      method: 'POST',
      headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(401);
    expect((await call(client)).status).toBe(200);
    expect(sandbox.log.of('token')).toHaveLength(1);
  });
});

describe('the refresh token', () => {
  test('is replaced by every new one, so that a rotating server never sees one twice', async () => {
    const sandbox = await provider('plain', { rotation: 'revoke-family' });
    const client = await signedIn(sandbox);
    for (let round = 0; round < 5; round += 1) await client.authorizer.refresh();
    const spent = sandbox.log.of('token').map(({ form }) => form.get('refresh_token'));
    expect(new Set(spent).size).toBe(5);
    expect((await call(client)).status).toBe(200);
  });

  test.each([
    ['refresh-token-on-first', 'none'],
    ['refresh-token-empty', 'none'],
  ] as const)('is kept when none comes back: %s', async (shape, rotation) => {
    const sandbox = await provider('plain', { rotation });
    const client = await signedIn(sandbox);
    const before = (await client.record()).grant.tokens.refresh;
    const quiet = await provider('plain', { rotation, tokenShapes: [shape] });
    expect(quiet.issuer).not.toBe(sandbox.issuer);
    if (shape === 'refresh-token-on-first') {
      const other = await signedIn(quiet);
      const first = (await other.record()).grant.tokens.refresh?.reveal();
      await other.authorizer.refresh();
      await other.authorizer.refresh();
      expect((await other.record()).grant.tokens.refresh?.reveal()).toBe(first);
    }
    await client.authorizer.refresh();
    expect((await client.record()).grant.tokens.refresh?.equals(before)).toBe(true);
  });

  test('that was refused once is not sent again, not even by hand', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.revokeGrants();
    for (let times = 0; times < 3; times += 1) {
      expect((await failure(client.authorizer.refresh())).code).toBe('login_required');
    }
    expect(sandbox.log.of('token')).toHaveLength(1);
  });

  test('that was never given is no refresh', async () => {
    const sandbox = await provider('plain', { refreshTokens: 'never' });
    const client = await signedIn(sandbox);
    expect((await failure(client.authorizer.refresh())).code).toBe('login_required');
    expect(sandbox.log.of('token')).toEqual([]);
    expect((await call(client)).status).toBe(200);
  });
});

test('a renewed token that cannot be stored is an error, not a success', async () => {
  const { client, sandbox } = await expired();
  const { store } = client;
  const full = {
    ...store,
    update: async (...[key, change]: Parameters<typeof store.update>) => {
      await change(await store.read(key));
      throw new (await import('../../src/index.js')).McpassError('store_unwritable', 'the disk is full', {
        step: 'store',
        fault: 'yours',
      });
    },
  };
  const other = clientOf(sandbox, { store: full, clock: simulatedClock(Date.now() + HOUR_MS - 10_000) });
  // Also while the old token still lives: its refresh token has just been spent.
  expect((await failure(call(other))).code).toBe('store_unwritable');
  expect(sandbox.log.of('mcp')).toEqual([]);
});

describe('a server that wants the scope in a refresh', () => {
  const wanting = { refreshScope: 'required', resourceScopes: ['mcp:read'] } as const;

  test('refuses one without, and the setting that helps is named', async () => {
    const client = await signedIn(await provider('plain', wanting));
    const { code, remedy } = await failure(client.authorizer.refresh());
    expect(code).toBe('token_refused');
    expect(remedy).toEqual({ do: 'configure', key: 'oauth.refresh_scope', value: '"granted"' });
  });

  test('gets the granted scopes where it is told so', async () => {
    const sandbox = await provider('plain', wanting);
    const client = await signedIn(sandbox, { settings: { refreshScope: 'granted' } });
    await client.authorizer.refresh();
    expect(sandbox.log.of('token').map(({ form, status }) => [form.get('scope'), status])).toEqual([
      ['mcp:read', 200],
    ]);
  });
});
