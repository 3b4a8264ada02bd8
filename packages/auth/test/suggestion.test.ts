import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { didYouMean, editDistance, nearest } from '../src/suggestion.js';

describe('what was probably meant', () => {
  const WORDS = ['scopes', 'url', 'enabled', 'oauth.client_id'];

  test.each([
    ['scope', 'scopes'],
    ['URL', 'url'],
    ['enalbed', 'enabled'],
    ['oauth.clientid', 'oauth.client_id'],
    // The beginning of a word counts as one difference.
    ['en', 'enabled'],
    ['tools', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ])('by %s is %s', (word, meant) => {
    expect(nearest(word, WORDS)).toBe(meant);
    expect(didYouMean(word, WORDS)).toBe(meant === undefined ? '' : ` Did you mean ${meant}?`);
  });

  test('is the nearest, and the first of equals', () => {
    expect(nearest('tols', ['tokens', 'tools', 'toils'])).toBe('tools');
  });
});

test('a distance counts what is inserted, deleted, replaced and swapped', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('ab', 'ba')).toBe(1);
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (one, other) => {
      expect(editDistance(one, one)).toBe(0);
      expect(editDistance(one, other)).toBe(editDistance(other, one));
      expect(editDistance(one, other)).toBeLessThanOrEqual(Math.max(one.length, other.length));
    }),
  );
});
