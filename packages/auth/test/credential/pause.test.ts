import { describe, expect, test } from 'vitest';

import { McpassError, type ErrorCode, type Remedy } from '../../src/index.js';
import { judgePause, pausedUntilS, pauseError, troubleError } from '../../src/credential/pause.js';
import type { LastRefresh } from '../../src/credential/record.js';
import { recordWith } from '../support/record.js';

const NOW_S = 1_700_000_000;
const NOW_MS = NOW_S * 1000;

const failed = (code: ErrorCode, more: { remedy?: Remedy; fault?: 'yours' } = {}) =>
  new McpassError(code, 'It failed.', { step: 'refresh', fault: 'server', ...more });
const retryAfter = (afterSeconds: number) =>
  failed('rate_limited', { remedy: { do: 'retry_later', afterSeconds } });
const failure = (more: Partial<LastRefresh> = {}): LastRefresh => ({
  atS: NOW_S,
  outcome: 'failed',
  ...more,
});

describe('the pause after a refresh that failed', () => {
  test.each([
    [0, 2],
    [1, 4],
    [2, 8],
    [7, 256],
    [8, 300],
    [10_000, 300],
  ])('after %d failures before it is %d s', (failures, seconds) => {
    const earlier = failures === 0 ? undefined : failure({ failures });
    expect(judgePause(failed('server_error'), earlier, NOW_MS)).toEqual({
      code: 'server_error',
      failures: failures + 1,
      nextAtS: NOW_S + seconds,
    });
  });

  test('begins anew after a success', () => {
    const earlier: LastRefresh = { atS: NOW_S, outcome: 'renewed' };
    expect(judgePause(failed('server_error'), earlier, NOW_MS).failures).toBe(1);
  });

  test('counts a failure that was written before failures were counted', () => {
    expect(judgePause(failed('server_error'), failure(), NOW_MS).failures).toBe(2);
  });

  test.each([
    'dns_failed',
    'connect_failed',
    'connection_lost',
    'tls_failed',
    'proxy_failed',
    'timeout',
  ] as const)('%s: stays short, because the way may be back at any moment', (code) => {
    expect(judgePause(failed(code), failure({ failures: 50 }), NOW_MS).nextAtS).toBe(NOW_S + 10);
  });

  test.each([
    [30, 30],
    [0, 1],
    [999_999_999, 3_600],
  ])('is what the server wishes, within reason: %d s', (wish, seconds) => {
    expect(judgePause(retryAfter(wish), failure({ failures: 9 }), NOW_MS).nextAtS).toBe(NOW_S + seconds);
  });

  test('is at most an hour also within a second', () => {
    expect(judgePause(retryAfter(86_400), undefined, NOW_MS + 400).nextAtS).toBe(NOW_S + 3_600);
    expect(judgePause(retryAfter(30), undefined, NOW_MS + 400).nextAtS).toBe(NOW_S + 31);
  });

  test('is none where the person can put it right', () => {
    expect(judgePause(failed('client_needed', { fault: 'yours' }), undefined, NOW_MS)).toEqual({
      code: 'client_needed',
      failures: 1,
    });
  });
});

describe('whether there is a pause', () => {
  const until = (lastRefresh: LastRefresh, nowS = NOW_S) =>
    pausedUntilS(recordWith({}, { lastRefresh }), nowS * 1000);

  test('there is, until its end', () => {
    const last = failure({ nextAtS: NOW_S + 10 });
    expect(until(last)).toBe(NOW_S + 10);
    expect(until(last, NOW_S + 9.999)).toBe(NOW_S + 10);
    expect(until(last, NOW_S + 10)).toBeUndefined();
  });

  test('there is none without a failure, or one that set no time', () => {
    expect(pausedUntilS(undefined, NOW_MS)).toBeUndefined();
    expect(pausedUntilS(recordWith({}), NOW_MS)).toBeUndefined();
    expect(until(failure())).toBeUndefined();
    expect(until({ atS: NOW_S, outcome: 'renewed', nextAtS: NOW_S + 10 })).toBeUndefined();
  });

  test('a clock that was set back ends it', () => {
    expect(until(failure({ nextAtS: NOW_S + 10 }), NOW_S - 600)).toBeUndefined();
  });

  test('nobody has to wait for more than an hour, whatever is written there', () => {
    expect(until(failure({ nextAtS: NOW_S + 86_400 }))).toBeUndefined();
  });
});

describe('what is said during a pause', () => {
  test('what happened, when, and when it is tried again', () => {
    const last = failure({ detail: 'as.example said 503.', code: 'server_error' });
    const error = pauseError(last, NOW_S + 10, NOW_MS + 4_000);
    expect(error.message).toBe(
      'The sign-in could not be renewed 4 s ago: as.example said 503. The next attempt is made in 6 s.',
    );
    expect(error).toMatchObject({
      code: 'server_error',
      step: 'refresh',
      fault: 'server',
      remedy: { do: 'retry_later', afterSeconds: 6 },
    });
  });

  test('as much is said to the one who met the failure', () => {
    const remedy = { do: 'retry_later', afterSeconds: 10 };
    const facts = { kept: true, nextAttemptS: NOW_S + 10 };
    expect(troubleError(failed('timeout'), NOW_S + 10, NOW_MS)).toMatchObject({
      code: 'timeout',
      remedy,
      facts,
    });
    expect(troubleError(retryAfter(86_400), NOW_S + 10, NOW_MS)).toMatchObject({ remedy, facts });
    // What a person can do is better than waiting.
    const own: Remedy = { do: 'say', text: 'trust it' };
    expect(troubleError(failed('tls_failed', { remedy: own }), NOW_S + 10, NOW_MS).remedy).toEqual(own);
    expect(troubleError(failed('client_needed', { fault: 'yours' }), undefined, NOW_MS)).toMatchObject({
      remedy: undefined,
      facts: { kept: true },
    });
  });

  test.each([
    ['dns_failed', 'dns_failed', 'network'],
    ['rate_limited', 'rate_limited', 'server'],
    ['of_a_newer_version', 'server_error', 'server'],
    ['toString', 'server_error', 'server'],
    [undefined, 'server_error', 'server'],
  ])('the code of the failure, as far as it is known: %s', (code, said, fault) => {
    const last = failure(code === undefined ? {} : { code });
    expect(pauseError(last, NOW_S + 1, NOW_MS)).toMatchObject({ code: said, fault });
  });
});
