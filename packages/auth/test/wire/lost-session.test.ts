import { describe, expect, test } from 'vitest';

import { NEW_EXCHANGE } from '../../src/index.js';
import { failure, type TestClient } from '../support/client.js';
import { INITIALIZE, scriptedProvider, TOKENS } from '../support/scripted-provider.js';
import { simulatedClock } from '../support/simulated-clock.js';

/* Some servers answer 401 for a session that they have forgotten (2025-11-25 transports, "Session Management"). */

const callIn = ({ authorizer, url }: TestClient, session?: string) =>
  authorizer.fetch(url, {
    ...INITIALIZE,
    headers: { ...INITIALIZE.headers, ...(session && { 'Mcp-Session-Id': session }) },
  });

/** A server whose sessions are gone, and a client that was signed in by an earlier process. */
async function withoutSessions(body: string, challenge: string | undefined, options: object = {}) {
  const headers: Record<string, string> = challenge === undefined ? {} : { 'www-authenticate': challenge };
  const { server, client } = await scriptedProvider(() => ({
    'POST /mcp': (seen) =>
      seen.headers['authorization'] !== undefined && seen.headers['mcp-session-id'] === undefined
        ? { body: { ok: true } }
        : { status: 401, headers, body },
  }));
  const { authorizer, store } = client();
  await authorizer.signIn();
  return { server, one: client({ store, signIn: 'when_needed', ...options }) };
}

describe('a 401 that is about the session', () => {
  test.each([
    ['Session not found or expired', undefined],
    ['{"error":"unknown session"}', 'Bearer'],
    [`{"error":"unknown session","more":"${'x'.repeat(300_000)}"}`, 'Bearer'],
  ])('is handed on whole, and the sign-in is left alone', async (body, challenge) => {
    const { server, one } = await withoutSessions(body, challenge);
    const before = await one.record();
    const response = await callIn(one, 's1');
    expect([response.status, await response.text()]).toEqual([401, body]);
    expect(await one.record()).toEqual(before);
    expect(server.to('POST /token')).toHaveLength(1);
    expect(one.user.shown).toEqual([]);
    expect((await callIn(one)).status).toBe(200);
  });

  test.each([
    ['says what is wrong with the token', 'unknown session', 'Bearer error="invalid_token"', 's1'],
    ['has no word of the session', 'no', 'Bearer', 's1'],
    ['is to a request that names none', 'unknown session', 'Bearer', undefined],
  ])('is not one that %s', async (_, body, challenge, session) => {
    const { server, client } = await scriptedProvider(() => ({
      'POST /mcp': [
        { status: 401 },
        { status: 401, body, headers: { 'www-authenticate': challenge } },
        { body: { ok: true } },
      ],
      'POST /token': [{ body: TOKENS }, { body: { ...TOKENS, access_token: 'at-2' } }],
    }));
    const { authorizer, store } = client();
    await authorizer.signIn();
    expect(await (await callIn(client({ store }), session)).json()).toEqual({ ok: true });
    expect(server.to('POST /token')).toHaveLength(2);
  });

  test('may go on for ever: its beginning is enough', async () => {
    const { client } = await scriptedProvider(() => ({
      'POST /mcp': (seen, response) => {
        if (seen.headers['mcp-session-id'] === undefined) return { status: 401 };
        response.writeHead(401).write(`unknown session ${'.'.repeat(8_192)}`);
        return undefined;
      },
    }));
    const one = client();
    await one.authorizer.signIn();
    const response = await callIn(one, 's1');
    expect(response.status).toBe(401);
    await response.body?.cancel();
  });

  test('that says nothing for three seconds says nothing', async () => {
    const clock = simulatedClock();
    const { client } = await scriptedProvider(() => ({
      'POST /mcp': (seen, response) => {
        if (seen.headers['mcp-session-id'] === undefined) return { status: 401 };
        response.writeHead(401).write('unknown ');
        return undefined;
      },
      'POST /token': [{ body: TOKENS }, { status: 400, body: { error: 'invalid_grant' } }],
    }));
    const one = client({ clock });
    await one.authorizer.signIn();
    expect((await failure(callIn(one, 's1'))).code).toBe('login_required');
    expect(clock.pauses).toEqual([3_000]);
  });
});

describe('the words of an answer', () => {
  const verdict = async (status: number, challenge: string | undefined, inSession: boolean) => {
    const { one } = await withoutSessions('', undefined);
    let asked = 0;
    const { exchange } = await one.authorizer.headersFor(new URL(one.url), NEW_EXCHANGE, 'POST');
    const headers = new Headers(challenge === undefined ? {} : { 'www-authenticate': challenge });
    const words = async () => ((asked += 1), 'session not found');
    const { action } = await one.authorizer.verdictOn(exchange, { status, headers, inSession, words });
    return [action, asked];
  };

  test.each([
    [401, undefined, true, 'session_lost', 1],
    [401, 'Bearer', true, 'session_lost', 1],
    [401, 'Bearer error="invalid_token"', true, 'resend', 0],
    [401, undefined, false, 'resend', 0],
    [403, undefined, true, 'pass', 0],
    [404, undefined, true, 'pass', 0],
    [200, undefined, true, 'pass', 0],
  ])(
    'are asked for where they may decide: %i, %s, in a session: %s',
    async (status, challenge, inSession, action, asked) => {
      expect(await verdict(status, challenge, inSession)).toEqual([action, asked]);
    },
  );

  test('decide for a configured token as well', async () => {
    const { client } = await scriptedProvider();
    const { authorizer } = client({ settings: { headers: { authorization: 'Basic abc' } } });
    const answer = { status: 401, headers: new Headers(), inSession: true, words: async () => 'no session' };
    expect(await authorizer.verdictOn(NEW_EXCHANGE, answer)).toEqual({ action: 'session_lost' });
  });
});
