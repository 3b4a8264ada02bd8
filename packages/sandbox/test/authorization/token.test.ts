import { describe, expect, test } from 'vitest';
import { metadataOf, postForm, signIn } from '../support/oauth.js';
import { rpc } from '../support/rpc.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

describe('a code', () => {
  test('is for the client, the redirect URI and the verifier it was made for', async () => {
    const sandbox = await start('plain');
    const flow = await signIn(sandbox);
    const stranger = await signIn(sandbox);
    for (const wrong of [
      { client_id: stranger.clientId },
      { redirect_uri: `${flow.redirectUri}/` },
      { redirect_uri: undefined },
      { code_verifier: stranger.verifier },
      { code_verifier: undefined },
      { code: 'code-made-up' },
    ]) {
      const answer = await flow.exchange(wrong);
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_grant']);
    }
    expect((await flow.exchange({ resource: 'https://other.test' })).json).toMatchObject({
      error: 'invalid_target',
    });
    expect((await flow.exchange()).status).toBe(200);
  });

  test('works once; a second time ends everything that came of it', async () => {
    const sandbox = await start('plain');
    const flow = await signIn(sandbox);
    const { json } = await flow.exchange();
    expect((await rpc(sandbox, 'tools/list', {}, { token: json['access_token'] })).status).toBe(200);
    expect((await flow.exchange()).json).toMatchObject({ error: 'invalid_grant' });
    expect((await rpc(sandbox, 'tools/list', {}, { token: json['access_token'] })).status).toBe(401);
    expect((await flow.refresh(json['refresh_token'])).json).toMatchObject({ error: 'invalid_grant' });
  });

  test('dies after a minute', async () => {
    const sandbox = await start('plain');
    const flow = await signIn(sandbox);
    sandbox.advanceClock(61);
    expect((await flow.exchange()).json).toMatchObject({
      error: 'invalid_grant',
      error_description: 'code expired',
    });
  });
});

