import { credentialState } from '../../src/index.js';
import { describe, expect, test } from 'vitest';

import { failure, heldFetch } from '../support/client.js';
import { call, clientOf, provider, signedIn, tokensSeen } from '../support/sandbox.js';
import { resourceLines, scriptedProvider, TOKENS } from '../support/scripted-provider.js';
import { simulatedClock } from '../support/simulated-clock.js';

const REFUSED = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };

/** A server that never accepts a token. */
const never = (tokens: object = TOKENS) =>
  scriptedProvider((origin) => ({
    ...resourceLines(origin, [origin]),
    'POST /mcp': REFUSED,
    'POST /token': { body: tokens },
  }));

const WITHOUT_REFRESH = { access_token: 'at-1', token_type: 'Bearer' };

describe('a token that is refused as soon as it was issued', () => {
  test.each([
    ['with a refresh token', TOKENS],
    ['without', WITHOUT_REFRESH],
  ])('%s: is an error of the server, and no second browser', async (_, tokens) => {
    const { server, client } = await never(tokens);
    const one = client({ signIn: 'when_needed' });
    const error = await failure(call(one));
    expect(error).toMatchObject({ code: 'token_rejected', fault: 'server' });
    expect(error.message).toContain('invalid_token');
    expect(one.user.shown).toHaveLength(1);
    expect(server.to('POST /mcp')).toHaveLength(2);
    expect(server.to('POST /token')).toHaveLength(1);
  });

  test.each([
    ['with a refresh token', TOKENS, 2],
    ['without', WITHOUT_REFRESH, 1],
  ])('%s: also when the sign-in was made by hand a moment ago', async (_, tokens, requests) => {
    const { server, client } = await never(tokens);
    const one = client({ signIn: 'when_needed' });
    await one.authorizer.signIn();
    expect((await failure(call(one))).code).toBe('token_rejected');
    expect(one.user.shown).toHaveLength(1);
    expect(server.to('POST /token')).toHaveLength(requests);
  });

  test('a caller that tries again and again opens no browser after browser', async () => {
    const { client } = await never();
    const one = client({ signIn: 'when_needed' });
    for (let times = 0; times < 8; times += 1) await failure(call(one));
    expect(one.user.shown).toHaveLength(1);
  });

  test('of another resource, as the specification says, is refused by the server', async () => {
    const sandbox = await provider('plain', { resource: 'ignored', audienceWithoutResource: 'issuer' });
    const client = clientOf(sandbox, { signIn: 'when_needed' });
    const error = await failure(call(client));
    expect(error).toMatchObject({ code: 'token_rejected', remedy: { do: 'say' } });
    expect(client.user.shown).toHaveLength(1);
  });
});

