import { expect, test } from 'vitest';

import * as surface from '../src/index.js';

test('the package exports this and nothing else', () => {
  expect(Object.keys(surface)).toEqual(['createSignInRoutes']);
});
