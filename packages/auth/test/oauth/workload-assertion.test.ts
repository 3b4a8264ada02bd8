import { describe, expect, test } from 'vitest';

import { isMcpassError } from '../../src/index.js';
import { judgeWorkloadAssertion } from '../../src/oauth/workload-assertion.js';

const ISSUER = 'https://as.example';
const NOW_S = 1_800_000_000;

function jwt(claims: object): string {
  return `e30.${btoa(JSON.stringify(claims)).replaceAll('=', '')}.c2ln`;
}

function judge(text: string, assertionAudience?: string) {
  return judgeWorkloadAssertion(text, {
    issuer: ISSUER,
    tokenEndpoint: `${ISSUER}/token`,
    nowMs: NOW_S * 1000,
    settings: {
      places: { assertion: 'in /var/run/token' },
      ...(assertionAudience !== undefined && { assertionAudience }),
    },
  });
}

function refusal(text: string, audience?: string): string {
  try {
    judge(text, audience);
  } catch (error) {
    if (!isMcpassError(error)) throw error;
    expect(error).toMatchObject({ code: 'config_invalid', fault: 'yours', step: 'token' });
    expect(error.message).toContain('in /var/run/token');
    return error.message;
  }
  throw new Error('it was let through');
}

const good = { iss: 'https://platform', sub: 'agent', aud: ISSUER, exp: NOW_S + 300 };

describe('the token of a workload', () => {
  test.each([
    [{}],
    [{ aud: [ISSUER, 'another'] }],
    [{ aud: `${ISSUER}/` }],
    [{ aud: `${ISSUER}/token` }],
    [{ nbf: NOW_S + 30 }],
  ])('is let through with %j', (more) => {
    expect(judge(jwt({ ...good, ...more }))).toMatchObject({ iss: 'https://platform', sub: 'agent' });
  });

  test.each([
    [{ exp: NOW_S - 5 }, 'has expired (5 s ago'],
    [{ exp: NOW_S - 600 }, 'has expired (10 min ago'],
    [{ nbf: NOW_S + 600 }, 'is not valid yet (for 10 min more'],
    [{ exp: '2030' }, 'is malformed: it does not say when it ends'],
    [
      { aud: 'https://elsewhere.example' },
      'is for "https://elsewhere.example", and not for "https://as.example"',
    ],
    [{ aud: `${ISSUER}.evil.example` }, 'and not for'],
    [{ aud: undefined }, 'is for nobody, and not for'],
  ])('is not sent with %j', (more, words) => {
    expect(refusal(jwt({ ...good, ...more }))).toContain(words);
  });

  test.each(['', 'top secret words', 'a.b.c', 'a.b', `${jwt(good)}\n${jwt(good)}`])(
    'is malformed: %j',
    (text) => {
      const said = refusal(text);
      expect(said).toContain('is malformed: it is no JWT');
      expect(said).not.toContain('secret words');
    },
  );

  test('goes to a server that wants another audience, where the configuration says so, and then with no other', () => {
    const api = 'api://AzureADTokenExchange';
    expect(judge(jwt({ ...good, aud: api }), api)).toMatchObject({ aud: [api] });
    expect(refusal(jwt(good), api)).toContain(`and not for "${api}"`);
  });
});
