import { credentialState } from '../../src/index.js';
import type { SandboxOptions } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';

import { call, provider, signedIn } from '../support/sandbox.js';
import { simulatedClock } from '../support/simulated-clock.js';

const MINUTES_MS = 60_000;

/** A client whose clock is wrong, at a provider whose clock is right. */
async function wrongBy(ms: number, overrides: SandboxOptions) {
  const clock = simulatedClock(Date.now() + ms);
  const sandbox = await provider('plain', { accessTokenFormat: 'jwt', ...overrides });
  const client = await signedIn(sandbox, { clock });
  return {
    clock,
    sandbox,
    client,
    /** Time goes by, for both. */
    pass(seconds: number) {
      clock.advance(seconds * 1000);
      sandbox.advanceClock(seconds);
    },
    counts: () => ({
      refreshes: sandbox.log.of('token').length,
      refused: sandbox.log.of('mcp').filter(({ status }) => status === 401).length,
    }),
  };
}

describe.each([-10 * MINUTES_MS, 10 * MINUTES_MS])('a clock that is wrong by %d ms', (ms) => {
  test.each([[[]], [['expires-in-absent']], [['expires-in-string']]] as const)(
    'with tokens of five minutes (%j): one refresh for each, no needless 401',
    async (tokenShapes) => {
      const { client, pass, counts } = await wrongBy(ms, { accessTokenSeconds: 300, tokenShapes });
      for (let minute = 0; minute < 20; minute += 1) {
        expect((await call(client)).status).toBe(200);
        pass(60);
      }
      const { refreshes, refused } = counts();
      expect(refused).toBe(0);
      // Twenty minutes are four lives.
      expect(refreshes).toBeLessThanOrEqual(4);
      expect(refreshes).toBeGreaterThanOrEqual(3);
    },
  );
});

describe('a clock that is set during a session', () => {
  test.each([
    // Forward: the token seems to be over, and is renewed for nothing; once.
    [10 * MINUTES_MS, { refreshes: 1, refused: 0 }],
    // Back: it seems to live longer than it does; what was obtained in the future is renewed, once.
    [-10 * MINUTES_MS, { refreshes: 1, refused: 0 }],
  ])('by %d ms costs one request, no storm', async (ms, expected) => {
    const { client, clock, pass, counts } = await wrongBy(0, { accessTokenSeconds: 300 });
    await call(client);
    clock.advance(ms);
    for (let times = 0; times < 5; times += 1) expect((await call(client)).status).toBe(200);
    pass(400);
    expect((await call(client)).status).toBe(200);
    const after = counts();
    expect(after.refused).toBe(expected.refused);
    expect(after.refreshes).toBeLessThanOrEqual(expected.refreshes + 1);
    for (let times = 0; times < 5; times += 1) expect((await call(client)).status).toBe(200);
    expect(counts()).toEqual(after);
  });

  test('back: no token is handed out that has ended at the server', async () => {
    const { client, clock, sandbox, counts } = await wrongBy(10 * MINUTES_MS, { accessTokenSeconds: 300 });
    const { grant } = await client.record();
    sandbox.expireAccessTokens();
    clock.advance(-10 * MINUTES_MS);
    const { token } = await client.authorizer.accessToken();
    expect(token.equals(grant.tokens.access)).toBe(false);
    expect(credentialState(await client.record(), clock.now())).toBe('signed_in');
    for (let times = 0; times < 5; times += 1) await client.authorizer.accessToken();
    expect(counts().refreshes).toBe(1);
  });

  test('back, where nothing can be renewed: the token is tried, and the server decides', async () => {
    const { client, clock } = await wrongBy(0, { accessTokenSeconds: 300, refreshTokens: 'never' });
    clock.advance(-10 * MINUTES_MS);
    expect((await call(client)).status).toBe(200);
  });

  test('back, while a server in trouble is left alone: the pause is over', async () => {
    const { client, clock, sandbox } = await wrongBy(0, {});
    sandbox.fault('token', { status: 503, retryAfter: 600 });
    await client.authorizer.refresh().catch(() => undefined);
    sandbox.revokeAccessTokens();
    clock.advance(-10 * MINUTES_MS);
    expect((await call(client)).status).toBe(200);
    expect(sandbox.log.of('token')).toHaveLength(2);
  });
});

test('tokens that are dead on arrival, by their own word, are used for a moment: no storm', async () => {
  const { client, pass, counts } = await wrongBy(0, { tokenShapes: ['expires-in-zero'] });
  for (let tenth = 0; tenth < 100; tenth += 1) {
    expect((await call(client)).status).toBe(200);
    if (tenth % 10 === 9) pass(1);
  }
  // Ten seconds, ten calls in each.
  expect(counts().refreshes).toBeLessThanOrEqual(5);
  expect(counts().refused).toBe(0);
});
