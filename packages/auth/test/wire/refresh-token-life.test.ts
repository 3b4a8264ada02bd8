import { describe, expect, test } from 'vitest';

import { scriptedProvider, TOKENS } from '../support/scripted-provider.js';
import { simulatedClock } from '../support/simulated-clock.js';

/** Seconds that the refresh token has after a sign-in and after a refresh, by what the two answers say. */
async function lifetimes(first: object, second: object): Promise<readonly (number | undefined)[]> {
  const clock = simulatedClock();
  const provider = await scriptedProvider(() => ({ 'POST /token': [{ body: first }, { body: second }] }));
  const client = provider.client({ clock });
  await client.authorizer.signIn();
  const left = async () => {
    const { refreshExpiresAtS } = (await client.record()).grant.tokens;
    return refreshExpiresAtS === undefined ? undefined : refreshExpiresAtS - Math.floor(clock.now() / 1000);
  };
  const atFirst = await left();
  clock.advance(100_000);
  await client.authorizer.refresh();
  return [atFirst, await left()];
}

const { refresh_token: _, ...WITHOUT } = TOKENS;

describe('the life of a refresh token', () => {
  test.each<[what: string, first: object, second: object, seconds: (number | undefined)[]]>([
    ['not said', TOKENS, TOKENS, [undefined, undefined]],
    ['as GitHub says it', { ...TOKENS, refresh_token_expires_in: 600 }, TOKENS, [600, undefined]],
    ['as Keycloak says it', { ...TOKENS, refresh_expires_in: 600 }, TOKENS, [600, undefined]],
    ['never, as Keycloak says it', { ...TOKENS, refresh_expires_in: 0 }, TOKENS, [undefined, undefined]],
    ['as text', { ...TOKENS, refresh_token_expires_in: '600' }, TOKENS, [600, undefined]],
    ['nonsense', { ...TOKENS, refresh_token_expires_in: { a: 1 } }, TOKENS, [undefined, undefined]],
    ['a century', { ...TOKENS, refresh_token_expires_in: 4e9 }, TOKENS, [undefined, undefined]],
    ['kept with a token that is kept', { ...TOKENS, refresh_token_expires_in: 600 }, WITHOUT, [600, 500]],
    [
      'anew with a new token',
      { ...TOKENS, refresh_token_expires_in: 600 },
      { ...TOKENS, refresh_token: 'rt-2', refresh_token_expires_in: 600 },
      [600, 600],
    ],
  ])('%s', async (_what, first, second, seconds) => {
    expect(await lifetimes(first, second)).toEqual(seconds);
  });

  test('is nothing to note where no refresh token came', async () => {
    const answer = { ...WITHOUT, refresh_token_expires_in: 600 };
    const client = (await scriptedProvider(() => ({ 'POST /token': { body: answer } }))).client();
    await client.authorizer.signIn();
    expect((await client.record()).grant.tokens).not.toHaveProperty('refreshExpiresAtS');
  });
});

test('what a newer mcpass has noted of a token survives a refresh', async () => {
  const client = (await scriptedProvider()).client();
  await client.authorizer.signIn();
  await client.rewrite((record) => ({
    ...record,
    ...(record.grant && {
      grant: { ...record.grant, tokens: { ...record.grant.tokens, extra: { future: 'kept' } } },
    }),
  }));
  await client.authorizer.refresh();
  expect((await client.record()).grant.tokens.extra).toEqual({ future: 'kept' });
});