describe('a token that is refused although it was renewed, and nothing else was accepted for a while', () => {
  /** A server that stops accepting any token some time after the first call. */
  async function signedInOnce(signIn: 'never' | 'when_needed' = 'never') {
    let issued = 0;
    const { server, client } = await scriptedProvider(() => ({
      'POST /mcp': [{ status: 401 }, { body: {} }, REFUSED],
      'POST /token': () => ({ body: { ...TOKENS, access_token: `at-${(issued += 1)}` } }),
    }));
    const clock = simulatedClock();
    const one = client({ signIn, clock });
    await one.authorizer.signIn();
    expect((await call(one)).status).toBe(200);
    clock.advance(61_000);
    // Another process, which has seen nothing.
    return { server, clock, one: client({ signIn, clock, store: one.store }) };
  }

  test('means that only a sign-in helps', async () => {
    const { server, one } = await signedInOnce();
    const error = await failure(call(one));
    expect(error).toMatchObject({ code: 'login_required', remedy: { do: 'sign_in' } });
    expect(server.to('POST /token')).toHaveLength(2);
    expect(one.user.shown).toEqual([]);
  });

  test('is not renewed again for every call', async () => {
    const { server, one } = await signedInOnce();
    for (let times = 0; times < 4; times += 1) expect((await failure(call(one))).code).toBe('login_required');
    expect(server.to('POST /token')).toHaveLength(2);
  });

  test('is told to other processes, and to whoever signs in', async () => {
    const { server, one, clock } = await signedInOnce();
    await failure(call(one));
    const { grant, lastRefresh } = await one.record();
    expect(grant.tokens.refusedAtS).toBeDefined();
    expect(lastRefresh).toMatchObject({ outcome: 'failed', code: 'token_rejected' });
    expect(credentialState(await one.record(), clock.now())).toBe('login_required');
    expect(await failure(one.authorizer.accessToken())).toMatchObject({
      code: 'login_required',
      message: expect.stringMatching(/renewed a moment ago.* The next renewal is tried in 60 s\.$/),
      facts: { kept: true, nextAttemptS: Math.floor(clock.now() / 1000) + 60 },
    });
    // In time, not for ever.
    expect(credentialState(await one.record(), clock.now() + 61_000)).toBe('expired');
    expect(server.to('POST /token')).toHaveLength(2);
    // "Already signed in" would be no help.
    expect((await one.authorizer.signIn()).fresh).toBe(true);
    expect((await one.record()).lastRefresh).toBeUndefined();
  });

  test('heals by itself when it was only a bad moment of the server', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock });
    const other = clientOf(sandbox, { clock, store: client.store });
    sandbox.fault('mcp', { status: 401 }, 3);
    expect((await failure(call(other))).code).toBe('login_required');
    expect((await failure(call(other))).code).toBe('login_required');
    expect(sandbox.log.of('token')).toHaveLength(1);
    expect(sandbox.log.of('mcp')).toHaveLength(3);
    // At the next request, not a minute later.
    expect((await call(other)).status).toBe(200);
    expect(sandbox.log.of('token')).toHaveLength(1);
    const { grant, lastRefresh } = await client.record();
    expect(grant.tokens).toMatchObject({ acceptedAtS: Math.floor(clock.now() / 1000) });
    expect(grant.tokens.refusedAtS).toBeUndefined();
    expect(lastRefresh?.outcome).toBe('renewed');
    expect(credentialState(await client.record(), clock.now())).toBe('signed_in');
  });

  test('heals with the renewal after the minute, where the server wants another token', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock });
    sandbox.fault('mcp', { status: 401 }, 2);
    const other = clientOf(sandbox, { clock, store: client.store });
    expect((await failure(call(other))).code).toBe('login_required');
    sandbox.revokeAccessTokens();
    expect((await failure(call(other))).code).toBe('login_required');
    clock.advance(61_000);
    expect((await call(other)).status).toBe(200);
    expect(sandbox.log.of('token')).toHaveLength(2);
  });

  test('leads to one sign-in, where that is allowed, and ends there', async () => {
    const { server, one } = await signedInOnce('when_needed');
    expect((await failure(call(one))).code).toBe('token_rejected');
    expect(one.user.shown).toHaveLength(1);
    expect(server.to('POST /token')).toHaveLength(3);
  });
});

describe('a token that the server has refused', () => {
  test('is renewed before it is used again, and offered while it cannot be', async () => {
    const sandbox = await provider('plain');
    const clock = simulatedClock();
    const client = await signedIn(sandbox, { clock });
    const { access } = (await client.record()).grant.tokens;
    sandbox.revokeAccessTokens();
    sandbox.fault('token', { status: 503 }, 2);
    for (let times = 0; times < 2; times += 1) {
      expect((await failure(call(client))).code).toBe('server_error');
      clock.advance(60_000);
    }
    expect((await call(client)).status).toBe(200);
    // Once more for the second call, whose renewal failed before.
    expect(tokensSeen(sandbox).filter((token) => token === access.reveal())).toHaveLength(2);
    expect(sandbox.log.of('token')).toHaveLength(3);
  });

  test('is no sign-in any more, for everybody who looks', async () => {
    const sandbox = await provider('plain', { refreshTokens: 'never' });
    const clock = simulatedClock();
    const client = await signedIn(sandbox, { clock });
    await call(client);
    clock.advance(61_000);
    sandbox.revokeAccessTokens();
    await failure(call(client));
    sandbox.log.clear();
    expect(credentialState(await client.authorizer.record(), Date.now())).toBe('login_required');
    expect((await failure(clientOf(sandbox, { store: client.store }).authorizer.accessToken())).code).toBe(
      'login_required',
    );
    expect((await client.authorizer.signIn()).fresh).toBe(true);
  });
});

describe('a token that is revoked and cannot be renewed', () => {
  test('leads to a sign-in in place, where that is allowed', async () => {
    const sandbox = await provider('plain', { refreshTokens: 'never' });
    const client = await signedIn(sandbox, { signIn: 'when_needed' });
    expect((await call(client)).status).toBe(200);
    sandbox.revokeAccessTokens();
    expect((await call(client)).status).toBe(200);
    expect(client.user.shown).toHaveLength(2);
  });

  test('and to the command to run, where it is not', async () => {
    const sandbox = await provider('plain', { refreshTokens: 'never' });
    const clock = simulatedClock();
    const client = await signedIn(sandbox, { clock });
    expect((await call(client)).status).toBe(200);
    clock.advance(61_000);
    sandbox.revokeAccessTokens();
    expect(await failure(call(client))).toMatchObject({ code: 'login_required', remedy: { do: 'sign_in' } });
    expect(client.user.shown).toHaveLength(1);
  });

  test('is found to have run out without asking anybody', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain', { refreshTokens: 'never' });
    const client = await signedIn(sandbox, { clock });
    clock.advance(3_600_000);
    expect((await failure(call(client))).code).toBe('login_required');
    expect((await failure(client.authorizer.accessToken())).code).toBe('login_required');
    expect(sandbox.log.all).toEqual([]);
  });

  test('twenty calls that find out together open one browser', async () => {
    const sandbox = await provider('plain', { refreshTokens: 'never' });
    const client = await signedIn(sandbox, { signIn: 'when_needed' });
    await call(client);
    sandbox.revokeAccessTokens();
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(client)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(client.user.shown).toHaveLength(2);
    expect(sandbox.log.of('authorize')).toHaveLength(1);
  });
});

