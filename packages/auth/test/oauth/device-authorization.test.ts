import { describe, expect, test } from 'vitest';
import { judgeDeviceAuthorization, judgePoll, nextPauseMs } from '../../src/oauth/device-authorization.js';
import { readTokenAnswer } from '../../src/oauth/token-answer.js';
import type { Client } from '../../src/index.js';
import { answer, PAGE } from '../support/answer.js';
import { failure } from '../support/client.js';

const ISSUER = 'https://as.example';
const GIVEN = {
  device_code: 'd1',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://as.example/device',
  expires_in: 1800,
  interval: 7,
};
const CLIENT: Client = { id: 'c1', issuer: ISSUER, origin: 'registered', authMethod: 'none' };
const judge = (status: number, body: string | object) =>
  judgeDeviceAuthorization(answer(status, body), ISSUER, 0);

describe('a device code', () => {
  test('is read with its address, its life and its interval', () => {
    const { device, expiresInS, deviations } = judge(200, GIVEN);
    expect(device).toMatchObject({ userCode: 'WDJB-MJHT', intervalS: 7 });
    expect(device.code.reveal()).toBe('d1');
    expect(expiresInS).toBe(1800);
    expect(deviations).toEqual([]);
  });

  test.each([
    ['none', undefined, 5],
    ['nonsense', 'soon', 5],
    ['text', '3', 3],
    ['nothing', 0, 1],
    ['an hour', 3600, 60],
  ])('with an interval of %s is asked for every %s', (_, interval, intervalS) => {
    expect(judge(200, { ...GIVEN, interval }).device.intervalS).toBe(intervalS);
  });

  test('of an older server is tolerated', () => {
    const { verification_uri: uri, expires_in: _, ...rest } = GIVEN;
    const { device, expiresInS, deviations } = judge(200, { ...rest, verification_url: uri });
    expect(device.verificationUri).toBe(uri);
    expect(expiresInS).toBe(600);
    expect(deviations.map(({ id }) => id)).toEqual(['D01', 'D02']);
  });

  test.each([
    ['a page', 200, PAGE, 'answer_invalid'],
    ['half of it', 200, { ...GIVEN, user_code: undefined }, 'answer_invalid'],
    ['a refusal', 400, { error: 'unauthorized_client' }, 'authorization_refused'],
    ['trouble', 503, '', 'server_error'],
  ])('is not %s', async (_, status, body, code) => {
    const error = await failure(Promise.resolve().then(() => judge(status, body)));
    expect(error).toMatchObject({ code, step: 'authorization' });
  });

  test('has no control characters', () => {
    expect(judge(200, { ...GIVEN, user_code: 'A\u001b[31mB' }).device.userCode).not.toContain('\u001b');
  });
});

describe('while nobody has entered it', () => {
  const polled = (status: number, body: string | object) => {
    const wire = answer(status, body);
    return judgePoll({ wire, read: readTokenAnswer(wire, 0), client: CLIENT });
  };

  test.each([
    ['authorization_pending', 400, 'pending'],
    ['slow_down', 400, 'slow_down'],
    ['access_denied', 400, 'refused'],
    ['expired_token', 400, 'expired'],
    ['invalid_grant', 400, 'over'],
    ['temporarily_unavailable', 503, 'trouble'],
  ] as const)('%s means', (error, status, meaning) => {
    expect(polled(status, { error })).toBe(meaning);
  });

  test('a page of a proxy is trouble, a token the end of it', () => {
    expect(polled(502, PAGE)).toBe('trouble');
    expect(polled(200, { access_token: 'a', token_type: 'Bearer' })).toBe('over');
  });

  test('the pause grows by five seconds, doubles in trouble, and has an end', () => {
    expect(nextPauseMs('pending', 5_000)).toBe(5_000);
    expect(nextPauseMs('slow_down', 5_000)).toBe(10_000);
    expect(nextPauseMs('trouble', 5_000)).toBe(10_000);
    expect(nextPauseMs('trouble', 50_000)).toBe(60_000);
  });
});
