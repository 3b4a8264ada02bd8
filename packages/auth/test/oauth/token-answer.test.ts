import { describe, expect, test } from 'vitest';

import { readTokenAnswer } from '../../src/oauth/token-answer.js';
import { answer, PAGE } from '../support/answer.js';
import { jwt } from '../support/jwt.js';

const NOW_MS = 1_700_000_000_500;
const GOOD = {
  access_token: 'at-1',
  token_type: 'Bearer',
  expires_in: 3600,
  refresh_token: 'rt-1',
  scope: 'a b',
};
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const read = (members: object, status = 200) =>
  readTokenAnswer(answer(status, { ...GOOD, ...members }), NOW_MS);

function token(members: object, status?: number) {
  const judged = read(members, status);
  if (judged.ok !== true) throw new Error(JSON.stringify(judged));
  return { ...judged.answer, ids: judged.deviations.map(({ id }) => id) };
}

test('an answer by the book', () => {
  const { access, refresh, ...rest } = token({});
  expect([access.reveal(), refresh?.reveal()]).toEqual(['at-1', 'rt-1']);
  expect(rest).toEqual({ type: 'Bearer', expiresInS: 3600, scopes: ['a', 'b'], ids: [] });
});

test('only the access token is needed', () => {
  const judged = readTokenAnswer(answer(200, { access_token: 'at' }), NOW_MS);
  expect(judged).toMatchObject({ ok: true, answer: {} });
  expect(judged.ok === true && Object.keys(judged.answer)).toEqual(['access', 'type']);
});

describe('E01: a form instead of JSON (GitHub)', () => {
  test('is read', () => {
    const form = 'access_token=at%2B1&token_type=bearer&scope=a%20b&expires_in=60';
    const judged = readTokenAnswer(answer(200, form, FORM), NOW_MS);
    expect(judged.ok === true && judged.answer.access.reveal()).toBe('at+1');
    expect(judged).toMatchObject({ answer: { scopes: ['a', 'b'], expiresInS: 60 } });
    expect(judged.ok === true && judged.deviations.map(({ id }) => id)).toContain('E01');
  });

  test('also when the type of the body is wrong', () => {
    expect(readTokenAnswer(answer(200, 'access_token=at&token_type=bearer'), NOW_MS).ok).toBe(true);
  });

  test('an error in it is an error', () => {
    const judged = readTokenAnswer(
      answer(200, 'error=bad_verification_code&error_description=no', FORM),
      NOW_MS,
    );
    expect(judged).toEqual({
      ok: false,
      error: { status: 200, code: 'bad_verification_code', description: 'no' },
    });
  });
});

describe('E02: an error with status 200', () => {
  test.each([
    [{ error: 'invalid_grant', error_description: 'expired' }, 'invalid_grant'],
    [{ ok: false, error: 'invalid_code' }, 'invalid_code'],
    [{ ok: false }, undefined],
    [{ error: 'invalid_grant', access_token: 'at' }, 'invalid_grant'],
  ])('%j', (body, code) => {
    const judged = readTokenAnswer(answer(200, body), NOW_MS);
    expect(judged).toMatchObject({ ok: false, error: { status: 200 } });
    expect(judged.ok === false && judged.error.code).toBe(code);
  });
});

test('E03: any 2xx is a success, and said so', () => {
  expect(token({}, 201).ids).toEqual(['E03']);
});

describe('E04: the kind of token', () => {
  test.each([
    ['Bearer', []],
    ['bearer', []],
    ['BEARER', []],
    [undefined, ['E04']],
    [null, ['E04']],
    ['', ['E04']],
    ['user', ['E04']],
  ])('%j is Bearer', (kind, ids) => expect(token({ token_type: kind }).ids).toEqual(ids));

  test.each(['DPoP', 'mac', 'N_A', 'Bearer '])('%j is not usable', (kind) => {
    expect(read({ token_type: kind })).toMatchObject({ ok: undefined });
  });

  test('DPoP is, where a proof was sent, and Bearer then is remarked on', () => {
    const proved = (kind: string) =>
      readTokenAnswer(answer(200, { ...GOOD, token_type: kind }), NOW_MS, true);
    expect(proved('dpop')).toMatchObject({ ok: true, answer: { type: 'DPoP' }, deviations: [] });
    expect(proved('Bearer')).toMatchObject({ answer: { type: 'Bearer' }, deviations: [{ id: 'E11' }] });
    expect(proved('mac')).toMatchObject({ ok: undefined });
  });

  test('what the server calls it is shown without its control characters', () => {
    const judged = read({ token_type: '\u001b]0;owned\u0007mac\u202e' });
    expect(judged).toEqual({ ok: undefined, why: 'a token of the kind "]0;owned mac"' });
  });
});

