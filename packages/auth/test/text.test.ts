import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { plain, quote, replaceUnsafe } from '../src/index.js';
import { flatRepeat, growth } from './support/growth.js';
import { UNSAFE_TEXT } from './support/unsafe-text.js';

// Every reader of the rule (a terminal line, many lines, JSON, an account's label) replaces these in its own way.
test.each([
  ['controls', '\u0000\u0008\t\n\r\u001b\u001f\u007f\u0080\u009f'],
  ['what reorders', '\u061c\u200e\u200f\u202a\u202e\u2066\u2069'],
  [
    'what is not seen',
    '\u00ad\u200b\u200d\u2028\u2029\u202f\u2060\u206f\ufeff\ufff9\uffff\u{e0001}\u{e0fff}',
  ],
  ['halves of characters', '\ud800\udfff'.split('').reverse().join('')],
])('%s may not be shown as they are', (_, characters) => {
  const seen: string[] = [];
  expect(replaceUnsafe(`a${characters}z`, (character) => (seen.push(character), '.'))).toMatch(/^a\.+z$/);
  expect(seen).toEqual([...characters]);
});

test('letters of any script, blanks and symbols may be shown', () => {
  const text = 'Grüße, 日本 עברית 👋🏽\u00a0– “x” ~';
  expect(replaceUnsafe(text, () => '.')).toBe(text);
});

describe('foreign text', () => {
  test.each([
    ['a colour', '\u001b[31mred\u001b[0m', '[31mred [0m'],
    ['a window title (OSC)', '\u001b]0;owned\u0007text', ']0;owned text'],
    [
      'a link (OSC 8)',
      '\u001b]8;;https://evil\u001b\\click\u001b]8;;\u001b\\',
      ']8;;https://evil \\click ]8;; \\',
    ],
    ['C1 controls', 'a\u0085b\u009b31mc', 'a b 31mc'],
    ['line ends', 'a\r\nb\u2028c\u2029d', 'a b c d'],
    ['a carriage return that hides a line', 'good\rbad', 'good bad'],
    ['backspaces', 'a\b\bb', 'a b'],
    ['text in the other direction', 'a\u202egnp.exe\u202c', 'a gnp.exe'],
    ['isolates', 'a\u2066b\u2069c\u200fd\u061ce', 'a b c d e'],
    ['nothing to see', 'a\u200bb\u2060c\ufeffd\u00ade', 'a b c d e'],
    ['tags', 'a\u{e0041}\u{e0042}b', 'a b'],
    ['halves of characters', 'a\ud800b\udc00c', 'a b c'],
    ['spaces', '  a \t  b  ', 'a b'],
    ['whole characters', 'Grüße 👋🏽 日本', 'Grüße 👋🏽 日本'],
  ])('with %s', (_, text, expected) => expect(plain(text)).toBe(expected));

  test('is cut, by characters and not by halves of them', () => {
    expect(plain('x'.repeat(301))).toBe(`${'x'.repeat(300)}…`);
    expect(plain('👋'.repeat(12), 10)).toBe(`${'👋'.repeat(10)}…`);
    expect(plain('x'.repeat(300))).toBe('x'.repeat(300));
  });

  test('is cut also when most of it was blanks', () => {
    expect(plain(`${' '.repeat(5_000)}x`, 10)).toBe('…');
  });

  test('in quotation marks cannot leave them', () => {
    expect(quote('say "hi" and go')).toBe('"say \'hi\' and go"');
    expect(quote('')).toBe('""');
  });

  test('a hostile megabyte costs nothing', () => {
    const [kilobytes, megabytes] = [30_000, 30_000_000].map((length) => flatRepeat('\u001b', length));
    // A thousand times as long, and no more to do.
    expect(
      growth(
        () => plain(kilobytes ?? ''),
        () => plain(megabytes ?? ''),
      ),
    ).toBeLessThan(5);
  });

  test('of any kind is one line of bounded length without control characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 100 }),
        fc.integer({ min: 1, max: 40 }),
        (text, limit) => {
          const shown = plain(text, limit);
          expect([...shown].length).toBeLessThanOrEqual(limit + 1);
          expect(shown).not.toMatch(UNSAFE_TEXT);
          expect(plain(shown, limit + 1)).toBe(shown);
        },
      ),
      { numRuns: 300 },
    );
  });
});
