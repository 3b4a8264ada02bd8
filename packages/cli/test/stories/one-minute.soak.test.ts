import { expect, test } from 'vitest';
import { liveOnShortTokens, TOKEN_SECONDS } from './short-lives.js';

/*
 * People had to sign in every five minutes. Here tokens live for five seconds, and a minute passes without anybody
 * noticing: in one session that stays open, and in commands that come and go, on the same credential.
 */

const SECONDS = 60;

test('a minute on tokens of five seconds: no second sign-in, no failed call', async () => {
  const { sessionCalls, commands, renewals } = await liveOnShortTokens(({ seconds }) => seconds >= SECONDS);
  expect(sessionCalls).toBeGreaterThan(30);
  expect(commands).toBeGreaterThan(5);
  expect(renewals).toBeGreaterThanOrEqual(Math.floor(SECONDS / TOKEN_SECONDS) - 1);
});
