import { describe, expect, test } from 'vitest';

import { readOAuthError, sayOAuthError } from '../../src/oauth/error.js';
import { answer, PAGE } from '../support/answer.js';
import { UNSAFE_TEXT } from '../support/unsafe-text.js';

describe('what a server gives as its reason', () => {
  test.each([
    ['RFC 6749', { error: 'invalid_grant', error_description: 'expired' }, 'invalid_grant', 'expired'],
    ['only a code', { error: 'invalid_grant' }, 'invalid_grant', undefined],
    ['a message (Supabase)', { message: 'not found' }, undefined, 'not found'],
    ['a code and a message', { code: 'E42', message: 'no' }, 'E42', 'no'],
    ['a list (Datadog)', { errors: [{ code: 'x', detail: 'bad scope' }] }, 'x', 'bad scope'],
    ['a list of texts', { errors: ['bad scope'] }, undefined, 'bad scope'],
    ['an object', { error: { code: 'denied', message: 'no' } }, 'denied', 'no'],
    ['null members', { error: null, error_description: null, message: 'no' }, undefined, 'no'],
    ['members of the wrong type', { error: 7, error_description: {} }, undefined, undefined],
    ['an empty object', {}, undefined, undefined],
    ['an empty list', { errors: [] }, undefined, undefined],
    ['a list in a list', { errors: [[]] }, undefined, undefined],
  ])('%s', (_, body, code, description) => {
    const error = readOAuthError(answer(400, body));
    expect(error.status).toBe(400);
    expect(error.code).toBe(code);
    expect(error.description).toBe(description);
  });

  test('a form', () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    expect(readOAuthError(answer(400, 'error=bad&error_description=no+way', form))).toEqual({
      status: 400,
      code: 'bad',
      description: 'no way',
    });
  });

  test('a page: its title', () => {
    expect(readOAuthError(answer(403, PAGE))).toEqual({ status: 403, description: 'Welcome to ACME' });
    expect(readOAuthError(answer(403, '<html><body>x'))).toEqual({
      status: 403,
      description: 'an HTML page',
    });
  });

  test('plain words', () => {
    expect(readOAuthError(answer(503, '  upstream \n timed out '))).toEqual({
      status: 503,
      description: 'upstream timed out',
    });
  });

  test('nothing', () => {
    expect(readOAuthError(answer(500))).toEqual({ status: 500 });
  });

  test('is plain and bounded, whatever comes', () => {
    const nasty = `\u001b[2J\u001b]0;x\u0007\u0000\u009b31m\u202e${'y'.repeat(100_000)}`;
    for (const body of [
      { error: nasty, error_description: nasty },
      { errors: [nasty] },
      nasty,
      `<html><title>${nasty}`,
    ]) {
      const { code = '', description = '' } = readOAuthError(answer(400, body));
      for (const text of [code, description]) {
        expect(text).not.toMatch(UNSAFE_TEXT);
        expect(text.length).toBeLessThanOrEqual(301);
      }
    }
  });
});

test('said in one line', () => {
  expect(sayOAuthError({ status: 400, code: 'invalid_request', description: 'no scope' })).toBe(
    '400 invalid_request: no scope',
  );
  expect(sayOAuthError({ status: 400, description: 'no' })).toBe('400 no');
  expect(sayOAuthError({ status: 502 })).toBe('502');
});
