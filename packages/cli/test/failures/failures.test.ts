import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PROFILES, QUIRKS } from '@mcpass/sandbox';
import { expect, test } from 'vitest';
import { ATTACKERS } from './attackers.js';
import { FAILURES } from './failures.js';

/** How many ways of failing are known in each area. */
const KNOWN = { A: 39, B: 29, C: 25, D: 20, E: 23, F: 14, G: 22, H: 17, I: 11, J: 12, K: 12, L: 28 };

const packages = fileURLToPath(new URL('../../../', import.meta.url));

test('every known way of failing is met by a test, or it says why it is not: 252 of them', () => {
  const ids = Object.entries(KNOWN).flatMap(([area, count]) =>
    Array.from({ length: count }, (_, at) => `${area}${String(at + 1).padStart(2, '0')}`),
  );
  expect(Object.keys(FAILURES)).toEqual(ids);
  expect(ids).toHaveLength(252);
});

test('and the tests and profiles that are named are there', () => {
  const lost = Object.entries(FAILURES).flatMap(([id, met]) => {
    if ('profile' in met)
      return Object.hasOwn(PROFILES, met.profile) ? [] : [`${id}: no profile ${met.profile}`];
    if ('not' in met) return met.not.length > 20 ? [] : [`${id}: says too little`];
    return isThere(met.test, met.title) ? [] : [`${id}: ${met.test} has no "${met.title}"`];
  });
  expect(lost).toEqual([]);
});

test('every attack has its attacker: a quirk of the sandbox, or somebody on this machine', () => {
  expect(Object.keys(ATTACKERS)).toEqual(Object.keys(FAILURES).filter((id) => id.startsWith('L')));
  const missing = Object.values(ATTACKERS).filter(
    (name) => !name.startsWith('here: ') && !Object.hasOwn(QUIRKS, name),
  );
  expect(missing).toEqual([]);
});

/** `auth/wire/refresh` is packages/auth/test/wire/refresh.test.ts. */
function isThere(file: string, title: string): boolean {
  const [name = '', ...rest] = file.split('/');
  const path = `${packages}${name}/test/${rest.join('/')}`;
  const found = [`${path}.test.ts`, `${path}.ts`].find((candidate) => existsSync(candidate));
  return found !== undefined && titlesIn(readFileSync(found, 'utf8')).has(title);
}

/** A title stands first in the parentheses of a test or a group, which may follow those of its rows; or a row is one. */
const TITLE =
  /(?:(?:\b(?:describe|test|it)(?:\.\w+)*|\))\(\s*|\bdoes: )(?:'((?:[^'\\\n]|\\.)*)'|"([^"\n]*)"|`([^`]*)`),/g;

function titlesIn(source: string): ReadonlySet<string> {
  return new Set(
    [...source.matchAll(TITLE)].map(([, single, double, template]) =>
      (single ?? double ?? template ?? '').replaceAll("\\'", "'"),
    ),
  );
}
