import { describe, expect, test } from 'vitest';
import { clockOff } from '../harness/clock.js';
import { reportFigures } from './figures.js';
import { createLab, expectOneRefresh, expectSuccess, leftovers, times } from './lab.js';

/* The clocks of client and provider differ, and what providers say about the life of a token is not always true. */

reportFigures('clocks');

describe.each([-600, 600])('a provider whose clock is %d s ahead', (clockOffsetSeconds) => {
  test.each([
    ['says how long a token lives', []],
    ['does not say how long a token lives', ['expires-in-absent']],
    ['says it as text', ['expires-in-string']],
  ] as const)('and %s: tokens of five minutes are neither renewed nor refused', async (_, tokenShapes) => {
    const lab = await createLab('plain', {
      clockOffsetSeconds,
      accessTokenSeconds: 300,
      accessTokenFormat: 'jwt',
      tokenShapes,
    });
    const { obtainedAtS, expiresAtS } = lab.record().grant.tokens;
    expect((expiresAtS ?? 0) - obtainedAtS).toBe(300);
    expectSuccess([await lab.run('call', lab.sandbox.url, 'echo', 'text=x')]);
    expectSuccess(await times(2, () => lab.run('token', lab.sandbox.url)));
    expect(lab.refreshes()).toBe(0);
    expect(lab.sandbox.log.of('mcp').filter(({ status }) => status === 401)).toEqual([]);
  });
});

test('a clock that is corrected after the sign-in: no token is handed out that has ended', async () => {
  const lab = await createLab('plain', { accessTokenSeconds: 300 });
  // It went ten minutes ahead when the person signed in.
  const nowS = Math.floor(Date.now() / 1000);
  lab.rewrite(({ grant, ...rest }) => ({
    ...rest,
    grant: { ...grant, tokens: { ...grant.tokens, obtainedAtS: nowS + 600, expiresAtS: nowS + 900 } },
  }));
  lab.sandbox.expireAccessTokens();
  const dead = lab.record().grant.tokens.access.reveal();
  const status = await lab.run('status', lab.sandbox.url);
  expect(status.stdout).toMatch(
    /expires +not known: the clock of this machine was set back; renews by itself/,
  );
  const ended = await times(5, () => lab.run('token', lab.sandbox.url));
  expectSuccess(ended);
  expect(ended.map(({ stdout }) => stdout)).not.toContain(`${dead}\n`);
  expectSuccess([await lab.run('token', lab.sandbox.url)]);
  expectOneRefresh(lab);
  expect((await lab.run('status', lab.sandbox.url)).stdout).toMatch(/expires +in \d+ (?:s|min), renews/);
});

test('tokens that are dead on arrival, by their own word: no storm', async () => {
  const lab = await createLab('plain', { tokenShapes: ['expires-in-zero'] });
  const began = Date.now();
  expectSuccess(await times(10, () => lab.run('token', lab.sandbox.url)));
  expectSuccess(await times(10, () => lab.run('token', lab.sandbox.url)));
  // At most one in a second, however many ask.
  expect(lab.refreshes()).toBeLessThanOrEqual(Math.ceil((Date.now() - began) / 1000) + 1);
});

test('tokens that live for two seconds: every call is answered, nobody signs in again', async () => {
  const lab = await createLab('plain', { accessTokenSeconds: 2 });
  for (let round = 0; round < 4; round += 1) {
    expectSuccess([await lab.run('call', lab.sandbox.url, 'echo', 'text=x')]);
  }
  expect(lab.sandbox.log.of('authorize')).toEqual([]);
});

describe('two processes whose clocks differ', () => {
  const withClock = (offsetS: number) => ({ env: clockOff(offsetS * 1000) });

  test.each([
    [0, 600],
    [600, 0],
    [0, -600],
    [-600, 0],
  ])('by ten minutes (%d s and %d s): one refresh, and nobody is robbed of the lock', async (one, other) => {
    const lab = await createLab('plain', { rotation: 'revoke-family' });
    lab.expire();
    // So that the token is expired by either clock.
    lab.age(-700);
    lab.fault('token', { delay: 1_500 });
    // At once: one of them waits for the other, however long a process takes to start.
    const both = [one, other].map((offset) => lab.start(withClock(offset), 'token', lab.sandbox.url).ended);
    expectSuccess(await Promise.all(both));
    expectOneRefresh(lab);
    expect(leftovers(lab)).toEqual([]);
    // Nothing was spent twice: the family lives.
    expectSuccess([await lab.run('refresh', lab.sandbox.url)]);
  });
});
