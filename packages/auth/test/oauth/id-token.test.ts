import { describe, expect, test } from 'vitest';

import { judgeIdToken } from '../../src/oauth/id-token.js';
import { jwt } from '../support/jwt.js';

const NOW_S = 1_700_000_000;
const EXPECTED = { issuer: 'https://as.example', clientId: 'client-1', nowMs: NOW_S * 1000 };
const GOOD = {
  iss: 'https://as.example',
  aud: 'client-1',
  sub: '248289761001',
  exp: NOW_S + 60,
  name: 'Ada Lovelace',
  email: 'ada@example.com',
};
const ADA = { subject: '248289761001', name: 'Ada Lovelace', email: 'ada@example.com' };

const judge = (claims: object, expected: object = {}) =>
  judgeIdToken(jwt({ ...GOOD, ...claims }), { ...EXPECTED, ...expected });

describe('is believed', () => {
  test.each<[what: string, claims: object, expected: object, identity: object]>([
    ['by the book', {}, {}, ADA],
    ['with the client among the audiences, and named', { aud: ['x', 'client-1'], azp: 'client-1' }, {}, ADA],
    ['with a list of one audience', { aud: ['client-1'] }, {}, ADA],
    ['that expired a moment ago, by another clock', { exp: NOW_S - 200 }, {}, ADA],
    ['of an issuer with the slash of its root', { iss: 'https://as.example/' }, {}, ADA],
    ['with a nonce that nobody sent', { nonce: 'n' }, {}, ADA],
    ['with the nonce that was sent', { nonce: 'n' }, { nonce: 'n' }, ADA],
    ['with a subject alone', { name: undefined, email: undefined }, {}, { subject: ADA.subject }],
    ['with names that are none', { name: 5, email: ' \u200b\n' }, {}, { subject: ADA.subject }],
    [
      'of the same person, who keeps a name',
      { name: undefined, email: 'a@b' },
      { earlier: ADA },
      { ...ADA, email: 'a@b' },
    ],
    ['in letters of the whole world', { name: '艾達 Łovelace' }, {}, { ...ADA, name: '艾達 Łovelace' }],
    [
      'but nothing in it acts on a terminal',
      { name: '\u001b[31mRoot\u001b[0m\r\n\u202eevil', email: 'x'.repeat(1000) },
      {},
      { ...ADA, name: '[31mRoot [0m evil', email: `${'x'.repeat(200)}…` },
    ],
  ])('one %s', (_, claims, expected, identity) => {
    expect(judge(claims, expected)).toEqual({ identity });
  });
});

describe('is ignored', () => {
  test.each<[what: string, claims: object, expected: object, why: string]>([
    ['of another issuer', { iss: 'https://other.example' }, {}, 'its issuer is "https://other.example"'],
    ['of no issuer', { iss: undefined }, {}, 'its issuer is not said'],
    ['of an issuer with another path', { iss: 'https://as.example/a' }, {}, 'its issuer'],
    ['for another client', { aud: 'client-2' }, {}, 'for another client'],
    ['for nobody', { aud: undefined }, {}, 'for another client'],
    ['for several, without saying whose', { aud: ['client-1', 'x'] }, {}, 'issued to another client'],
    ['issued to another client', { azp: 'client-2' }, {}, 'issued to another client'],
    ['that has expired', { exp: NOW_S - 301 }, {}, 'it has expired'],
    ['without an end', { exp: undefined }, {}, 'it has expired'],
    ['with another nonce', { nonce: 'm' }, { nonce: 'n' }, 'its nonce'],
    ['without the nonce that was sent', {}, { nonce: 'n' }, 'its nonce'],
    ['without a subject', { sub: undefined }, {}, 'it names nobody'],
    ['with a subject that is too long', { sub: 's'.repeat(256) }, {}, 'it names nobody'],
    ['with a subject that hides something', { sub: 'a\u202eb' }, {}, 'it names nobody'],
    ['of somebody else, at a refresh', { sub: 'other' }, { earlier: ADA }, 'somebody else than before'],
  ])('one %s', (_, claims, expected, why) => {
    expect(judge(claims, expected)).toEqual({ why: expect.stringContaining(why) as string });
  });

  test.each(['', 'nonsense', 'a.b.c', `a.${btoa('[1]')}.c`, `a.${btoa('{}')}`, 'a.b.c.d.e'])(
    'what is none, or encrypted: %j',
    (token) => {
      expect(judgeIdToken(token, EXPECTED)).toEqual({ why: 'it cannot be read' });
    },
  );
});
