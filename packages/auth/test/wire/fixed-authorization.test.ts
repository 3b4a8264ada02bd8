import { Secret, type ServerSettings } from '../../src/index.js';
import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn, tokensSeen } from '../support/sandbox.js';
import { scriptedProvider } from '../support/scripted-provider.js';

const bearerToken = async () => new Secret('configured-token');

describe('a configured token or header', () => {
  test.each([
    ['a token', { bearerToken }, 'Bearer configured-token'],
    ['a token, by name', { auth: 'bearer', bearerToken }, 'Bearer configured-token'],
    ['a header', { headers: { authorization: 'Basic abc' } }, 'Basic abc'],
    ['a header, however spelled', { headers: { AUTHORIZATION: 'Basic abc' } }, 'Basic abc'],
    ['a header, by name', { auth: 'bearer', headers: { Authorization: 'Token x' } }, 'Token x'],
    [
      'a token before a header',
      { bearerToken, headers: { Authorization: 'Basic abc' } },
      'Bearer configured-token',
    ],
  ] as [string, Partial<ServerSettings>, string][])(
    '%s is sent, and there is no OAuth',
    async (_, settings, value) => {
      const { server, client } = await scriptedProvider(() => ({ 'POST /mcp': { body: {} } }));
      const one = client({ settings, signIn: 'when_needed' });
      expect((await call(one)).status).toBe(200);
      expect(server.seen.map(({ headers }) => headers['authorization'])).toEqual([value]);
      expect((await failure(one.authorizer.signIn())).code).toBe('usage');
      expect((await failure(one.authorizer.refresh())).code).toBe('usage');
    },
  );

  test('that is refused is an error of the configuration: no browser, no refresh', async () => {
    const sandbox = await provider('plain');
    for (const settings of [{ bearerToken }, { headers: { Authorization: 'Bearer x' } }]) {
      const client = clientOf(sandbox, { settings, signIn: 'when_needed' });
      expect(await failure(call(client))).toMatchObject({ code: 'token_rejected', fault: 'yours' });
      expect(client.user.shown).toEqual([]);
    }
    expect(sandbox.log.paths()).toEqual(['POST /mcp', 'POST /mcp']);
  });

  test('does not go to another origin', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox, { settings: { bearerToken, headers: { 'x-key': 'k' } } });
    const { headers } = await client.authorizer.headersFor(
      new URL('https://other.example/'),
      {
        repeats: 0,
        stepUps: 0,
      },
      'POST',
    );
    expect(headers).toEqual({});
  });

  test('leaves a stored sign-in alone', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    const before = await client.record();
    const fixed = clientOf(sandbox, { store: client.store, settings: { bearerToken } });
    await failure(call(fixed));
    expect(tokensSeen(sandbox)).toEqual(['configured-token']);
    expect(await client.record()).toEqual(before);
  });

  test('is asked for anew each time: it may have been replaced', async () => {
    let turn = 0;
    const { server, client } = await scriptedProvider(() => ({ 'POST /mcp': { body: {} } }));
    const one = client({ settings: { bearerToken: async () => new Secret(`t-${(turn += 1)}`) } });
    await call(one);
    await call(one);
    expect(server.seen.map(({ headers }) => headers['authorization'])).toEqual(['Bearer t-1', 'Bearer t-2']);
    expect((await one.authorizer.accessToken()).token.reveal()).toBe('t-3');
  });

  test('a 403 is handed on', async () => {
    const { client } = await scriptedProvider(() => ({
      'POST /mcp': {
        status: 403,
        headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="a"' },
      },
    }));
    expect((await call(client({ settings: { bearerToken } }))).status).toBe(403);
  });
});

describe('no authorization', () => {
  test('means none: a 401 is handed on, and nobody signs in', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox, { settings: { auth: 'none' }, signIn: 'when_needed' });
    expect((await call(client)).status).toBe(401);
    expect(sandbox.log.paths()).toEqual(['POST /mcp']);
    for (const attempt of [
      client.authorizer.signIn(),
      client.authorizer.accessToken(),
      client.authorizer.refresh(),
    ]) {
      expect((await failure(attempt)).code).toBe('usage');
    }
  });

  test('also where a sign-in or a token is there', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    const none = clientOf(sandbox, { store: client.store, settings: { auth: 'none', bearerToken } });
    await call(none);
    expect(tokensSeen(sandbox)).toEqual(['none']);
  });
});

describe('OAuth by name', () => {
  test('is used although a token and a header are configured', async () => {
    const sandbox = await provider('plain');
    const settings = { auth: 'oauth', bearerToken, headers: { Authorization: 'Bearer x' } } as const;
    const client = await signedIn(sandbox, { settings });
    expect((await call(client)).status).toBe(200);
    expect(tokensSeen(sandbox)).toEqual([(await client.record()).grant.tokens.access.reveal()]);
  });
});
