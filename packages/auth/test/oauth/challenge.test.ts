import { describe, expect, test } from 'vitest';

import { challengeOf, parseChallenges } from '../../src/oauth/challenge.js';
import { splitScopes } from '../../src/oauth/scope.js';
import { flatRepeat, growth } from '../support/growth.js';

function parse(header: string): [scheme: string, parameters: Record<string, string>][] {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

function challenge(...values: readonly string[]) {
  const headers = new Headers();
  for (const value of values) headers.append('www-authenticate', value);
  return challengeOf(headers);
}

const METADATA = 'https://mcp.example/.well-known/oauth-protected-resource';

describe('the grammar of RFC 9110 section 11', () => {
  test('one scheme with parameters', () => {
    expect(parse('Bearer realm="mcp", scope="a b"')).toEqual([['bearer', { realm: 'mcp', scope: 'a b' }]]);
  });

  test('several schemes in one header', () => {
    expect(parse('Negotiate, Basic realm="staff, only", Bearer scope="a"')).toEqual([
      ['negotiate', {}],
      ['basic', { realm: 'staff, only' }],
      ['bearer', { scope: 'a' }],
    ]);
  });

  test('token68 credentials are no parameters', () => {
    expect(parse('Negotiate YII+abc/def==, Bearer scope="a"')).toEqual([
      ['negotiate', {}],
      ['bearer', { scope: 'a' }],
    ]);
    expect(parse('NTLM TlRMTVNTUAAC')).toEqual([['ntlm', {}]]);
  });

  test('commas, equals signs and words inside a quoted string stay in it', () => {
    const realm = 'a, Bearer scope=evil, resource_metadata="';
    expect(
      parse(String.raw`Basic realm="a, Bearer scope=evil, resource_metadata=\"", Bearer scope="b"`),
    ).toEqual([
      ['basic', { realm }],
      ['bearer', { scope: 'b' }],
    ]);
  });

  test('escapes are undone', () => {
    expect(parse(String.raw`Bearer realm="a\"b\\c\d"`)).toEqual([['bearer', { realm: String.raw`a"b\cd` }]]);
  });

  test('names are case-insensitive, space round the equals sign is allowed, empty list elements too', () => {
    expect(parse(', ,bEaReR  SCOPE = "a" ,, Error=invalid_token ,')).toEqual([
      ['bearer', { scope: 'a', error: 'invalid_token' }],
    ]);
  });

  test('of a repeated name the first counts', () => {
    expect(parse('Bearer scope="a", scope="b"')).toEqual([['bearer', { scope: 'a' }]]);
  });

  test('parameters without commas between them', () => {
    expect(parse('Bearer error="x" scope="a"')).toEqual([['bearer', { error: 'x', scope: 'a' }]]);
  });

  test('an unquoted URL ends at the next comma', () => {
    expect(parse(`Bearer resource_metadata=${METADATA}, scope="a"`)).toEqual([
      ['bearer', { resource_metadata: METADATA, scope: 'a' }],
    ]);
  });
});

describe('malformed headers', () => {
  test('an unclosed quotation ends with the header', () => {
    expect(parse('Bearer scope="a b')).toEqual([['bearer', { scope: 'a b' }]]);
  });

  test('a bare URL is no parameter (HubSpot)', () => {
    expect(challenge(`Bearer ${METADATA}`)).toEqual({});
  });

  test('a quotation where none belongs is skipped as a whole', () => {
    const inside = 'bearer resource_metadata=https://evil.example, scope=evil';
    for (const header of [
      `Bearer scope=, realm="${inside}"`,
      `Bearer "${inside}"`,
      `Bearer abc"${inside}"`,
      `"${inside}" Bearer realm="x"`,
      `Bearer realm "${inside}"`,
    ]) {
      expect(JSON.stringify(parse(header)), header).not.toContain('evil');
    }
  });

  test('nothing but garbage is no challenge', () => {
    expect(parse('')).toEqual([]);
    expect(parse(' ,, ')).toEqual([]);
    expect(parse('(){}[]<>@')).toEqual([]);
    expect(challengeOf(new Headers())).toBeUndefined();
  });

  test.each([
    ['Bearer ', 'a '],
    ['Bearer ', '"\\'],
    ['Bearer ', '=='],
    ['', 'a='],
  ])('a megabyte of %s%j costs no more than its beginning', (start, piece) => {
    const [beginning, megabyte] = [50_000, 500_000].map((times) => start + flatRepeat(piece, times));
    expect(
      growth(
        () => parse(beginning ?? ''),
        () => parse(megabyte ?? ''),
      ),
    ).toBeLessThan(5);
  });
});

describe('the challenge that concerns us', () => {
  test('is the Bearer one, wherever it stands', () => {
    expect(
      challenge(
        'Negotiate',
        'Basic realm="x"',
        `Bearer error="invalid_token", resource_metadata="${METADATA}"`,
      ),
    ).toEqual({ error: 'invalid_token', resourceMetadata: METADATA });
  });

  test('may be the DPoP one (RFC 9449 section 7.1)', () => {
    expect(challenge('DPoP algs="ES256", scope="a b"')).toEqual({ scopes: ['a', 'b'], dpop: 'only' });
    expect(challenge('DPoP algs="ES256", Bearer scope="a"')).toEqual({ scopes: ['a'], dpop: 'too' });
  });

  test('is put together from several of ours', () => {
    expect(challenge('Bearer realm="x"', 'Bearer scope="a", error_description="why, then"')).toEqual({
      scopes: ['a'],
      errorDescription: 'why, then',
    });
  });

  test('is absent when only other schemes are offered', () => {
    expect(challenge('Basic realm="x", scope="a"')).toBeUndefined();
  });

  test('has no scopes when the list is empty', () => {
    expect(challenge('Bearer scope=""')).toEqual({});
  });

  test('takes no metadata from a parameter with another name', () => {
    expect(challenge(`Bearer resource_metadata_uri="${METADATA}", resource="${METADATA}"`)).toEqual({});
  });

  test('a URL with the word scope in it is no scope (modelcontextprotocol/python-sdk#1636)', () => {
    expect(challenge('Bearer resource_metadata="https://mcp.example/scope=admin"')).toEqual({
      resourceMetadata: 'https://mcp.example/scope=admin',
    });
  });

  test('is read from the header that AWS API Gateway makes of it, unless the real one is there', () => {
    expect(challengeOf(new Headers({ 'x-amzn-remapped-www-authenticate': 'Bearer scope="a"' }))).toEqual({
      scopes: ['a'],
    });
    const both = {
      'x-amzn-remapped-www-authenticate': 'Bearer scope="a"',
      'www-authenticate': 'Bearer scope="b"',
    };
    expect(challengeOf(new Headers(both))).toEqual({ scopes: ['b'] });
  });
});

test('scopes are listed once each, in order', () => {
  expect(splitScopes('  b a\tb\n c ')).toEqual(['b', 'a', 'c']);
  expect(splitScopes('')).toEqual([]);
});
