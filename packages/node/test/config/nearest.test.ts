import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, nearest } from '../../src/config/nearest.js';

describe('nearest', () => {
  it('finds what was meant, and nothing that is far off', () => {
    const words = ['scopes', 'url', 'enabled', 'oauth.client_id'];
    expect(nearest('scope', words)).toBe('scopes');
    expect(nearest('URL', words)).toBe('url');
    expect(nearest('oauth.clientid', words)).toBe('oauth.client_id');
    expect(nearest('tools', words)).toBeUndefined();
    expect(nearest('x'.repeat(10_000), words)).toBeUndefined();
  });

  it('measures a distance', () => {
    expect(distance('kitten', 'sitting')).toBe(3);
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (one, other) => {
        expect(distance(one, one)).toBe(0);
        expect(distance(one, other)).toBe(distance(other, one));
        expect(distance(one, other)).toBeLessThanOrEqual(Math.max(one.length, other.length));
      }),
    );
  });
});
