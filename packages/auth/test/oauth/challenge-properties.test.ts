import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { challengeOf, parseChallenges } from '../../src/oauth/challenge.js';

const NAME = fc.stringMatching(/^[a-z][a-z0-9_-]{0,12}$/);
/** What a quoted string may hold: anything printable, so also what looks like a challenge. */
const TEXT = fc.oneof(
  fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
  fc.constantFrom(
    'Bearer scope=x',
    ', Basic realm="y"',
    'a=b, c="d"',
    '\\',
    '"',
    '\\"',
    'x, resource_metadata=z',
  ),
);
const BWS = fc.constantFrom('', ' ', '  ', '\t');

interface Written {
  readonly scheme: string;
  readonly parameters: readonly (readonly [string, string])[];
}

const CHALLENGE: fc.Arbitrary<Written> = fc.record({
  scheme: NAME,
  parameters: fc.uniqueArray(fc.tuple(NAME, TEXT), {
    minLength: 1,
    maxLength: 5,
    selector: ([name]) => name,
  }),
});

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function write(
  { scheme, parameters }: Written,
  [before, after, comma]: readonly [string, string, string],
): string {
  const list = parameters.map(([name, value]) => `${name}${before}=${after}${quoted(value)}`);
  return `${scheme} ${list.join(`${comma},${comma}`)}`;
}

describe('whatever the header holds', () => {
  test('reading it never throws, and every name is a token in lower case', () => {
    const soup = fc.stringMatching(/^[\x20-\x7e\t]{0,200}$/);
    const crumbs = fc
      .array(
        fc.constantFrom('Bearer', ' ', ',', '=', '"', '\\', 'scope', 'a', 'realm', '==', '\t', ';', 'é'),
        {
          maxLength: 40,
        },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(soup, crumbs, fc.string({ unit: 'binary' })), (header) => {
        for (const { scheme, parameters } of parseChallenges(header)) {
          expect(scheme).toMatch(/^[!#$%&'*+\-.^_`|~0-9a-z]+$/);
          for (const name of parameters.keys()) expect(name).toMatch(/^[!#$%&'*+\-.^_`|~0-9a-z]+$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('what was written by the grammar is read as it was meant', () => {
    fc.assert(
      fc.property(
        fc.array(CHALLENGE, { minLength: 1, maxLength: 4 }),
        fc.tuple(BWS, BWS, BWS),
        (written, space) => {
          const read = parseChallenges(written.map((one) => write(one, space)).join(', '));
          expect(read.map(({ scheme, parameters }) => ({ scheme, parameters: [...parameters] }))).toEqual(
            written,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  test('no word inside a quoted string becomes a parameter, also when the rest is malformed', () => {
    const garbage = fc
      .array(fc.constantFrom('Bearer', 'Basic', ' ', ',', '=', 'scope', 'realm', '==', '/', ':', ';', '@'), {
        maxLength: 12,
      })
      .map((parts) => parts.join(''));
    const hidden = 'Bearer resource_metadata=https://evil.example scope=evil, Bearer scope="evil"';
    fc.assert(
      fc.property(garbage, garbage, (before, after) => {
        const headers = new Headers({ 'www-authenticate': `${before}${quoted(hidden)}${after}` });
        const found = challengeOf(headers);
        // A whole quoted string may be the value of a parameter; a part of it may not.
        expect(found?.resourceMetadata).not.toBe('https://evil.example');
        expect(found?.scopes).not.toEqual(['evil']);
      }),
      { numRuns: 500 },
    );
  });
});