describe('sign-ins that a server asks for', () => {
  test('as often as they help are made', async () => {
    const sandbox = await provider('plain', { refreshTokens: 'never' });
    const client = clientOf(sandbox, { signIn: 'when_needed' });
    for (let times = 1; times <= 6; times += 1) {
      expect((await call(client)).status).toBe(200);
      expect(client.user.shown).toHaveLength(times);
      sandbox.revokeAccessTokens();
    }
  });

  test('and never content it end after three', async () => {
    // Every other request is refused, so that each token works once and no request ever does.
    let turn = 0;
    const { client } = await scriptedProvider((origin) => ({
      ...resourceLines(origin, [origin]),
      'POST /mcp': ({ body }) => ((turn += 1), body.includes('initialize') ? { body: {} } : REFUSED),
      'POST /token': () => ({ body: { access_token: `at-${(turn += 1)}`, token_type: 'Bearer' } }),
    }));
    const one = client({ signIn: 'when_needed' });
    await one.authorizer.signIn();
    for (let times = 0; times < 6; times += 1) {
      await call(one, 'initialize');
      expect((await failure(call(one))).code).toBe('token_rejected');
    }
    expect(one.user.shown).toHaveLength(4);
  });

  test('by hand are never too many', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox);
    for (let times = 0; times < 5; times += 1) await client.authorizer.signIn({ force: true });
    expect(client.user.shown).toHaveLength(5);
  });
});

describe('strangers', () => {
  test('are let in until the server asks who they are', async () => {
    const sandbox = await provider('plain', { anonymous: ['initialize'] });
    const client = clientOf(sandbox, { signIn: 'when_needed' });
    expect((await call(client, 'initialize', { protocolVersion: '2025-11-25' })).status).toBe(200);
    expect(client.user.shown).toEqual([]);
    expect((await call(client)).status).toBe(200);
    expect(client.user.shown).toHaveLength(1);
  });

  test('that were let in and then refused can sign in where the refusal said, and again later', async () => {
    const sandbox = await provider('plain', {
      anonymous: ['initialize', 'GET'],
      resourceMetadataAt: ['custom'],
      metadataAt: ['oidc'],
    });
    const first = clientOf(sandbox);
    const { store, authorizer } = first;
    expect(await failure(authorizer.signIn())).toMatchObject({ code: 'login_not_wanted' });
    expect((await authorizer.record())?.wantsNoneAtS).toBeDefined();
    expect(await failure(call(first))).toMatchObject({ code: 'login_required' });
    expect((await authorizer.record())?.wantsNoneAtS).toBeUndefined();
    const later = clientOf(sandbox, { store });
    await later.authorizer.noteWantsNone();
    await later.authorizer.signIn();
    await later.authorizer.signIn({ force: true });
    expect(sandbox.log.paths()).toContain('GET /custom/metadata/location.json');
    expect((await call(later)).status).toBe(200);
    expect(later.user.shown).toHaveLength(2);
  });

  test('that were never let in leave no record behind', async () => {
    const client = clientOf(await provider('plain'));
    expect(await failure(call(client))).toMatchObject({ code: 'login_required' });
    expect(await client.store.list()).toEqual([]);
  });

  test('that may not sign in are told to', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox);
    expect(await failure(call(client))).toMatchObject({ code: 'login_required', remedy: { do: 'sign_in' } });
    expect(sandbox.log.paths()).toEqual(['POST /mcp']);
  });

  test('use the sign-in that somebody else makes meanwhile', async () => {
    const sandbox = await provider('plain');
    const held = heldFetch();
    const client = clientOf(sandbox, { fetch: held.fetch });
    const waiting = call(client);
    await held.arrived;
    await clientOf(sandbox, { store: client.store }).authorizer.signIn();
    held.release();
    expect((await waiting).status).toBe(200);
    expect(client.user.shown).toEqual([]);
  });
});
