import { describe, expect, test } from 'vitest';

import { tokenFailure } from '../../src/oauth/token-failure.js';
import { readTokenAnswer } from '../../src/oauth/token-answer.js';
import { answer, PAGE } from '../support/answer.js';

const NOW_MS = 1_700_000_000_000;
const client = {
  id: 'id',
  issuer: 'https://as.example',
  origin: 'registered',
  authMethod: 'none',
  redirectUri: 'http://127.0.0.1/callback',
} as const;

function failure(status: number, body: string | object, headers: Record<string, string> = {}) {
  const wire = answer(status, body, headers);
  const reply = { read: readTokenAnswer(wire, NOW_MS), wire, client };
  return tokenFailure(reply, 'refresh', 'https://as.example', NOW_MS);
}

describe('why there is no token', () => {
  test.each([
    [400, { error: 'invalid_grant' }, 'token_refused', 'invalid_grant'],
    [200, { error: 'invalid_grant' }, 'token_refused', 'invalid_grant'],
    [400, { error: 'invalid_target' }, 'token_refused', 'invalid_target'],
    [404, PAGE, 'token_refused', undefined],
    [401, { error: 'invalid_client' }, 'client_rejected', 'invalid_client'],
    [400, { error: 'unauthorized_client' }, 'client_rejected', 'unauthorized_client'],
    [429, { error: 'invalid_client' }, 'rate_limited', 'invalid_client'],
    [500, { error: 'invalid_grant' }, 'server_error', 'invalid_grant'],
    [503, { error: 'invalid_client' }, 'server_error', 'invalid_client'],
    [200, PAGE, 'answer_invalid', undefined],
    [200, { access_token: 'at', token_type: 'mac' }, 'answer_invalid', undefined],
  ])('%i %j is %s', (status, body, code, error) => {
    const found = failure(status, body);
    expect(found?.code).toBe(code);
    expect(found?.facts['error']).toBe(error);
    expect(found?.facts['status']).toBe(status);
  });

  test('trouble says how long to wait', () => {
    expect(failure(429, '', { 'retry-after': '17' })?.remedy).toEqual({
      do: 'retry_later',
      afterSeconds: 17,
    });
    expect(failure(503, '')?.remedy).toEqual({ do: 'retry_later' });
  });

  test('a dead client says to sign in anew', () => {
    expect(failure(401, { error: 'invalid_client' })?.remedy).toEqual({ do: 'sign_in', force: true });
  });

  test("a configured client that is refused is its owner's to mend", () => {
    const wire = answer(401, { error: 'invalid_client' });
    const refused = (authMethod: 'none' | 'client_secret_basic') =>
      tokenFailure(
        {
          read: readTokenAnswer(wire, NOW_MS),
          wire,
          client: { ...client, origin: 'configured', authMethod },
        },
        'token',
        'https://as.example',
        NOW_MS,
      );
    expect(refused('none')).toMatchObject({
      fault: 'yours',
      remedy: { do: 'configure', key: 'oauth.client_secret_env' },
    });
    expect(refused('client_secret_basic')).toMatchObject({ fault: 'yours', remedy: { do: 'say' } });
  });

  test('a token is no failure', () => {
    expect(failure(200, { access_token: 'at', token_type: 'Bearer' })).toBeUndefined();
  });
});
