import { describe, expect, test } from 'vitest';
import { PROFILES, QUIRKS, startSandbox, type ProfileName } from '../src/index.js';
import { metadataOf, register, registrationBody, postJson, signIn } from './support/oauth.js';
import { openCallback } from './support/callback.js';
import { createPkce, postForm } from './support/oauth.js';
import { newRpc, rpc } from './support/rpc.js';
import { sandboxes } from './support/sandboxes.js';

const start = sandboxes();

describe('the catalogue', () => {
  test('every profile has a summary that fits a line, and facts with a mark and a source each', () => {
    for (const [name, { summary, facts }] of Object.entries(PROFILES)) {
      expect(summary.length, name).toBeLessThan(125);
      expect(facts.length, name).toBeGreaterThan(0);
      for (const fact of facts) expect(fact, name).toMatch(/^\S.* \[[CDRI] \S+\]$/);
    }
  });

  test('every profile starts and answers', async () => {
    for (const name of Object.keys(PROFILES) as ProfileName[]) {
      const sandbox = await start(name);
      const answer = await rpc(sandbox, 'tools/call', { name: 'whoami' });
      const isOpen = ['zapier', 'grafana'].includes(name);
      expect(answer.status, name).toBe(isOpen ? (name === 'zapier' ? 200 : 400) : 401);
    }
  });

  test('every quirk starts on top of plain, and says in a line what it does', async () => {
    for (const [name, { summary }] of Object.entries(QUIRKS)) {
      expect(summary.length, name).toBeLessThan(100);
      const sandbox = await start('plain', { with: [name] });
      expect((await rpc(sandbox, 'initialize')).status, name).toBeGreaterThanOrEqual(200);
    }
  });

  test('quirks add up: rules are collected, and of anything else the later one counts', async () => {
    const { quirks } = await start('plain', {
      with: [
        'registration-scope',
        'registration-name',
        'rotate-none',
        'rotate-grace',
        'token-503',
        'metadata-503',
      ],
    });
    expect(quirks.registrationRefuses).toEqual(['no-scope', 'no-name']);
    expect(quirks.rotation).toEqual({ leewaySeconds: 30 });
    expect(Object.keys(quirks.faults)).toEqual(['token', 'metadata']);
    expect(quirks.resourceScopes).toEqual(['mcp:read', 'mcp:write']);
  });

  test('a quirk that does not exist is no sandbox', async () => {
    await expect(startSandbox('plain', { with: ['toString'] })).rejects.toThrow(
      'no quirk is called toString',
    );
  });
});

describe('plain', () => {
  test('a whole sign-in, as the log sees it', async () => {
    const sandbox = await start('plain');
    await rpc(sandbox, 'initialize');
    const flow = await signIn(sandbox, { scope: 'mcp:read' });
    expect(flow.callback.get('iss')).toBe(sandbox.issuer);
    expect(flow.callback.get('state')).toBe('some-state');
    const { json } = await flow.exchange();
    const answer = await newRpc(sandbox, 'tools/call', { name: 'whoami' }, { token: json['access_token'] });
    expect(answer.json['result']).toMatchObject({
      structuredContent: { subject: 'ada@sandbox.test', scopes: ['mcp:read'] },
    });
    expect(sandbox.log.paths()).toEqual([
      'POST /mcp',
      'GET /.well-known/oauth-authorization-server',
      'GET /.well-known/oauth-authorization-server',
      'POST /register',
      'GET /authorize',
      'POST /consent',
      'POST /token',
      'POST /mcp',
    ]);
  });
});

describe('cimd', () => {
  test('fetches the document and takes its client', async () => {
    const sandbox = await start('cimd');
    expect(await metadataOf(sandbox)).toMatchObject({ client_id_metadata_document_supported: true });
    expect(await metadataOf(sandbox)).not.toHaveProperty('registration_endpoint');
    const flow = await signIn(sandbox, { clientId: sandbox.clientDocumentUrl });
    expect((await flow.exchange()).status).toBe(200);
    expect(sandbox.log.of('client-document')).toHaveLength(1);
  });

  test('refuses a document with another client_id, a missing one, and a plain client id', async () => {
    const sandbox = await start('cimd');
    for (const clientId of [
      `${sandbox.clientDocumentUrl}?copy`,
      `${sandbox.issuer}/nothing.json`,
      'client-1',
    ]) {
      const flow = await signIn(sandbox, { clientId });
      expect(flow.html).toContain('unknown client');
      expect(flow.callback.size).toBe(0);
    }
  });

  test('may know the document at consent and forget it at the token endpoint', async () => {
    const sandbox = await start('cimd', { clientDocuments: 'token-refuses' });
    const flow = await signIn(sandbox, { clientId: sandbox.clientDocumentUrl });
    expect((await flow.exchange()).json).toMatchObject({ error: 'invalid_client' });
  });
});

