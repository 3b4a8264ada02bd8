import { describe, expect, test } from 'vitest';
import { cutToWidth, textWidth } from '../../src/terminal/text-width.js';
import { columnsOf, whole, withBlanks, wrap } from '../../src/terminal/wrap.js';

const ADDRESS = 'https://login.example.com/authorize?client_id=abc&scope=mail.read';

describe('a line on a terminal', () => {
  test.each([20, 40, 61, 80, 200])('is broken between words at %i columns', (columns) => {
    const line =
      'error: The authorization server refused the token request, and its words say why it did so.';
    const lines = wrap(line, columns);
    expect(lines.map((part) => part.trim()).join(' ')).toBe(line);
    for (const part of lines) expect(textWidth(part)).toBeLessThanOrEqual(columns);
    expect(lines.length === 1).toBe(columns >= line.length);
  });

  test('goes on under its own beginning, behind a label', () => {
    expect(wrap('  scopes   mail.read mail.send offline_access', 28)).toEqual([
      '  scopes   mail.read',
      '           mail.send',
      '           offline_access',
    ]);
    expect(wrap('  do:    try again in 40 s; the sign-in is kept', 30)).toEqual([
      '  do:    try again in 40 s;',
      '         the sign-in is kept',
    ]);
  });

  test('keeps an address and a command whole, on a line of their own', () => {
    expect(wrap(`Open ${ADDRESS} now`, 40)).toEqual(['Open', ADDRESS, 'now']);
    const command = 'mcpass login https://mcp.example.com/mcp --force';
    expect(wrap(`To sign in anew:  ${whole(command)}`, 60).map((line) => withBlanks(line).trim())).toEqual([
      'To sign in anew:',
      command,
    ]);
    expect(wrap(ADDRESS, 40)).toEqual([ADDRESS]);
  });

  test('counts a character of Chinese as two columns, and breaks between two', () => {
    const line = '  name  这个服务器的名字很长，而且中间没有空格，所以只能在字之间换行。';
    const lines = wrap(line, 30);
    expect(lines.length).toBeGreaterThan(2);
    for (const part of lines) expect(textWidth(part)).toBeLessThanOrEqual(30);
    for (const part of lines) expect(part).not.toMatch(/^ *[，。]/u);
    expect(lines.map((part) => part.trim()).join('')).toBe(line.trim());
    expect([textWidth('日本'), textWidth('e\u0301'), textWidth('👍'), textWidth('ｱ')]).toEqual([4, 1, 2, 1]);
  });

  test('is cut where it is wiped again', () => {
    expect([cutToWidth('Talking to box', 14), cutToWidth('Talking to box', 10)]).toEqual([
      'Talking to box',
      'Talking t…',
    ]);
    expect(textWidth(cutToWidth('日本語日本語', 6))).toBeLessThanOrEqual(6);
  });

  test('is left alone for a program', () => expect(wrap('a b c', undefined)).toEqual(['a b c']));
});

test.each([
  [{ isTTY: true, columns: 120 }, {}, 120],
  [{ isTTY: true, columns: 120 }, { COLUMNS: '50' }, 50],
  [{ isTTY: true, columns: 0 }, { COLUMNS: '0' }, 80],
  [{ isTTY: true }, { COLUMNS: 'wide' }, 80],
  [{ isTTY: false }, { COLUMNS: '50' }, undefined],
])('the width of %j with %j', (stream, env, columns) => expect(columnsOf(stream, env)).toBe(columns));
