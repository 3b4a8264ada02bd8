import { expect, test } from 'vitest';
import { liveOnShortTokens } from './short-lives.js';

/* People had to sign in every five minutes. A minute of this is in `one-minute.soak.test.ts`. */

test('a session and commands beside it outlive two tokens of five seconds: no second sign-in, no failed call', async () => {
  const { sessionCalls, commands } = await liveOnShortTokens(({ renewals }) => renewals >= 2);
  // How many depends on the machine; one at least on either side of a renewal.
  expect(sessionCalls).toBeGreaterThan(1);
  expect(commands).toBeGreaterThan(0);
});
