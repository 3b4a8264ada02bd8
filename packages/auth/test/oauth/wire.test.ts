import { describe, expect, test } from 'vitest';

import { withoutQueryValues } from '../../src/server/shown-url.js';
import { isTransientStatus, retryAfterSeconds } from '../../src/oauth/wire.js';

const NOW_MS = Date.parse('2026-11-20T12:00:00Z');
const after = (value: string) => retryAfterSeconds(new Headers({ 'retry-after': value }), NOW_MS);

describe('Retry-After (RFC 9110 section 10.2.3)', () => {
  test.each([
    ['0', 0],
    ['120', 120],
    ['Fri, 20 Nov 2026 12:01:30 GMT', 90],
    ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
    ['Friday, 20-Nov-26 12:00:05 GMT', 5],
  ])('%s', (value, seconds) => expect(after(value)).toBe(seconds));

  test.each(['', 'soon', '1.5', '-5', '1e3', '0x10'])('%j says nothing', (value) => {
    expect(after(value)).toBeUndefined();
  });

  test('a number that no clock has is none', () => {
    expect(after('9'.repeat(400))).toBeUndefined();
  });

  test('absent', () => {
    expect(retryAfterSeconds(new Headers(), NOW_MS)).toBeUndefined();
  });
});

test('trouble is 429 and 5xx', () => {
  expect([200, 302, 400, 401, 404, 408, 429, 500, 503].filter(isTransientStatus)).toEqual([429, 500, 503]);
});

test('an address for logs has the names of its query, not the values', () => {
  const shown = withoutQueryValues(new URL('https://h.example:8443/p/q?key=SECRET&b=&key=SECRET2&SECRET3#f'));
  expect(shown).toBe('https://h.example:8443/p/q?key=…&b=…&SECRET3=…');
  expect(withoutQueryValues(new URL('https://h.example/?'))).toBe('https://h.example/');
  expect(withoutQueryValues(new URL('javascript:alert(1)?x=SECRET'))).toBe('javascript:alert(1)?x=…');
});