describe('a refresh token', () => {
  test('is replaced, and using the old one ends the family', async () => {
    const sandbox = await start('plain');
    const flow = await signIn(sandbox);
    const first = (await flow.exchange()).json;
    const second = (await flow.refresh(first['refresh_token'])).json;
    expect(second['refresh_token']).not.toBe(first['refresh_token']);
    expect((await flow.refresh(first['refresh_token'])).json).toMatchObject({ error: 'invalid_grant' });
    expect((await flow.refresh(second['refresh_token'])).json).toMatchObject({
      error: 'invalid_grant',
      error_description: 'OAuth grant revoked',
    });
    expect((await rpc(sandbox, 'tools/list', {}, { token: second['access_token'] })).status).toBe(401);
  });

  test('of two uses at once, one wins and both lose what they got', async () => {
    const flow = await signIn(await start('plain'));
    const { refresh_token: token } = (await flow.exchange()).json;
    const answers = await Promise.all([flow.refresh(token), flow.refresh(token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    const winner = answers.find(({ status }) => status === 200);
    expect((await flow.refresh(winner?.json['refresh_token'])).status).toBe(400);
  });

  test('stays, without rotation', async () => {
    const flow = await signIn(await start('plain', { rotation: 'none' }));
    const { refresh_token: token } = (await flow.exchange()).json;
    for (let time = 0; time < 3; time += 1) {
      expect((await flow.refresh(token)).json).toMatchObject({ refresh_token: token });
    }
  });

  test('may be used again for as long as the leeway, and not longer', async () => {
    const sandbox = await start('plain', { rotation: { leewaySeconds: 30 } });
    const flow = await signIn(sandbox);
    const { refresh_token: token } = (await flow.exchange()).json;
    const newer = (await flow.refresh(token)).json['refresh_token'];
    sandbox.advanceClock(29);
    expect((await flow.refresh(token)).status).toBe(200);
    expect((await flow.refresh(newer)).status).toBe(200);
    sandbox.advanceClock(3);
    expect((await flow.refresh(token)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await flow.refresh(newer)).json).toMatchObject({ error_description: 'OAuth grant revoked' });
  });

  test('expires, and belongs to its client', async () => {
    const sandbox = await start('plain', { refreshTokenSeconds: 100 });
    const flow = await signIn(sandbox);
    const { refresh_token: token } = (await flow.exchange()).json;
    const stranger = await signIn(sandbox);
    expect((await stranger.refresh(token)).json).toMatchObject({ error_description: 'Grant not found' });
    sandbox.advanceClock(101);
    expect((await flow.refresh(token)).json).toMatchObject({ error_description: 'refresh token expired' });
  });

  test('is issued always, never, or for offline_access', async () => {
    const issued = async (
      refreshTokens: 'always' | 'never' | 'offline_access',
      scope: string,
    ): Promise<boolean> => {
      const flow = await signIn(await start('plain', { refreshTokens }), { scope });
      return 'refresh_token' in (await flow.exchange()).json;
    };
    expect(await issued('always', 'a')).toBe(true);
    expect(await issued('never', 'a offline_access')).toBe(false);
    expect(await issued('offline_access', 'a')).toBe(false);
    expect(await issued('offline_access', 'a offline_access')).toBe(true);
  });
});

describe('a refresh', () => {
  test('may end the access tokens before it', async () => {
    const sandbox = await start('plain', { refreshRevokesAccessTokens: true });
    const flow = await signIn(sandbox);
    const first = (await flow.exchange()).json;
    const second = (await flow.refresh(first['refresh_token'])).json;
    expect((await rpc(sandbox, 'tools/list', {}, { token: first['access_token'] })).status).toBe(401);
    expect((await rpc(sandbox, 'tools/list', {}, { token: second['access_token'] })).status).toBe(200);
  });

  test('may end them some time later', async () => {
    const sandbox = await start('plain', { refreshRevokesAccessTokens: { afterSeconds: 600 } });
    const flow = await signIn(sandbox);
    const first = (await flow.exchange()).json;
    const second = (await flow.refresh(first['refresh_token'])).json;
    const status = async (token: unknown) => (await rpc(sandbox, 'tools/list', {}, { token })).status;
    expect(await status(first['access_token'])).toBe(200);
    sandbox.advanceClock(601);
    expect([await status(first['access_token']), await status(second['access_token'])]).toEqual([401, 200]);
  });

  test('without resource may give a token for somebody else', async () => {
    const sandbox = await start('plain', { audienceWithoutResource: 'issuer' });
    const flow = await signIn(sandbox);
    const first = (await flow.exchange()).json;
    expect((await rpc(sandbox, 'tools/list', {}, { token: first['access_token'] })).status).toBe(200);
    const second = (await flow.refresh(first['refresh_token'], { resource: undefined })).json;
    expect((await rpc(sandbox, 'tools/list', {}, { token: second['access_token'] })).status).toBe(401);
  });

  test('refuses a resource that the grant never had', async () => {
    const flow = await signIn(await start('plain'), { resource: undefined });
    const { refresh_token: token } = (await flow.exchange()).json;
    const answer = await flow.refresh(token, { resource: 'http://127.0.0.1:1/mcp' });
    expect(answer.json).toMatchObject({ error: 'invalid_target' });
    expect((await flow.refresh(token)).status).toBe(200);
  });

  test('takes the granted scope or less, wants it, or refuses it', async () => {
    const optional = await signIn(await start('plain'), { scope: 'a b' });
    const { refresh_token: token } = (await optional.exchange()).json;
    expect((await optional.refresh(token, { scope: 'a b c' })).json).toMatchObject({
      error: 'invalid_scope',
    });
    expect((await optional.refresh(token, { scope: 'a' })).status).toBe(200);
    const required = await signIn(await start('plain', { refreshScope: 'required' }), { scope: 'a' });
    const needing = (await required.exchange()).json['refresh_token'];
    expect((await required.refresh(needing)).json).toMatchObject({ error: 'invalid_request' });
    expect((await required.refresh(needing, { scope: 'a' })).status).toBe(200);
    const refused = await signIn(await start('plain', { refreshScope: 'refused' }), { scope: 'a' });
    const bare = (await refused.exchange()).json['refresh_token'];
    expect((await refused.refresh(bare, { scope: 'a' })).json).toMatchObject({ error: 'invalid_request' });
    expect((await refused.refresh(bare)).status).toBe(200);
  });
});

describe('an access token', () => {
  test('is a JWT or opaque', async () => {
    const kind = async (accessTokenFormat: 'jwt' | 'opaque'): Promise<string> => {
      const flow = await signIn(await start('plain', { accessTokenFormat }));
      return String((await flow.exchange()).json['access_token']);
    };
    expect((await kind('jwt')).split('.')).toHaveLength(3);
    expect(await kind('opaque')).toMatch(/^at-/);
  });

  test('can be revoked, expired and ended from outside; the refresh token survives the first two', async () => {
    const sandbox = await start('plain');
    const flow = await signIn(sandbox);
    let tokens = (await flow.exchange()).json;
    for (const end of [() => sandbox.revokeAccessTokens(), () => sandbox.expireAccessTokens()]) {
      end();
      expect((await rpc(sandbox, 'tools/list', {}, { token: tokens['access_token'] })).status).toBe(401);
      tokens = (await flow.refresh(tokens['refresh_token'])).json;
      expect((await rpc(sandbox, 'tools/list', {}, { token: tokens['access_token'] })).status).toBe(200);
    }
    sandbox.revokeGrants();
    expect((await rpc(sandbox, 'tools/list', {}, { token: tokens['access_token'] })).status).toBe(401);
    expect((await flow.refresh(tokens['refresh_token'])).status).toBe(400);
  });
});

describe('revocation', () => {
  test('of a refresh token takes everything, of an access token only that', async () => {
    const sandbox = await start('plain');
    const { revocation_endpoint: url = '' } = await metadataOf(sandbox);
    const flow = await signIn(sandbox);
    const { access_token, refresh_token } = (await flow.exchange()).json;
    const revoke = (token: unknown): Promise<{ status: number }> =>
      postForm(url, { token: String(token), client_id: flow.clientId });
    expect((await revoke(access_token)).status).toBe(200);
    expect((await rpc(sandbox, 'tools/list', {}, { token: access_token })).status).toBe(401);
    const next = (await flow.refresh(refresh_token)).json;
    expect((await revoke(next['refresh_token'])).status).toBe(200);
    expect((await flow.refresh(next['refresh_token'])).status).toBe(400);
    expect((await revoke('never-issued')).status).toBe(200);
  });

  test("leaves other clients' tokens alone, and wants to know who asks", async () => {
    const sandbox = await start('plain');
    const { revocation_endpoint: url = '' } = await metadataOf(sandbox);
    const flow = await signIn(sandbox);
    const stranger = await signIn(sandbox);
    const { access_token: token } = (await flow.exchange()).json;
    await postForm(url, { token: String(token), client_id: stranger.clientId });
    expect((await rpc(sandbox, 'tools/list', {}, { token })).status).toBe(200);
    expect((await postForm(url, { token: String(token), client_id: 'nobody' })).status).toBe(401);
  });

  test('may be missing', async () => {
    const sandbox = await start('plain', { revocation: false });
    expect((await postForm(`${sandbox.issuer}/revoke`, { token: 'x' })).status).toBe(404);
  });
});

test('another grant type, and a parameter that is sent twice', async () => {
  const sandbox = await start('plain');
  const flow = await signIn(sandbox);
  expect((await flow.exchange({ grant_type: 'password' })).json).toMatchObject({
    error: 'unsupported_grant_type',
  });
  const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: flow.clientId, resource: 'a' });
  body.append('resource', 'b');
  const twice = await fetch(`${sandbox.issuer}/token`, { method: 'POST', body });
  expect(await twice.json()).toMatchObject({ error: 'invalid_request' });
});
