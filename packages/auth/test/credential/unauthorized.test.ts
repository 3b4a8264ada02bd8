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
  purpose: 'call',
  sessionBlamed: false,
  presented: true,
  newerStored: false,
  stored: true,
  renewable: true,
  proven: false,
  lifeSign: 'none',
  renewedInVain: false,
  maySignIn: false,
  signedInInVain: false,
  repeats: 0,
  helped: false,
};
const STRANGER = { presented: false, stored: false, renewable: false };
const SIGNED_IN = { unproven: 'signed_in', signedInInVain: true } as const;
const RENEWED = { unproven: 'renewed' } as const;
const AGAIN = { repeats: 1, helped: true };
const STREAM = { purpose: 'stream' } as const;
const FAREWELL = { purpose: 'farewell' } as const;
const RECENT = { lifeSign: 'recent' } as const;
const EARLIER = { lifeSign: 'earlier' } as const;

type Row = readonly [to: string, meaning: string, facts: Partial<UnauthorizedFacts>];

const meanings = (rows: readonly Row[]): void => {
  test.each(rows)('%s: %s', (_, meaning, facts) => {
    expect(judgeUnauthorized({ ...REFUSED, ...facts })).toBe(meaning);
  });
};

describe('a 401 means', () => {
  meanings([
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
    ['to a token that was just renewed', 'in_doubt', RENEWED],
    ['the same, for this very request', 'in_doubt', { ...RENEWED, ...AGAIN }],
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
  ]);
});

describe('after a request that was accepted a moment ago, a 401 means', () => {
  meanings([
    ['to its token, which may have been revoked since', 'renew', RECENT],
    [
      'to the successor, that it concerns this request',
      'renewed_in_vain',
      { ...RECENT, ...RENEWED, ...AGAIN },
    ],
    ['the same, once more', 'pass', { ...RECENT, ...RENEWED, renewedInVain: true }],
    ['to a proven token that another renewal would not help', 'pass', { proven: true, renewedInVain: true }],
    ['to one that nothing was accepted with', 'renew', { renewedInVain: true }],
    ['to a token that cannot be renewed', 'pass', { ...RECENT, renewable: false }],
    ['the same, where a sign-in may follow', 'renew', { ...RECENT, renewable: false, maySignIn: true }],
    ['the same, after a logout elsewhere', 'renew', { ...RECENT, renewable: false, stored: false }],
    [
      'to a configured token, that it concerns this request',
      'pass',
      { ...RECENT, ...STRANGER, mode: 'bearer' },
    ],
    ['to a configured header likewise', 'pass', { ...RECENT, ...STRANGER, mode: 'header' }],
    ['to a stranger', 'sign_in', { ...RECENT, ...STRANGER }],
  ]);
});

describe('after one that was accepted long ago, a 401 means', () => {
  meanings([
    ['to a renewed token, for the first time', 'renewed_in_vain', { ...EARLIER, ...RENEWED }],
    ['the same, once more', 'in_doubt', { ...EARLIER, ...RENEWED, renewedInVain: true }],
    ['the same, where a sign-in may follow', 'in_doubt', { ...EARLIER, ...RENEWED, maySignIn: true }],
    ['to a token that cannot be renewed', 'renew', { ...EARLIER, renewable: false }],
    ['to a configured token', 'configuration_refused', { ...EARLIER, ...STRANGER, mode: 'bearer' }],
  ]);
});

describe('to an optional stream a 401 means', () => {
  meanings([
    ['that there is none', 'pass', { ...STREAM, ...RECENT }],
    ['the same to a stranger who was let in', 'pass', { ...STREAM, ...RECENT, ...STRANGER }],
    ['the same with a configured token', 'pass', { ...STREAM, ...RECENT, ...STRANGER, mode: 'bearer' }],
    ['the same, about scopes', 'pass', { ...STREAM, ...RECENT, error: 'insufficient_scope' }],
    ['that the token may have been revoked', 'renew', { ...STREAM, ...EARLIER }],
    ['the same as the first request of a process', 'renew', STREAM],
    ['nothing more, though it was renewed', 'renewed_in_vain', { ...STREAM, ...RENEWED }],
    [
      'nothing more, though it was renewed in vain',
      'renewed_in_vain',
      { ...STREAM, ...RENEWED, renewedInVain: true },
    ],
    ['nothing, where there is nothing to renew', 'pass', { ...STREAM, renewable: false }],
    ['nothing, right after a sign-in', 'pass', { ...STREAM, ...RENEWED, signedInInVain: true }],
    ['to a stranger that a sign-in is wanted', 'sign_in', { ...STREAM, ...STRANGER }],
  ]);
});

describe('to a farewell a 401 means nothing', () => {
  meanings([
    ['to a token', 'pass', FAREWELL],
    ['to a renewed one', 'pass', { ...FAREWELL, ...RENEWED }],
    ['to one that cannot be renewed', 'pass', { ...FAREWELL, renewable: false }],
    ['to a stranger', 'pass', { ...FAREWELL, ...STRANGER }],
    ['to a configured token', 'pass', { ...FAREWELL, ...STRANGER, mode: 'bearer' }],
    ['again and again', 'pass', { ...FAREWELL, ...AGAIN, repeats: 9 }],
  ]);
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
