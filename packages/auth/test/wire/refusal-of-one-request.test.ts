import { describe, expect, test } from 'vitest';

import { failure, type TestClient } from '../support/client.js';
import { INITIALIZE, scriptedProvider, TOKENS } from '../support/scripted-provider.js';
import type { Answer, Seen } from '../support/script.js';
import { simulatedClock } from '../support/simulated-clock.js';

/* A refusal concerns the request until the credential itself is shown to be dead. Each server here accepts its tokens, but
   for one request. */

const CHALLENGES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['with invalid_token', { 'www-authenticate': 'Bearer error="invalid_token", error_description="nope"' }],
  ['with a bare challenge', { 'www-authenticate': 'Bearer' }],
  ['without a challenge', {}],
];

const isBadTool = ({ body }: Seen): boolean => body.includes('"bad"');
const WORDS = '{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"not for you"}}';

/** A server that refuses streams, farewells and the tool `bad`, whatever token they bring. */
async function picky(headers: Readonly<Record<string, string>>, tokens: object = TOKENS) {
  let issued = 0;
  const refused: Answer = { status: 401, headers, body: WORDS };
  const { server, client, url } = await scriptedProvider(() => ({
    'POST /mcp': (seen) =>
      seen.headers['authorization'] === undefined
        ? { status: 401 }
        : isBadTool(seen)
          ? refused
          : { body: { token: seen.headers['authorization'] } },
    'GET /mcp': refused,
    'DELETE /mcp': refused,
    'POST /token': () => ({ body: { ...tokens, access_token: `at-${(issued += 1)}` } }),
  }));
  const clock = simulatedClock();
  const one = client({ clock });
  await one.authorizer.signIn();
  const other = (): TestClient => client({ clock, store: one.store });
  return { server, url, clock, one, other };
}

const post = ({ authorizer, url }: TestClient, body = INITIALIZE.body) =>
  authorizer.fetch(url, { ...INITIALIZE, body });
const bad = (client: TestClient) =>
  post(client, '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"bad"}}');
const listen = ({ authorizer, url }: TestClient) =>
  authorizer.fetch(url, { headers: { accept: 'text/event-stream' } });
const farewell = ({ authorizer, url }: TestClient) =>
  authorizer.fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': 's1' } });

const WITHOUT_REFRESH = { access_token: 'at', token_type: 'Bearer' };
const GRANTS = [
  ['renewable', TOKENS, 2],
  ['not renewable', WITHOUT_REFRESH, 1],
] as const;

describe.each(CHALLENGES)('a refusal %s', (_, headers) => {
  describe.each(GRANTS)('of a sign-in that is %s', (__, tokens, requests) => {
    test('of the optional stream means that there is none', async () => {
      const { server, one, other } = await picky(headers, tokens);
      await post(one);
      const before = await one.record();
      for (let times = 0; times < 3; times += 1) expect((await listen(one)).status).toBe(401);
      expect(await one.record()).toEqual(before);
      expect(server.to('POST /token')).toHaveLength(1);
      expect(server.to('GET /mcp')).toHaveLength(3);
      expect((await post(one)).status).toBe(200);
      expect((await post(other())).status).toBe(200);
    });

    test('of the stream before anything was accepted marks nothing either', async () => {
      const { one, other } = await picky(headers, tokens);
      const later = other();
      expect((await listen(later)).status).toBe(401);
      const { grant, signInNeeded, lastRefresh } = await one.record();
      expect(signInNeeded).toBeUndefined();
      expect(lastRefresh?.outcome).not.toBe('failed');
      expect(grant.tokens.refusedAtS).toBeUndefined();
      expect((await post(other())).status).toBe(200);
      expect((await later.authorizer.accessToken()).token.reveal()).toBe(grant.tokens.access.reveal());
    });

    test('of the farewell is ignored', async () => {
      const { server, one, other } = await picky(headers, tokens);
      const before = await one.record();
      expect((await farewell(other())).status).toBe(401);
      expect(await one.record()).toEqual(before);
      expect(server.to('POST /token')).toHaveLength(1);
      expect((await post(other())).status).toBe(200);
    });

    test('of one tool is its own, in the words of the server', async () => {
      const { server, one, other } = await picky(headers, tokens);
      await post(one);
      for (let times = 0; times < 3; times += 1) {
        const answer = await bad(one);
        expect([answer.status, await answer.text()]).toEqual([401, WORDS]);
      }
      // One renewal where there can be one, because the token might have been revoked; not one for each time.
      expect(server.to('POST /token')).toHaveLength(requests);
      const next = other();
      expect((await post(next)).status).toBe(200);
      expect((await bad(next)).status).toBe(401);
      expect((await post(next)).status).toBe(200);
      expect(server.to('POST /token')).toHaveLength(requests);
      const { grant, signInNeeded, lastRefresh } = await one.record();
      expect(signInNeeded).toBeUndefined();
      expect(lastRefresh?.outcome).not.toBe('failed');
      expect(grant.tokens.refusedAtS).toBeUndefined();
      await expect(other().authorizer.accessToken()).resolves.toBeDefined();
    });
  });

  test('of one tool while the authorization server is in trouble keeps nobody from anything', async () => {
    const { server, one, other } = await picky(headers);
    server.learn({ 'POST /token': { status: 503 } });
    await post(one);
    expect((await bad(one)).status).toBe(401);
    expect((await bad(one)).status).toBe(401);
    expect((await post(one)).status).toBe(200);
    expect((await post(other())).status).toBe(200);
    expect((await one.record()).grant.tokens.refusedAtS).toBeUndefined();
  });

  test('of one tool as the first request of a process leaves a doubt that the next request ends', async () => {
    const { server, one, other } = await picky(headers);
    expect(await failure(bad(other()))).toMatchObject({ code: 'login_required', facts: { kept: true } });
    expect((await one.record()).lastRefresh).toMatchObject({ code: 'token_rejected' });
    expect((await post(other())).status).toBe(200);
    const { grant, lastRefresh } = await one.record();
    expect(lastRefresh).toMatchObject({ outcome: 'renewed', vainAtS: expect.any(Number) });
    expect(grant.tokens.acceptedAtS).toBeDefined();
    // Known to be good now, and not renewed for that tool again.
    expect((await bad(other())).status).toBe(401);
    expect(server.to('POST /token')).toHaveLength(2);
  });

  test('of one tool after a long silence is its own too', async () => {
    const { one, clock, other } = await picky(headers);
    await post(one);
    clock.advance(3_590_000);
    expect((await bad(one)).status).toBe(401);
    expect((await one.record()).lastRefresh?.outcome).toBe('renewed');
    expect((await post(other())).status).toBe(200);
  });
});