describe('E05: scopes', () => {
  test.each([
    ['a b', ['a', 'b'], []],
    ['a  b a', ['a', 'b'], []],
    ['a,b', ['a', 'b'], ['E05']],
    ['a', ['a'], []],
    ['https://x/a,b c', ['https://x/a,b', 'c'], []],
    [['a', 'b'], ['a', 'b'], ['E05']],
    ['', undefined, []],
    [null, undefined, []],
    [7, undefined, []],
  ])('%j', (scope, scopes, ids) => {
    const found = token({ scope });
    expect(found.scopes).toEqual(scopes);
    expect(found.ids).toEqual(ids);
  });
});

describe('E06 and E07: the lifetime', () => {
  test.each([
    [3600, 3600, []],
    [59.9, 59, []],
    [0, 0, []],
    ['3600', 3600, ['E06']],
    [' 3600 ', 3600, ['E06']],
    ['3600.5', 3600, ['E06']],
    [undefined, undefined, []],
    [null, undefined, []],
    ['soon', undefined, ['E07']],
    ['', undefined, ['E07']],
    ['-5', undefined, ['E07']],
    [-5, undefined, ['E07']],
    [true, undefined, ['E07']],
    [{}, undefined, ['E07']],
    [1e15, undefined, []],
  ])('%j', (expiresIn, seconds, ids) => {
    const found = token({ expires_in: expiresIn });
    expect(found.expiresInS).toBe(seconds);
    expect(found.ids).toEqual(ids);
  });

  test('a missing one is taken from a token that happens to be a JWT', () => {
    const found = token({ expires_in: undefined, access_token: jwt({ exp: 1_700_000_100 }) });
    expect(found.expiresInS).toBe(99);
    expect(found.ids).toEqual(['E07']);
  });

  test.each([-600, 600])('whose own time of issue counts, not a clock that is wrong by %d s', (wrong) => {
    const iat = 1_700_000_001 + wrong;
    const found = token({ expires_in: undefined, access_token: jwt({ iat, exp: iat + 300 }) });
    expect(found.expiresInS).toBe(300);
  });

  test.each(['soon', null, 1_700_000_200])('unless that makes no sense: %j', (iat) => {
    const found = token({ expires_in: undefined, access_token: jwt({ iat, exp: 1_700_000_100 }) });
    expect(found.expiresInS).toBe(99);
  });

  test.each([1e300, 9e15, 1_700_000_000_000])('an expiry in the far future is no expiry: %d', (exp) => {
    expect(token({ expires_in: undefined, access_token: jwt({ exp }) }).expiresInS).toBeUndefined();
  });

  test('a token that was dead on arrival has 0 seconds', () => {
    expect(token({ expires_in: undefined, access_token: jwt({ exp: 1 }) }).expiresInS).toBe(0);
  });

  test.each(['a.b.c', '..', 'a.%%%.c', jwt({ exp: 'soon' }), jwt([]), `x.${btoa('null')}.y`])(
    'a token that is no JWT says nothing: %s',
    (access) => expect(token({ expires_in: undefined, access_token: access }).expiresInS).toBeUndefined(),
  );

  test('what the server says counts before what the token says', () => {
    expect(token({ expires_in: 60, access_token: jwt({ exp: 1_800_000_000 }) }).expiresInS).toBe(60);
  });
});

describe('the refresh token', () => {
  test('empty is none (F09)', () => {
    const found = token({ refresh_token: '' });
    expect(found).not.toHaveProperty('refresh');
    expect(found.ids).toEqual(['F09']);
  });

  test.each([null, undefined, 7])('%j is none', (value) => {
    expect(token({ refresh_token: value })).not.toHaveProperty('refresh');
  });
});

describe('no token answer at all', () => {
  test.each([
    ['a page', PAGE, 'an HTML page'],
    ['nothing', '', 'no JSON object'],
    ['a list', '[]', 'no JSON object'],
    ['text', 'OK', 'no JSON object'],
    ['no token', { token_type: 'Bearer' }, 'an answer without an access token'],
    ['an empty token', { access_token: '' }, 'an answer without an access token'],
    ['a nested token', { authed_user: { access_token: 'at' } }, 'an answer without an access token'],
  ])('%s', (_, body, why) => {
    expect(readTokenAnswer(answer(200, body), NOW_MS)).toEqual({ ok: undefined, why });
  });

  test.each(['at\nx', 'at\r\nx-evil: 1', 'at\u0000', 'tök', 'at\u2028', '\ud83d\ude00'])(
    'a token that no header can carry is none: %j',
    (access) => {
      const judged = read({ access_token: access });
      expect(judged).toMatchObject({ ok: undefined });
      expect(Object.values(judged).join()).not.toContain(access);
    },
  );

  test.each([400, 401, 403, 404, 500])('status %i is an error, whatever the body', (status) => {
    expect(read({}, status)).toMatchObject({ ok: false, error: { status } });
  });
});

test('secrets do not show in what was read', () => {
  const shown = JSON.stringify(read({}));
  expect(shown).not.toContain('at-1');
  expect(shown).not.toContain('rt-1');
});
