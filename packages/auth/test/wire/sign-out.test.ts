import { Secret } from '../../src/index.js';
import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { scriptedProvider } from '../support/scripted-provider.js';
import { simulatedClock } from '../support/simulated-clock.js';

describe('signing out', () => {
  test('deletes the credential and revokes both tokens, the refresh token first', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    const { tokens, client: registered } = (await client.record()).grant;
    expect(await client.authorizer.signOut()).toEqual({ revocation: 'revoked', deleted: true });
    expect(await client.authorizer.record()).toBeUndefined();
    expect(sandbox.log.of('revoke').map(({ form }) => Object.fromEntries(form))).toEqual([
      { token: tokens.refresh?.reveal(), token_type_hint: 'refresh_token', client_id: registered.id },
      { token: tokens.access.reveal(), token_type_hint: 'access_token', client_id: registered.id },
    ]);
  });

  test('ends the grant at the server', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    const stolen = await client.record();
    await client.authorizer.signOut();
    const thief = clientOf(sandbox);
    await thief.store.update({ server: stolen.server, account: stolen.account }, async () => stolen);
    expect((await failure(thief.authorizer.refresh())).code).toBe('login_required');
  });

  test('of a confidential client proves who asks', async () => {
    const sandbox = await provider('plain', { authMethods: ['client_secret_basic'] });
    const client = await signedIn(sandbox);
    await client.authorizer.signOut();
    expect(
      sandbox.log.of('revoke').map(({ headers, status }) => [headers['authorization']?.slice(0, 6), status]),
    ).toEqual([
      ['Basic ', 200],
      ['Basic ', 200],
    ]);
  });

  test('where revocation is not offered says so', async () => {
    const sandbox = await provider('plain', { revocation: false });
    const client = await signedIn(sandbox);
    expect(await client.authorizer.signOut()).toEqual({
      revocation: 'not_offered',
      detail: `to end it there, look for mcpass among the connected apps of ${sandbox.issuer}`,
      deleted: true,
    });
    expect(sandbox.log.all).toEqual([]);
  });

  test.each([
    [{ status: 503 }, '503'],
    [
      { status: 400, body: '{"error":"invalid_request","error_description":"\\u001b[2Jno"}' },
      'invalid_request: [2Jno',
    ],
    ['reset', 'broke off'],
    [{ redirect: 'https://evil.example/revoke' }, 'redirects to'],
    // 200 is success whatever the body, but this is not the server's.
    ['html', 'the server answered with a web page, and may not have revoked it'],
  ] as const)('deletes in any case: %j', async (fault, detail) => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('revoke', fault, 9);
    const report = await client.authorizer.signOut();
    expect(report).toMatchObject({ revocation: 'failed', deleted: true });
    expect(report.detail).toContain(detail);
    expect(report.detail).toContain(`among the connected apps of ${sandbox.issuer}`);
    expect(await client.authorizer.record()).toBeUndefined();
  });

  test('of a server that says nothing is over in ten seconds, for both tokens together', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { clock });
    sandbox.fault('revoke', { delay: 60_000 }, 9);
    const report = client.authorizer.signOut();
    while (sandbox.log.of('revoke').length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await client.authorizer.record()).toBeUndefined();
    clock.advance(10_000);
    expect(await report).toMatchObject({ revocation: 'failed', deleted: true });
    expect((await report).detail).toContain('did not answer within 10 seconds');
    expect(sandbox.log.of('revoke')).toHaveLength(1);
    expect(clock.deadlines).toBe(0);
  });

  test('is enough when the server takes back refresh tokens only', async () => {
    const { server, client } = await scriptedProvider((origin) => ({
      'GET /.well-known/oauth-authorization-server': {
        body: {
          issuer: origin,
          authorization_endpoint: `${origin}/authorize`,
          token_endpoint: `${origin}/token`,
          registration_endpoint: `${origin}/register`,
          revocation_endpoint: `${origin}/revoke`,
          code_challenge_methods_supported: ['S256'],
        },
      },
      'POST /revoke': ({ form }) =>
        form.get('token_type_hint') === 'refresh_token'
          ? { status: 200 }
          : { status: 400, body: { error: 'unsupported_token_type' } },
    }));
    const one = client();
    await one.authorizer.signIn();
    expect(await one.authorizer.signOut()).toEqual({ revocation: 'revoked', deleted: true });
    expect(server.to('POST /revoke')).toHaveLength(2);
  });

  test('without the secret that the server wants still deletes', async () => {
    const sandbox = await provider('pre-registered');
    const client = { id: 'sandbox-client', secret: async () => new Secret('sandbox-secret') };
    const one = await signedIn(sandbox, { settings: { client } });
    const forgetful = clientOf(sandbox, { store: one.store, settings: { client: { id: 'sandbox-client' } } });
    const report = await forgetful.authorizer.signOut();
    expect(report).toMatchObject({ revocation: 'failed', deleted: true });
    expect(report.detail).toContain('needs its secret');
    expect(await one.authorizer.record()).toBeUndefined();
  });

  test('of nobody is nothing', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox);
    expect(await client.authorizer.signOut()).toEqual({ revocation: 'nothing_to_revoke', deleted: false });
    expect(sandbox.log.all).toEqual([]);
  });

  test('concerns one account only', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    const other = await signedIn(sandbox, { store: client.store, settings: { account: 'work' } });
    await client.authorizer.signOut();
    expect((await other.record()).account).toBe('work');
    expect((await call(other)).status).toBe(200);
  });

  test('while a refresh is under way: the refresh does not bring it back', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('token', { delay: 60 });
    const refresh = client.authorizer.refresh();
    while (sandbox.log.of('token').length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const report = client.authorizer.signOut();
    const renewed = (await refresh).grant?.tokens.refresh?.reveal();
    expect(await report).toMatchObject({ deleted: true });
    expect(await client.authorizer.record()).toBeUndefined();
    // It is the new token that was revoked.
    expect(sandbox.log.of('revoke')[0]?.form.get('token')).toBe(renewed);
  });
});

describe('signing out and keeping the client', () => {
  test('keeps the registration, and nothing else', async () => {
    const sandbox = await provider('plain', { authMethods: ['client_secret_basic'] });
    const client = await signedIn(sandbox);
    const { client: registered } = (await client.record()).grant;
    await client.authorizer.signOut({ keepClient: true });
    const { generation: _, ...left } = (await client.authorizer.record()) ?? {};
    expect(left).toEqual({ version: 1, server: sandbox.url, account: 'default', registration: registered });
    await client.authorizer.signIn();
    expect(sandbox.log.of('register')).toEqual([]);
  });

  test('keeps none that the server has refused', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.forgetClients();
    await failure(client.authorizer.refresh());
    await client.authorizer.signOut({ keepClient: true });
    expect(await client.authorizer.record()).toBeUndefined();
  });

  test('keeps none that was not registered by us', async () => {
    const sandbox = await provider('cimd');
    const client = await signedIn(sandbox, { settings: { clientMetadataUrl: sandbox.clientDocumentUrl } });
    await client.authorizer.signOut({ keepClient: true });
    expect(await client.authorizer.record()).toBeUndefined();
  });
});
