import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as surface from '../src/index.js';

/* What programs rely on: a change here is a decision, not an accident. What only mcpass needs is in subpaths. */

test('the package exports these values', () => {
  expect(Object.keys(surface).sort()).toEqual([
    'createFetch',
    'createSignInTurns',
    'createUser',
    'findPaths',
    'loadConfig',
    'nodePorts',
    'openStore',
    'readSurroundings',
    'systemClock',
    'systemRandom',
  ]);
});

test('and these types', () => {
  const declarations = readFileSync(new URL('../dist/index.d.ts', import.meta.url), 'utf8');
  const lists = [...declarations.matchAll(/export type \{([^}]*)\}/g)].map(([, names = '']) => names);
  const names = lists.join(',').split(/[\s,]+/);
  expect(names.filter(Boolean).sort()).toEqual([
    'Config',
    'ConfiguredServer',
    'Environment',
    'FetchOptions',
    'LoadOptions',
    'LocalStoreChoice',
    'NodePortsOptions',
    'OpenStoreOptions',
    'OpenedStore',
    'Paths',
    'PathsOptions',
    'SignInTurnsOptions',
    'StoreChoice',
    'Surroundings',
    'SurroundingsOptions',
    'UserOptions',
  ]);
  // A name more would hide behind a star.
  expect(declarations).not.toContain('*');
});
