import { describe, expect, test } from 'vitest';

import { amendRegistration, registrationBody } from '../../src/oauth/registration.js';

const REDIRECT = 'http://127.0.0.1:5000/callback';
const LOCALHOST = 'http://localhost:5000/callback';
const BODY = registrationBody({
  clientName: 'mcpass',
  redirectUri: REDIRECT,
  scopes: ['a', 'b'],
  authMethod: 'none',
});

function amend(code: string, description = '', options: { status?: number; amended?: string[] } = {}) {
  return amendRegistration({
    body: BODY,
    error: { status: options.status ?? 400, code, description },
    alternatives: [LOCALHOST],
    amended: new Set(options.amended),
  });
}

describe('the body of a registration', () => {
  test('says what is needed and nothing else', () => {
    expect(BODY).toEqual({
      client_name: 'mcpass',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      scope: 'a b',
    });
  });

  test('has no scope member when no scope is known', () => {
    const body = registrationBody({ clientName: 'x', redirectUri: REDIRECT, scopes: [], authMethod: 'none' });
    expect(body).not.toHaveProperty('scope');
  });
});

describe('what a refusal leads to', () => {
  test('a refused redirect URI: the other spelling of it (B12)', () => {
    const amendment = amend('invalid_redirect_uri', 'redirect_uri not valid scheme');
    expect(amendment).toMatchObject({ id: 'B12', body: { ...BODY, redirect_uris: [LOCALHOST] } });
  });

  test('a refused application_type: without it (B08)', () => {
    const amendment = amend('invalid_client_metadata', 'Unrecognized field "application_type"');
    expect(amendment?.id).toBe('B08');
    expect(amendment?.body).not.toHaveProperty('application_type');
  });

  test('a refused grant type: only the code (B26)', () => {
    const amendment = amend('invalid_client_metadata', 'grant_types: only authorization_code');
    expect(amendment).toMatchObject({ id: 'B26', body: { grant_types: ['authorization_code'] } });
  });

  test('refused scopes: without them (B06)', () => {
    const amendment = amend('invalid_client_metadata', 'scope not allowed: b');
    expect(amendment?.id).toBe('B06');
    expect(amendment?.body).not.toHaveProperty('scope');
  });

  test.each(['invalid_request no scope', 'scope is required', 'scope is missing'])(
    'a scope that is missing is not answered by leaving it out: %s',
    (words) => expect(amend('invalid_request', words)).toBeUndefined(),
  );

  test('nothing, when the reason is not one that we know', () => {
    expect(amend('unapproved_client', 'Forbidden')).toBeUndefined();
    expect(amend('invalid_client_metadata')).toBeUndefined();
    expect(amend('')).toBeUndefined();
  });

  test.each([200, 302, 429, 500, 503])('nothing, when the status is %i', (status) => {
    expect(amend('invalid_redirect_uri', 'redirect', { status })).toBeUndefined();
  });

  test('each change is tried once', () => {
    expect(amend('invalid_redirect_uri', 'redirect', { amended: ['B12'] })).toBeUndefined();
    expect(amend('x', 'redirect and scope', { amended: ['B12'] })?.id).toBe('B06');
    expect(
      amend('x', 'redirect grant_types application_type scope', { amended: ['B12', 'B08', 'B26', 'B06'] }),
    ).toBeUndefined();
  });

  test('a second spelling is needed to try one', () => {
    const error = { status: 400, code: 'invalid_redirect_uri' };
    expect(amendRegistration({ body: BODY, error, alternatives: [], amended: new Set() })).toBeUndefined();
  });
});