test('what is accepted every day is written nowhere', async () => {
  const { one, other } = await picky({});
  const { generation } = await one.record();
  for (let times = 0; times < 3; times += 1) {
    const next = other();
    await post(next);
    await post(next);
    await listen(next);
    await farewell(next);
  }
  expect((await one.record()).generation).toBe(generation);
});

test('a server that accepts again after it lost its tokens is used at once, by everybody', async () => {
  let known = true;
  const { server, client } = await scriptedProvider(() => ({
    'POST /mcp': ({ headers }) =>
      known && headers['authorization'] !== undefined ? { body: {} } : { status: 401 },
  }));
  const one = client();
  await one.authorizer.signIn();
  known = false;
  expect((await failure(post(client({ store: one.store })))).code).toBe('login_required');
  known = true;
  expect((await post(client({ store: one.store }))).status).toBe(200);
  expect(server.to('POST /token')).toHaveLength(2);
});

test('a grant that is over is over, however good the last request was', async () => {
  const { server, one } = await picky({});
  await post(one);
  server.learn({
    'POST /mcp': { status: 401 },
    'POST /token': { status: 400, body: { error: 'invalid_grant' } },
  });
  expect((await failure(post(one))).code).toBe('login_required');
  expect((await one.record()).signInNeeded).toContain('invalid_grant');
});

test('a token that the configuration brings is not blamed for one tool, nor for the stream', async () => {
  const { server, client } = await scriptedProvider(() => ({
    'POST /mcp': (seen) => (isBadTool(seen) ? { status: 401, body: WORDS } : { body: {} }),
    'GET /mcp': { status: 401 },
    'DELETE /mcp': { status: 401 },
  }));
  const one = client({ settings: { auth: 'bearer', headers: { authorization: 'Bearer fixed' } } });
  await post(one);
  expect((await listen(one)).status).toBe(401);
  expect(await (await bad(one)).text()).toBe(WORDS);
  expect((await farewell(one)).status).toBe(401);
  expect(server.to('POST /mcp')).toHaveLength(2);
  server.learn({ 'POST /mcp': { status: 401 } });
  const later = client({ settings: { auth: 'bearer', headers: { authorization: 'Bearer fixed' } } });
  expect((await failure(post(later))).code).toBe('token_rejected');
});

test('scopes that an optional stream asks for are no reason for a sign-in', async () => {
  const wants = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="more"' };
  const { client } = await scriptedProvider(() => ({ 'GET /mcp': { status: 403, headers: wants } }));
  const one = client({ signIn: 'when_needed' });
  await one.authorizer.signIn();
  await post(one);
  expect((await listen(one)).status).toBe(403);
  expect(one.user.shown).toHaveLength(1);
});
