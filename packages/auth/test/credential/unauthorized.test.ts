import { describe, expect, test } from 'vitest';

import {
  blamesSession,
  judgeUnauthorized,
  REPEAT_LIMIT,
  type UnauthorizedFacts,
} from '../../src/credential/unauthorized.js';

/** A token of an earlier process, with a refresh token, was refused for the first time. */
const REFUSED: UnauthorizedFacts = {
  mode: 'oauth',
  sessionBlamed: false,
  presented: true,
  newerStored: false,
  renewable: true,
  signedInInVain: false,
  repeats: 0,
  helped: false,
};
const STRANGER = { presented: false, renewable: false };
const SIGNED_IN = { unproven: 'signed_in', signedInInVain: true } as const;
const RENEWED = { unproven: 'renewed' } as const;
const AGAIN = { repeats: 1, helped: true };

describe('a 401 means', () => {
  test.each<[string, string, Partial<UnauthorizedFacts>]>([
    ['to a token', 'renew', {}],
    ['to a token that cannot be renewed, which the renewal finds out', 'renew', { renewable: false }],
    ['to a token that somebody has replaced meanwhile', 'resend', { newerStored: true }],
    ['the same, again and again', 'resend', { ...AGAIN, newerStored: true, repeats: REPEAT_LIMIT - 1 }],
    ['the same, too often', 'token_rejected', { ...AGAIN, newerStored: true, repeats: REPEAT_LIMIT }],
    ['to a stranger', 'sign_in', STRANGER],
    ['to a stranger while somebody else signed in', 'resend', { ...STRANGER, newerStored: true }],
    ['the same, a second time', 'sign_in', { ...STRANGER, ...AGAIN, newerStored: true }],
    ['to the token of a sign-in of a moment ago', 'renew', SIGNED_IN],
    ['the same, for this very request', 'token_rejected', { ...SIGNED_IN, ...AGAIN }],
    ['the same, where it cannot be renewed', 'token_rejected', { ...SIGNED_IN, renewable: false }],
    ['to one that has worked since', 'renew', { signedInInVain: false, ...AGAIN }],
    ['to a token that was just renewed', 'grant_dead', RENEWED],
    ['the same, for this very request', 'grant_dead', { ...RENEWED, ...AGAIN }],
    ['the same, right after a sign-in', 'token_rejected', { ...RENEWED, signedInInVain: true }],
    ['with an error about scopes', 'scopes_missing', { error: 'insufficient_scope' }],
    ['the same to a stranger', 'sign_in', { ...STRANGER, error: 'insufficient_scope' }],
    ['with the error about tokens', 'renew', { error: 'invalid_token' }],
    ['about the session', 'session_lost', { sessionBlamed: true }],
    ['the same, whatever else there was', 'session_lost', { ...RENEWED, sessionBlamed: true, repeats: 9 }],
    ['the same, of a configured token', 'session_lost', { mode: 'bearer', sessionBlamed: true }],
    ['to a configured token', 'configuration_refused', { ...STRANGER, mode: 'bearer' }],
    ['to a configured header', 'configuration_refused', { ...STRANGER, mode: 'header' }],
    ['where nobody signs in', 'pass', { ...STRANGER, mode: 'none' }],
  ])('%s: %s', (_, meaning, facts) => {
    expect(judgeUnauthorized({ ...REFUSED, ...facts })).toBe(meaning);
  });
});

const challenge = (value: string) => ({ 'www-authenticate': value });

test.each<[Record<string, string>, string, boolean]>([
  [{}, 'Session not found or expired', true],
  [{}, 'sign in to begin a session', true],
  [{}, 'an obsession', false],
  [{}, '', false],
  [challenge('Bearer'), 'unknown session', true],
  [challenge('Bearer'), 'sign in to begin a session', false],
  [challenge('Bearer'), '', false],
  [challenge('Basic realm="x"'), 'any session', false],
  [challenge('Bearer resource_metadata="https://x.test/meta"'), '{"error":"Invalid session"}', true],
  [challenge('Bearer error=""'), 'unknown session', true],
  [challenge('Bearer error="invalid_token"'), 'unknown session', false],
  [challenge('Bearer realm="x", error=invalid_token'), 'unknown session', false],
  [challenge('Bearer realm="x, error=y"'), 'unknown session', true],
  [{ 'x-amzn-remapped-www-authenticate': 'Bearer error="invalid_token"' }, 'unknown session', false],
])('a 401 with %o and the words "%s" is about the session: %s', (headers, words, isBlamed) => {
  expect(blamesSession(new Headers(headers), words)).toBe(isBlamed);
});
