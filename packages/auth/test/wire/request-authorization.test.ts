import { NEW_EXCHANGE } from '../../src/index.js';
import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { clientOf, provider, signedIn } from '../support/sandbox.js';

const answer = (status: number, challenge?: string) => ({
  status,
  headers: new Headers(challenge === undefined ? {} : { 'www-authenticate': challenge }),
});

describe('the authorization of one request, for a transport that is not fetch', () => {
  test('attach the token, and renew it when the server says no', async () => {
    const sandbox = await provider('plain');
    const { authorizer } = await signedIn(sandbox);
    const first = await authorizer.headersFor(new URL(sandbox.url), NEW_EXCHANGE, 'POST');
    expect(first.headers['authorization']).toMatch(/^Bearer ey/);
    sandbox.revokeAccessTokens();
    const verdict = await authorizer.verdictOn(first.exchange, answer(401));
    if (verdict.action !== 'resend') throw new Error('it was passed on');
    const second = await authorizer.headersFor(new URL(sandbox.url), verdict.exchange, 'POST');
    expect(second.headers['authorization']).not.toBe(first.headers['authorization']);
    expect(await authorizer.verdictOn(second.exchange, answer(200))).toEqual({ action: 'pass' });
  });

  test('pass every answer on that is not about authorization', async () => {
    const sandbox = await provider('plain');
    const { authorizer } = await signedIn(sandbox);
    const { exchange } = await authorizer.headersFor(new URL(sandbox.url), NEW_EXCHANGE, 'POST');
    for (const status of [200, 202, 204, 307, 400, 404, 405, 429, 500, 503]) {
      expect(await authorizer.verdictOn(exchange, answer(status, 'Bearer error="invalid_token"'))).toEqual({
        action: 'pass',
      });
    }
    expect(sandbox.log.all).toEqual([]);
  });

  test('give up on a request that is refused again and again', async () => {
    const sandbox = await provider('plain');
    const { authorizer } = await signedIn(sandbox);
    expect((await failure(authorizer.verdictOn({ repeats: 4, stepUps: 0 }, answer(401)))).code).toBe(
      'token_rejected',
    );
  });

  test('do not show the token that they carry', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    const { exchange } = await client.authorizer.headersFor(new URL(sandbox.url), NEW_EXCHANGE, 'POST');
    const token = (await client.record()).grant.tokens.access.reveal();
    expect(JSON.stringify(exchange)).not.toContain(token);
  });

  test('of a stranger attach nothing', async () => {
    const sandbox = await provider('plain');
    const { authorizer } = clientOf(sandbox, { settings: { headers: { 'X-Tenant': 'a' } } });
    expect(await authorizer.headersFor(new URL(sandbox.url), NEW_EXCHANGE, 'POST')).toEqual({
      headers: { 'x-tenant': 'a' },
      exchange: NEW_EXCHANGE,
    });
  });
});

describe('a new sign-in by somebody else', () => {
  test('is taken up at the next refused call', async () => {
    const sandbox = await provider('plain', { refreshTokens: 'never' });
    const client = await signedIn(sandbox);
    const { authorizer } = client;
    const first = await authorizer.headersFor(new URL(sandbox.url), NEW_EXCHANGE, 'POST');
    sandbox.revokeAccessTokens();
    await clientOf(sandbox, { store: client.store }).authorizer.signIn({ force: true });
    const verdict = await authorizer.verdictOn(first.exchange, answer(401));
    expect(verdict.action).toBe('resend');
    expect(client.user.shown).toHaveLength(1);
  });
});