describe('pre-registered', () => {
  const basic = { authorization: `Basic ${btoa('sandbox-client:sandbox-secret')}` };

  test('takes its one client, with a Basic header', async () => {
    const sandbox = await start('pre-registered');
    const flow = await signIn(sandbox, { clientId: 'sandbox-client' });
    expect((await flow.exchange({ client_id: undefined }, basic)).status).toBe(200);
  });

  test('has no registration, and no other way in', async () => {
    const sandbox = await start('pre-registered');
    expect((await postJson(`${sandbox.issuer}/register`, registrationBody())).status).toBe(404);
    const flow = await signIn(sandbox, { clientId: 'sandbox-client' });
    expect((await flow.exchange()).status).toBe(401);
    expect((await flow.exchange({ client_secret: 'sandbox-secret' })).json).toMatchObject({
      error: 'invalid_client',
    });
  });
});

describe('stepup', () => {
  test('connects anybody, wants a scope for the list and another one to write', async () => {
    const sandbox = await start('stepup');
    expect((await rpc(sandbox, 'initialize', { protocolVersion: '2025-11-25' })).status).toBe(200);
    expect((await newRpc(sandbox, 'server/discover')).status).toBe(200);
    const list = await rpc(sandbox, 'tools/list');
    expect(list.status).toBe(401);
    expect(list.headers.get('www-authenticate')).toContain('scope="mcp:basic"');

    const basic = (await (await signIn(sandbox, { scope: 'mcp:basic' })).exchange()).json['access_token'];
    expect((await rpc(sandbox, 'tools/list', {}, { token: basic })).status).toBe(200);
    const write = { name: 'write', arguments: { text: 'x' } };
    const refused = await rpc(sandbox, 'tools/call', write, { token: basic });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toMatch(/error="insufficient_scope".*scope="mcp:write"/);

    const both = (await (await signIn(sandbox, { scope: 'mcp:basic mcp:write' })).exchange()).json[
      'access_token'
    ];
    expect((await rpc(sandbox, 'tools/call', write, { token: both })).status).toBe(200);
  });

  test('registration pins the scopes', async () => {
    const sandbox = await start('stepup');
    const flow = await signIn(sandbox, { scope: 'mcp:basic', authorize: { scope: 'mcp:basic mcp:write' } });
    expect(flow.callback.get('error')).toBe('invalid_scope');
  });
});

describe('legacy-2025-03', () => {
  test('no resource metadata, a bare challenge, metadata at the MCP origin', async () => {
    const sandbox = await start('legacy-2025-03');
    const answer = await rpc(sandbox, 'initialize');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    for (const path of [
      '/.well-known/oauth-protected-resource/mcp',
      '/.well-known/oauth-protected-resource',
    ]) {
      expect((await fetch(new URL(path, sandbox.url))).status).toBe(404);
    }
    expect(sandbox.issuer).toBe(new URL(sandbox.url).origin);
    expect(await metadataOf(sandbox)).toMatchObject({ token_endpoint: `${sandbox.issuer}/oauth/token` });
    const { json } = await (await signIn(sandbox, { resource: undefined })).exchange();
    const options = { token: json['access_token'] };
    const initialized = await rpc(sandbox, 'initialize', { protocolVersion: '2025-11-25' }, options);
    expect(initialized.json['result']).toMatchObject({ protocolVersion: '2025-03-26' });
  });

  test('the bare variant has nothing but the default endpoints', async () => {
    const sandbox = await start('legacy-2025-03-bare');
    const origin = sandbox.issuer;
    expect((await fetch(`${origin}/.well-known/oauth-authorization-server`)).status).toBe(404);
    await using callback = await openCallback();
    const registered = await postJson(
      `${origin}/register`,
      registrationBody({ redirect_uris: [callback.url] }),
    );
    const clientId = String(registered.json['client_id']);
    const pkce = createPkce();
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: callback.url,
      code_challenge: pkce.challenge,
      code_challenge_method: 'S256',
    });
    await sandbox.user().open(`${origin}/authorize?${query}`);
    const answer = await postForm(`${origin}/token`, {
      grant_type: 'authorization_code',
      code: callback.calls[0]?.get('code') ?? '',
      redirect_uri: callback.url,
      client_id: clientId,
      code_verifier: pkce.verifier,
    });
    expect(answer.status).toBe(200);
    expect((await rpc(sandbox, 'tools/list', {}, { token: answer.json['access_token'] })).status).toBe(200);
  });
});

test('any option of a profile can be overridden', async () => {
  const sandbox = await start('fastmail', {
    registrationRefuses: [],
    redirectPolicy: 'any',
    serverScopes: undefined,
  });
  expect((await register(sandbox)).status).toBe(201);
  expect(await metadataOf(sandbox)).not.toHaveProperty('scopes_supported');
});
