import { describe, expect, test } from 'vitest';

import { isMcpassError, type McpassError, Secret, type UnsafeOverrides } from '../../../src/index.js';
import { judgeCallback } from '../../../src/sign-in/steps/callback.js';
import { UNSAFE_TEXT } from '../../support/unsafe-text.js';

const ISSUER = 'https://as.example.org/tenant';
const STATE = 'the-state-of-this-attempt';

interface Situation {
  readonly promised?: boolean;
  readonly unsafe?: UnsafeOverrides;
}

function judge(query: string, { promised = false, unsafe }: Situation = {}): URLSearchParams {
  const state = {
    authorizationServer: {
      issuer: ISSUER,
      authorizationEndpoint: `${ISSUER}/authorize`,
      tokenEndpoint: `${ISSUER}/token`,
      issParameterSupported: promised,
      clientIdMetadataDocumentSupported: false,
    },
    client: {
      id: 'client',
      issuer: ISSUER,
      origin: 'registered',
      authMethod: 'none',
      redirectUri: 'http://127.0.0.1/callback',
    },
    clientReused: false,
    authorizationUrl: 'https://as.example.org/',
    state: STATE,
    codeVerifier: new Secret('verifier'),
    callback: new URLSearchParams(query),
  } as unknown as Parameters<typeof judgeCallback>[0];
  return judgeCallback(state, unsafe && { unsafe });
}

function refused(query: string, situation?: Situation): McpassError {
  try {
    judge(query, situation);
  } catch (error) {
    if (isMcpassError(error)) return error;
    throw error;
  }
  throw new Error('it was believed');
}

const GOOD = `code=the-code&state=${STATE}`;
const iss = (value: string) => `${GOOD}&iss=${encodeURIComponent(value)}`;

describe('the table of RFC 9207 section 2.4 as MCP has it', () => {
  test('promised and right', () => {
    expect(judge(iss(ISSUER), { promised: true }).get('code')).toBe('the-code');
  });

  test('promised and missing', () => {
    const error = refused(GOOD, { promised: true });
    expect(error.code).toBe('authorization_invalid');
    expect(error.remedy).toEqual({ do: 'configure', key: 'unsafe.allow_missing_iss', value: 'true' });
  });

  test('not promised and right', () => {
    expect(judge(iss(ISSUER)).get('code')).toBe('the-code');
  });

  test('not promised and missing', () => {
    expect(judge(GOOD).get('code')).toBe('the-code');
  });

  test.each([true, false])('wrong, whether promised or not: %s', (promised) => {
    for (const value of [
      'https://evil.example',
      `${ISSUER}/`,
      'https://as.example.org',
      'https://AS.example.org/tenant',
      'https://as.example.org:443/tenant',
      'https://as.example.org/t%65nant',
      'HTTPS://as.example.org/tenant',
      '',
    ]) {
      const error = refused(iss(value), { promised });
      expect(error.code, value).toBe('authorization_invalid');
      expect(error.remedy).toEqual({
        do: 'configure',
        key: 'unsafe.trusted_callback_issuer',
        value: JSON.stringify(value),
      });
    }
  });

  test('two issuers, one of them right', () => {
    expect(refused(`${iss('https://evil.example')}&iss=${ISSUER}`).code).toBe('authorization_invalid');
    expect(refused(`${iss(ISSUER)}&iss=${ISSUER}`).code).toBe('authorization_invalid');
  });
});

describe('overrides', () => {
  test('trusted_callback_issuer excuses exactly that value', () => {
    const unsafe = { trustedCallbackIssuer: 'https://clerk.example' };
    expect(judge(iss('https://clerk.example'), { promised: true, unsafe }).get('code')).toBe('the-code');
    expect(refused(iss('https://clerk.example/'), { promised: true, unsafe }).code).toBe(
      'authorization_invalid',
    );
    expect(refused(GOOD, { promised: true, unsafe }).code).toBe('authorization_invalid');
    expect(judge(iss(ISSUER), { unsafe }).get('code')).toBe('the-code');
  });

  test('trusted_issuer, which is about metadata, excuses no callback', () => {
    const unsafe = { trustedIssuer: 'https://clerk.example' };
    expect(refused(iss('https://clerk.example'), { unsafe }).code).toBe('authorization_invalid');
  });

  test('allow_missing_iss excuses a missing one, not a wrong one', () => {
    const unsafe = { allowMissingIss: true };
    expect(judge(GOOD, { promised: true, unsafe }).get('code')).toBe('the-code');
    expect(refused(iss('https://evil.example'), { promised: true, unsafe }).code).toBe(
      'authorization_invalid',
    );
  });
});

describe('error answers', () => {
  const error = (code: string, words: string, more = '') =>
    `error=${code}&error_description=${encodeURIComponent(words)}&state=${STATE}${more}`;

  test('a refusal by the person', () => {
    const refusal = refused(error('access_denied', 'the user said no'));
    expect(refusal).toMatchObject({
      code: 'login_refused',
      fault: 'yours',
      facts: { error: 'access_denied' },
    });
    expect(refusal.message).toContain('"access_denied: the user said no"');
  });

  test('a refusal by the server', () => {
    const refusal = refused(error('invalid_scope', 'no such scope'));
    expect(refusal).toMatchObject({ code: 'authorization_refused', facts: { error: 'invalid_scope' } });
    expect(refusal.message).toContain('no such scope');
  });

  test('is plain and bounded', () => {
    const { message } = refused(error('server_error', `\u001b]0;x\u0007${'long '.repeat(500)}\u202e`));
    expect(message).not.toMatch(UNSAFE_TEXT);
    expect(message.length).toBeLessThan(500);
  });

  test('of somebody else is not shown at all', () => {
    for (const situation of [
      {
        query: error(
          'access_denied',
          'RUN THIS',
          '&iss=https://evil.example&error_uri=https://evil.example/go',
        ),
      },
      { query: error('access_denied', 'RUN THIS'), promised: true },
      { query: error('access_denied', 'RUN THIS', `&iss=${ISSUER}&iss=https://evil.example`) },
    ]) {
      const refusal = refused(situation.query, { promised: situation.promised === true });
      expect(refusal.code).toBe('authorization_invalid');
      expect(refusal.message).not.toContain('RUN THIS');
      expect(refusal.message).not.toContain('access_denied');
      expect(JSON.stringify(refusal.facts)).not.toContain('access_denied');
    }
  });

  test('counts before a code that comes with it', () => {
    expect(refused(`${GOOD}&error=access_denied`).code).toBe('login_refused');
  });
});

describe('answers that are not well formed', () => {
  test.each([
    ['no code', `state=${STATE}`],
    ['an empty code', `code=&state=${STATE}`],
    ['two codes', `${GOOD}&code=another`],
    ['two errors', `error=a&error=b&state=${STATE}`],
    ['another state', 'code=the-code&state=another'],
    ['no state', 'code=the-code'],
    ['two states', `${GOOD}&state=${STATE}`],
    ['tokens of the implicit flow', `${GOOD}&token=abc`],
    ['an ID token of the hybrid flow', `${GOOD}&id_token=abc`],
    ['a JWT response', `response=eyJ&state=${STATE}`],
    ['nothing', ''],
  ])('%s', (_, query) => {
    const error = refused(query);
    expect(error.code).toBe('authorization_invalid');
    // Somebody will print the whole chain.
    expect(JSON.stringify(error.facts) + String(error.cause)).not.toContain('the-code');
    expect(error.cause).toBeUndefined();
  });
});
