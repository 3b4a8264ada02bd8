import { describe, expect, test } from 'vitest';

import { jwt } from '../support/jwt.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { scriptedProvider, TOKENS } from '../support/scripted-provider.js';

const ADA = { subject: 'ada@sandbox.test', name: 'Ada Lovelace', email: 'ada@sandbox.test' };
const IGNORED = 'E20';

describe('who has signed in', () => {
  test('is kept with the sign-in, over a refresh without a word about it, and costs no request', async () => {
    const sandbox = await provider('authkit');
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect(sandbox.log.all.map(({ endpoint }) => endpoint)).not.toContain('jwks');
    expect((await client.record()).grant.identity).toEqual(ADA);
    await client.authorizer.refresh();
    expect((await client.record()).grant.identity).toEqual(ADA);
    expect(JSON.stringify(client.events)).not.toContain(ADA.name);
    expect(client.deviations()).toEqual([]);
  });

  test('is known after a sign-in in two steps, and where a nonce is configured', async () => {
    const client = clientOf(await provider('authkit'), { settings: { authorizeParams: { nonce: 'n1' } } });
    await client.authorizer.beginSignIn();
    await client.authorizer.finishSignIn();
    expect((await client.record()).grant.identity).toEqual(ADA);
  });

  test('is not asked for: a server that does not list the scope is not asked for an ID token', async () => {
    const client = await signedIn(await provider('plain'));
    expect((await client.record()).grant).not.toHaveProperty('identity');
  });

  test('may be told anew at a refresh, of the same person', async () => {
    const answers = (origin: string) => {
      const idToken = (claims: object) =>
        jwt({ iss: origin, aud: 'client-1', exp: 4e9, sub: 'ada', name: 'Ada', ...claims });
      return [{}, { name: 'Ada King', email: 'a@b' }, { sub: 'grace', name: 'Grace' }].map((claims) => ({
        body: { ...TOKENS, id_token: idToken(claims) },
      }));
    };
    const client = (await scriptedProvider((origin) => ({ 'POST /token': answers(origin) }))).client();
    await client.authorizer.signIn();
    const identity = async () => (await client.record()).grant.identity;
    expect(await identity()).toEqual({ subject: 'ada', name: 'Ada' });
    await client.authorizer.refresh();
    expect(await identity()).toEqual({ subject: 'ada', name: 'Ada King', email: 'a@b' });
    expect(client.deviations()).toEqual([]);
    await client.authorizer.refresh();
    expect(await identity()).toEqual({ subject: 'ada', name: 'Ada King', email: 'a@b' });
    expect(client.deviations()).toEqual([IGNORED]);
  });
});

test.each([
  { idTokenClaims: { iss: 'https://other.test' } },
  { idTokenClaims: { aud: 'other' } },
  { idTokenClaims: { nonce: undefined, sub: '' } },
])('an ID token that cannot be believed costs nothing: %j', async (quirks) => {
  const sandbox = await provider('authkit', quirks);
  const client = await signedIn(sandbox);
  const { grant } = await client.record();
  expect(grant).not.toHaveProperty('identity');
  expect(grant.deviations).toEqual([IGNORED]);
  expect((await call(client)).status).toBe(200);
});
