import { describe, expect, test } from 'vitest';
import type { RegistrationRule, SandboxOptions } from '../../src/index.js';
import { metadataOf, postJson, register, registrationBody, signIn } from '../support/oauth.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

test('registers a client as it asked to be', async () => {
  const { status, json } = await register(await start('plain'), { scope: 'mcp:read' });
  expect(status).toBe(201);
  expect(json).toMatchObject({
    client_id: expect.stringMatching(/^client-/) as string,
    token_endpoint_auth_method: 'none',
    redirect_uris: ['http://127.0.0.1/callback'],
    scope: 'mcp:read',
  });
  expect(json).not.toHaveProperty('client_secret');
});

test('a client that does not say how it authenticates gets a secret', async () => {
  const { json } = await register(await start('plain'), { token_endpoint_auth_method: undefined });
  expect(json).toMatchObject({
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: expect.any(String) as string,
    client_secret_expires_at: 0,
  });
});

test('can be off', async () => {
  const sandbox = await start('plain', { registration: 'off' });
  expect(await metadataOf(sandbox)).not.toHaveProperty('registration_endpoint');
  expect((await postJson(`${sandbox.issuer}/register`, registrationBody())).status).toBe(404);
});

describe('each rule refuses what breaks it and takes what does not', () => {
  const cases: [RegistrationRule, Record<string, unknown>, Record<string, unknown>, string][] = [
    ['no-scope', {}, { scope: 'a' }, 'invalid_request'],
    ['no-name', { client_name: undefined }, {}, 'invalid_client_metadata'],
    ['no-application-type', { application_type: undefined }, {}, 'invalid_redirect_uri'],
    ['no-auth-method', { token_endpoint_auth_method: undefined }, {}, 'invalid_client_metadata'],
    ['unknown-members', { resource: 'x' }, {}, 'invalid_client_metadata'],
    ['empty-members', { client_uri: '' }, {}, 'invalid_client_metadata'],
    ['logo', { logo_uri: 'https://x.test' }, {}, 'invalid_client_metadata'],
    [
      'several-redirect-uris',
      { redirect_uris: ['http://localhost/a', 'http://localhost/b'] },
      {},
      'invalid_redirect_uri',
    ],
    ['refresh-grant', {}, { grant_types: ['authorization_code'] }, 'invalid_client_metadata'],
  ];
  for (const [rule, broken, fine, error] of cases) {
    test(rule, async () => {
      const sandbox = await start('plain', { registrationRefuses: [rule] });
      const refused = await register(sandbox, broken);
      expect([refused.status, refused.json['error']]).toEqual([400, error]);
      expect((await register(sandbox, fine)).status).toBe(201);
    });
  }
});

describe('redirect policies', () => {
  const uris = [
    'http://localhost/c',
    'http://127.0.0.1:80/c',
    'https://client.test/c',
    'http://client.test/c',
    'app:/c',
  ];
  const cases: [NonNullable<SandboxOptions['redirectPolicy']>, boolean[]][] = [
    ['any', [true, true, true, true, true]],
    ['loopback', [true, true, true, false, false]],
    ['localhost', [true, false, true, false, false]],
    ['127.0.0.1', [false, true, true, false, false]],
    ['https', [false, false, true, false, false]],
  ];
  for (const [redirectPolicy, expected] of cases) {
    test(redirectPolicy, async () => {
      const sandbox = await start('plain', { redirectPolicy });
      const taken = await Promise.all(
        uris.map(async (uri) => (await register(sandbox, { redirect_uris: [uri] })).status === 201),
      );
      expect(taken).toEqual(expected);
    });
  }

  test('a fragment, or no redirect URI at all, never', async () => {
    const sandbox = await start('plain', { redirectPolicy: 'any' });
    for (const redirect_uris of [['http://localhost/c#x'], [], undefined]) {
      expect((await register(sandbox, { redirect_uris })).json).toMatchObject({
        error: 'invalid_redirect_uri',
      });
    }
  });
});

test('answers that differ from what was asked for', async () => {
  const sandbox = await start('plain', {
    registrationStatus: 200,
    secretIssued: true,
    secretSeconds: 60,
    registrationMembers: { redirect_uris: ['https://elsewhere.test/'], token_endpoint_auth_method: null },
  });
  const { status, json } = await register(sandbox);
  expect(status).toBe(200);
  expect(json).toMatchObject({
    client_secret: expect.any(String) as string,
    token_endpoint_auth_method: null,
  });
  expect(Number(json['client_secret_expires_at']) - Number(json['client_id_issued_at'])).toBe(60);
});

test('a method that is forced counts at the token endpoint', async () => {
  const sandbox = await start('plain', { authMethodForced: 'client_secret_post' });
  const { json } = await register(sandbox);
  expect(json['token_endpoint_auth_method']).toBe('client_secret_post');
  const flow = await signIn(sandbox, { clientId: String(json['client_id']) });
  expect((await flow.exchange()).json).toMatchObject({ error: 'invalid_client' });
  expect((await flow.exchange({ client_secret: String(json['client_secret']) })).status).toBe(200);
});

test('may want a token, and may not know a scope', async () => {
  const sandbox = await start('plain', { registrationToken: 'initial', registrableScopes: ['a'] });
  expect((await register(sandbox)).status).toBe(401);
  const { registration_endpoint: url = '' } = await metadataOf(sandbox);
  const headers = { authorization: 'Bearer initial', 'content-type': 'application/json' };
  const send = (body: object): Promise<Response> =>
    fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  expect((await send(registrationBody({ scope: 'a' }))).status).toBe(201);
  expect((await send(registrationBody({ scope: 'a b' }))).status).toBe(400);
});

test('a body that is no JSON object', async () => {
  const sandbox = await start('plain');
  expect((await postJson(`${sandbox.issuer}/register`, [1])).json).toMatchObject({
    error: 'invalid_client_metadata',
  });
});
