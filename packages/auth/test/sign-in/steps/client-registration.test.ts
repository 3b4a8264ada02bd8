import { describe, expect, test } from 'vitest';

import { isMcpassError, type McpassError } from '../../../src/index.js';
import { registrationBody } from '../../../src/oauth/registration.js';
import { judgeRegistration } from '../../../src/sign-in/steps/client-registration.js';
import { answer, PAGE } from '../../support/answer.js';

const ISSUER = 'https://as.example.org';
const REDIRECT = 'http://127.0.0.1:5000/callback';
const ASKED = registrationBody({
  clientName: 'mcpass',
  redirectUri: REDIRECT,
  scopes: ['a', 'b'],
  authMethod: 'none',
});
const NOW_MS = 1_700_000_000_999;

const judge = (members: object, status = 201) =>
  judgeRegistration(answer(status, { client_id: 'id', ...members }), ASKED, ISSUER, NOW_MS);

function registered(members: object, status?: number) {
  const judged = judge(members, status);
  if (!judged.ok) throw new Error('refused');
  return judged.client;
}

describe('a registration', () => {
  test('needs no more than an id', () => {
    expect(judge({})).toEqual({
      ok: true,
      deviations: [],
      client: {
        id: 'id',
        issuer: ISSUER,
        origin: 'registered',
        authMethod: 'none',
        redirectUri: REDIRECT,
        registeredAtS: 1_700_000_000,
        scopes: ['a', 'b'],
      },
    });
  });

  test('with status 200 is one, and said so (B15)', () => {
    expect(judge({}, 200)).toMatchObject({ ok: true, deviations: [{ id: 'B15' }] });
  });

  test('the secret and the method are those of the answer (B14)', () => {
    const client = registered({ client_secret: 's3cret', token_endpoint_auth_method: 'client_secret_post' });
    expect(client.authMethod).toBe('client_secret_post');
    expect(client.secret?.reveal()).toBe('s3cret');
    expect(client).not.toHaveProperty('secretExpiresAtS');
  });

  test('a method of null is the one that was asked for (supabase/auth#2310)', () => {
    expect(registered({ client_secret: 's', token_endpoint_auth_method: null }).authMethod).toBe('none');
  });

  test('a method that nobody knows becomes one that the secret allows', () => {
    expect(registered({ client_secret: 's', token_endpoint_auth_method: 'private_key_jwt' }).authMethod).toBe(
      'client_secret_basic',
    );
    expect(registered({ token_endpoint_auth_method: 'private_key_jwt' }).authMethod).toBe('none');
  });

  test('a client without a secret has nothing to prove, whatever the method says', () => {
    expect(registered({ token_endpoint_auth_method: 'client_secret_basic' }).authMethod).toBe('none');
    expect(
      registered({ token_endpoint_auth_method: 'client_secret_post', client_secret: null }).authMethod,
    ).toBe('none');
  });

  test('an expiry is absolute; 0, null and nonsense are none', () => {
    const expiry = (value: unknown) => registered({ client_secret: 's', client_secret_expires_at: value });
    expect(expiry(1_800_000_000.7).secretExpiresAtS).toBe(1_800_000_000);
    for (const value of [0, null, undefined, '1800000000', -5]) {
      expect(expiry(value)).not.toHaveProperty('secretExpiresAtS');
    }
  });

  test('is good for the scopes that were asked for and those that the answer names', () => {
    expect(registered({ scope: 'a c' }).scopes).toEqual(['a', 'b', 'c']);
    expect(registered({ scope: '' }).scopes).toEqual(['a', 'b']);
  });

  test('the management address is kept, its token as a secret', () => {
    const client = registered({ registration_client_uri: `${ISSUER}/c/1`, registration_access_token: 'rat' });
    expect(client.registrationClientUri).toBe(`${ISSUER}/c/1`);
    expect(client.registrationAccessToken?.reveal()).toBe('rat');
    expect(JSON.stringify(client)).not.toContain('rat"');
  });

  test('our redirect URI may be one of several', () => {
    expect(registered({ redirect_uris: ['https://other.example', REDIRECT] }).redirectUri).toBe(REDIRECT);
  });

  test.each([[[]], [['https://evil.example/cb']], [['http://localhost:5000/callback']], [[`${REDIRECT}/`]]])(
    'for other redirect URIs is refused: %j',
    (redirectUris) => {
      let refusal: McpassError | undefined;
      try {
        judge({ redirect_uris: redirectUris });
      } catch (error) {
        if (isMcpassError(error)) refusal = error;
      }
      expect(refusal?.code).toBe('registration_refused');
    },
  );
});

describe('no registration', () => {
  test.each([
    ['an OAuth error', 400, { error: 'invalid_client_metadata', error_description: 'no' }],
    ['a good answer with a bad status', 400, { client_id: 'id' }],
    ['another 2xx', 202, { client_id: 'id' }],
    ['no id', 201, { client_secret: 's' }],
    ['an empty id', 201, { client_id: '' }],
    ['an id of the wrong type', 201, { client_id: 7 }],
    ['a page', 200, PAGE],
    ['nothing', 204, ''],
  ])('%s', (_, status, body) => {
    const judged = judgeRegistration(answer(status, body), ASKED, ISSUER, NOW_MS);
    expect(judged).toMatchObject({ ok: false, error: { status } });
  });
});
