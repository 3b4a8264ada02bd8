import { format, inspect } from 'node:util';

import { describe, expect, test } from 'vitest';

import { Secret } from '../src/index.js';

const TEXT = 'hunter2-hunter2';
const secret = new Secret(TEXT);

describe('a secret does not show', () => {
  test.each([
    ['as a string', String(secret)],
    ['in a template', `Bearer ${secret}`],
    ['added to a string', `${'Bearer '}${String(secret)}`],
    ['in JSON', JSON.stringify({ token: secret, list: [secret] })],
    ['in an inspector', inspect(secret)],
    ['deep in an inspector', inspect({ a: { b: [secret] } }, { depth: 9, showHidden: true })],
    ['in a map', inspect(new Map([[secret, secret]]))],
    ['through %s', format('%s', secret)],
    ['through %o', format('%o', secret)],
    ['through %j', format('%j', secret)],
    ['by its members', JSON.stringify(Object.entries(secret)) + JSON.stringify({ ...secret })],
    ['as a copy', JSON.stringify(structuredClone({ token: { ...secret } }))],
    ['in an error', inspect(new Error('x', { cause: { secret } }))],
  ])('%s', (_, shown) => expect(shown).not.toContain(TEXT));

  test('and says what it is', () => {
    expect([`${secret}`, JSON.stringify(secret), inspect(secret)]).toEqual([
      '[secret]',
      '"[secret]"',
      '[secret]',
    ]);
  });
});

test('only reveal() gives the text', () => {
  expect(secret.reveal()).toBe(TEXT);
});

test('two secrets are equal by their text', () => {
  expect(secret.equals(new Secret(TEXT))).toBe(true);
  expect(secret.equals(new Secret(`${TEXT} `))).toBe(false);
  expect(secret.equals(undefined)).toBe(false);
});
