import { expect, test } from 'vitest';
import { fitWidths } from '../../src/terminal/table.js';
import { cutToWidth, textWidth } from '../../src/terminal/text-width.js';

test.each([
  ['abc', 3],
  ['é', 1],
  ['e\u0301', 1],
  ['写着', 4],
  ['한글', 4],
  ['🙂', 2],
  ['👩‍👩‍👧', 2],
  ['Ａ', 2],
])('%s takes %i columns', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test('a cut ends in an ellipsis, splits no character and fits', () => {
  expect(cutToWidth('abcdef', 6)).toBe('abcdef');
  expect(cutToWidth('abcdef', 4)).toBe('abc…');
  expect(cutToWidth('写着写着', 8)).toBe('写着写着');
  expect(cutToWidth('写着写着', 6)).toBe('写着…');
  expect(cutToWidth('🙂🙂', 2)).toBe('…');
  expect(textWidth(cutToWidth('写'.repeat(100_000), 40))).toBeLessThanOrEqual(40);
});

test('the widest columns of a table give way first', () => {
  expect(fitWidths([5, 10, 0, 40], 40)).toEqual([5, 10, 0, 21]);
  expect(fitWidths([30, 30], 22)).toEqual([10, 10]);
  expect(fitWidths([5, 5], 80)).toEqual([5, 5]);
});
