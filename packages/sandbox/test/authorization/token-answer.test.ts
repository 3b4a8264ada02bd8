import { describe, expect, test } from 'vitest';
import { HOSTILE_TEXT, type SandboxOptions, type TokenAnswerShape } from '../../src/index.js';
import { signIn, type Answer } from '../support/oauth.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

async function exchange(options: SandboxOptions): Promise<Answer> {
  return (await signIn(await start('plain', options), { scope: 'a b' })).exchange();
}

test('an answer by the book', async () => {
  const { status, headers, json } = await exchange({});
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'a b' });
});

describe('each shape', () => {
  const cases: [TokenAnswerShape, Record<string, unknown>][] = [
    ['expires-in-string', { expires_in: '3600' }],
    ['expires-in-absent', { expires_in: undefined }],
    ['expires-in-zero', { expires_in: 0 }],
    ['expires-in-huge', { expires_in: 1e15 }],
    ['token-type-lowercase', { token_type: 'bearer' }],
    ['token-type-missing', { token_type: undefined }],
    ['token-type-user', { token_type: 'user' }],
    ['token-type-mac', { token_type: 'mac' }],
    ['scope-absent', { scope: undefined }],
    ['scope-comma', { scope: 'a,b' }],
    ['refresh-token-empty', { refresh_token: '' }],
    ['refresh-token-expiry', { refresh_token_expires_in: 604_800 }],
  ];
  for (const [shape, members] of cases) {
    test(shape, async () => {
      const { json } = await exchange({ tokenShapes: [shape] });
      for (const [name, value] of Object.entries(members)) expect(json[name]).toEqual(value);
      expect(json['access_token']).toBeTypeOf('string');
    });
  }

  test('nested, together with others', async () => {
    const { json } = await exchange({ tokenShapes: ['scope-comma', 'nested'] });
    expect(json).toMatchObject({ ok: true, authed_user: { scope: 'a,b', token_type: 'Bearer' } });
  });

  test('refresh-token-on-first', async () => {
    const sandbox = await start('plain', { tokenShapes: ['refresh-token-on-first'], rotation: 'none' });
    const flow = await signIn(sandbox);
    const { json } = await flow.exchange();
    const refreshed = await flow.refresh(json['refresh_token']);
    expect(refreshed.status).toBe(200);
    expect(refreshed.json).not.toHaveProperty('refresh_token');
  });
});

test('form-encoded, and 201', async () => {
  const { status, headers, text } = await exchange({ tokenFormat: 'form', tokenStatus: 201 });
  expect(status).toBe(201);
  expect(headers.get('content-type')).toBe('application/x-www-form-urlencoded');
  expect(new URLSearchParams(text).get('scope')).toBe('a b');
});

describe('errors', () => {
  const fail = async (tokenErrors: NonNullable<SandboxOptions['tokenErrors']>): Promise<Answer> =>
    (await signIn(await start('plain', { tokenErrors }))).exchange({ code: 'wrong' });

  test('by the book, as 200, as ok:false, as a message, as a page', async () => {
    expect(await fail('standard')).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect(await fail('status-200')).toMatchObject({ status: 200, json: { error: 'invalid_grant' } });
    expect(await fail('slack')).toMatchObject({ status: 200, json: { ok: false, error: 'invalid_grant' } });
    expect(await fail('message')).toMatchObject({ status: 422, json: { message: 'unknown code' } });
    expect((await fail('html')).text).toContain('<!doctype html>');
  });

  test('with foreign text in them', async () => {
    const flow = await signIn(await start('plain', { errorText: HOSTILE_TEXT }));
    expect((await flow.exchange({ code: 'wrong' })).json).toMatchObject({ error_description: HOSTILE_TEXT });
  });
});
