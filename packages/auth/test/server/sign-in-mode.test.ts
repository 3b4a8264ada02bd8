import { expect, test } from 'vitest';

import { Secret } from '../../src/index.js';
import { signInMode, type SignInMode } from '../../src/server/sign-in-mode.js';

const bearerToken = async () => new Secret('t');
const headers = { AUTHORIZATION: 'Basic abc' };

test.each<[SignInMode, Parameters<typeof signInMode>[0]]>([
  ['oauth', {}],
  ['oauth', { auth: 'auto', headers: { 'x-key': 'k' } }],
  ['oauth', { auth: 'oauth', bearerToken, headers }],
  ['bearer', { bearerToken, headers }],
  ['bearer', { auth: 'bearer', bearerToken }],
  ['bearer', { auth: 'bearer' }],
  ['header', { headers }],
  ['header', { auth: 'bearer', headers }],
  ['none', { auth: 'none', bearerToken, headers }],
])('%s for %o', (mode, settings) => {
  expect(signInMode(settings)).toBe(mode);
});
