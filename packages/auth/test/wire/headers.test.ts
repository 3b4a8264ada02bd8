import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { resourceLines, scriptedProvider, serverLines } from '../support/scripted-provider.js';
import { scriptServer } from '../support/script.js';

const HEADERS = { 'X-Tenant': 'SECRET-TENANT' };

describe('a configured header', () => {
  test('goes to the origin of the server, its metadata included, and to no other', async () => {
    const sandbox = await provider('plain', { requiredHeader: { name: 'x-tenant', value: 'SECRET-TENANT' } });
    const client = clientOf(sandbox, { settings: { headers: HEADERS } });
    await client.authorizer.signIn();
    expect((await call(client)).status).toBe(200);
    await client.authorizer.refresh();
    await client.authorizer.signOut();
    for (const { server, headers } of sandbox.log.all) {
      expect(headers['x-tenant']).toBe(server === 'resource' ? 'SECRET-TENANT' : undefined);
    }
    expect(sandbox.log.of('resource-metadata')).toHaveLength(1);
    // The negative: that server lets nobody in without it.
    expect((await failure(clientOf(sandbox).authorizer.signIn())).code).toBe('resource_metadata_invalid');
  });

  test('does not follow a redirect of the metadata elsewhere', async () => {
    const elsewhere = await scriptServer();
    const { server, client } = await scriptedProvider((origin) => {
      elsewhere.learn({
        'GET /prm.json': { body: { resource: `${origin}/mcp`, authorization_servers: [origin] } },
      });
      return {
        'GET /.well-known/oauth-protected-resource/mcp': {
          status: 307,
          headers: { location: `${elsewhere.origin}/prm.json` },
        },
      };
    });
    await client({ settings: { headers: HEADERS } }).authorizer.signIn();
    expect(elsewhere.seen.map(({ headers }) => headers['x-tenant'])).toEqual([undefined]);
    expect(server.to('POST /mcp')[0]?.headers['x-tenant']).toBe('SECRET-TENANT');
  });

  test('never stands beside one of ours, however it is spelled', async () => {
    const { server, client } = await scriptedProvider((origin) => ({
      ...resourceLines(origin, [origin]),
      ...serverLines(origin),
      'POST /register': {
        status: 201,
        body: { client_id: 'id', client_secret: 's', token_endpoint_auth_method: 'client_secret_basic' },
      },
    }));
    const headers = { Authorization: 'Basic mine', 'Content-Type': 'text/plain', ACCEPT: 'text/html' };
    const one = client({ settings: { auth: 'oauth', headers } });
    await one.authorizer.signIn();
    await call(one);
    const [token] = server.to('POST /token');
    expect(token?.headers).toMatchObject({
      authorization: `Basic ${btoa('id:s')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    });
    expect(server.to('POST /mcp').at(-1)?.headers['authorization']).toBe('Bearer at-1');
  });

  test('is in no event', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { settings: { headers: HEADERS } });
    await call(client);
    expect(JSON.stringify(client.events)).not.toContain('SECRET-TENANT');
  });
});

describe('another origin', () => {
  test('gets neither token nor header through the authorizing fetch', async () => {
    const sandbox = await provider('plain');
    const other = await scriptServer({ 'GET /': { body: { hello: true } } });
    const client = await signedIn(sandbox, { settings: { headers: HEADERS } });
    const response = await client.authorizer.fetch(`${other.origin}/`, { headers: { 'x-own': 'yes' } });
    expect(await response.json()).toEqual({ hello: true });
    expect(
      other.seen.map(({ headers }) => [headers['authorization'], headers['x-tenant'], headers['x-own']]),
    ).toEqual([[undefined, undefined, 'yes']]);
  });

  test('cannot make us sign in by a challenge of its own', async () => {
    const sandbox = await provider('plain');
    const evil = await scriptServer();
    evil.learn({
      'GET /': {
        status: 401,
        headers: { 'www-authenticate': `Bearer resource_metadata="${evil.origin}/prm", scope="admin"` },
      },
      'GET /prm': { body: { resource: sandbox.url, authorization_servers: [evil.origin] } },
      ...serverLines(evil.origin),
    });
    const client = await signedIn(sandbox, { signIn: 'when_needed' });
    const before = await client.record();
    const response = await client.authorizer.fetch(`${evil.origin}/`);
    expect(response.status).toBe(401);
    expect(evil.paths()).toEqual(['GET /']);
    expect(client.user.shown).toHaveLength(1);
    expect(await client.record()).toEqual(before);
  });

  test('is reached with its redirects, as by any fetch', async () => {
    const sandbox = await provider('plain');
    const other = await scriptServer({
      'GET /a': { status: 302, headers: { location: '/b' } },
      'GET /b': { body: 'there' },
    });
    const client = await signedIn(sandbox);
    expect(await (await client.authorizer.fetch(`${other.origin}/a`)).text()).toBe('there');
  });

  test('is one with another port, scheme or host', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    const { port } = new URL(sandbox.url);
    for (const url of [
      `https://127.0.0.1:${port}/mcp`,
      `http://localhost:${port}/mcp`,
      'http://127.0.0.1:1/mcp',
    ]) {
      expect(
        (await client.authorizer.headersFor(new URL(url), { repeats: 0, stepUps: 0 }, 'POST')).headers,
      ).toEqual({});
    }
    const { headers } = await client.authorizer.headersFor(
      new URL(`http://127.0.0.1:${port}/other`),
      {
        repeats: 0,
        stepUps: 0,
      },
      'POST',
    );
    expect(headers['authorization']).toMatch(/^Bearer /);
  });
});
