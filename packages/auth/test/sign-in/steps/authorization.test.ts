import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { addToQuery } from '../../../src/sign-in/steps/authorization.js';

const add = (endpoint: string, parameters: Record<string, string>) =>
  addToQuery(endpoint, new URLSearchParams(parameters));

describe('parameters join the query of the endpoint (RFC 6749 section 3.1)', () => {
  test.each([
    ['https://as.example/a', 'https://as.example/a?state=s'],
    ['https://as.example/a?', 'https://as.example/a?state=s'],
    ['https://as.example/a?t=1', 'https://as.example/a?t=1&state=s'],
    ['https://as.example/a?t=1&', 'https://as.example/a?t=1&state=s'],
    ['https://as.example/a?t=a%20b+c&u', 'https://as.example/a?t=a%20b+c&u&state=s'],
    ['https://as.example/a?t=1&t=2', 'https://as.example/a?t=1&t=2&state=s'],
  ])('%s', (endpoint, expected) => expect(add(endpoint, { state: 's' })).toBe(expected));

  test('ours replace the endpoint’s own of the same name, also when it is spelled oddly', () => {
    const endpoint = 'https://as.example/a?state=evil&st%61te=evil&redirect_uri=https://evil.example&t=1';
    expect(add(endpoint, { state: 's', redirect_uri: 'http://127.0.0.1/' })).toBe(
      'https://as.example/a?t=1&state=s&redirect_uri=http%3A%2F%2F127.0.0.1%2F',
    );
  });

  test('for any query: nothing of its own is lost, and none of ours is there twice', () => {
    const names = fc.constantFrom('state', 'client_id', 'a', 'b c', 'ä', '&', '=');
    const pairs = fc.array(fc.tuple(names, fc.string({ maxLength: 8 })), { maxLength: 6 });
    fc.assert(
      fc.property(pairs, (own) => {
        const query = new URLSearchParams(own as [string, string][]).toString();
        const result = new URL(add(`https://as.example/a?${query}`, { state: 's', client_id: 'c' }))
          .searchParams;
        expect(result.getAll('state')).toEqual(['s']);
        expect(result.getAll('client_id')).toEqual(['c']);
        const others = own.filter(([name]) => name !== 'state' && name !== 'client_id');
        expect([...result].filter(([name]) => name !== 'state' && name !== 'client_id')).toEqual(others);
      }),
    );
  });
});
