import { createServer } from 'node:http';

import { describe, expect, test } from 'vitest';

import { failure, type TestClient } from '../support/client.js';
import { type Line, scriptServer } from '../support/script.js';
import { INITIALIZE, scriptedProvider, serverDocument, TOKENS } from '../support/scripted-provider.js';

const METADATA = 'GET /.well-known/oauth-authorization-server';
const RENEWED = { ...TOKENS, access_token: 'at-2', refresh_token: 'rt-2' };

type Scene = Awaited<ReturnType<typeof scene>>;

/** Somebody has signed in, and since then the provider has put its house in order. */
async function scene(since: (origin: string) => Readonly<Record<string, Line | undefined>>) {
  const provider = await scriptedProvider();
  const client = provider.client();
  await client.authorizer.signIn();
  const { server } = provider;
  server.learn({ 'POST /token': undefined, ...since(server.origin) });
  const known = server.seen.length;
  return { provider, client, server, since: () => server.paths().slice(known) };
}

const moved = (members: (origin: string) => object): Promise<Scene> =>
  scene((origin) => ({
    [METADATA]: { body: serverDocument(origin, members(origin)) },
    'POST /oauth/token': { body: RENEWED },
  }));

async function accessTokenOf(client: TestClient): Promise<string | undefined> {
  return (await client.record()).grant.tokens.access.reveal();
}

describe('a token endpoint that is gone', () => {
  test('is looked up again, and the grant renewed where it is now', async () => {
    const { client, server, since } = await moved((origin) => ({ token_endpoint: `${origin}/oauth/token` }));
    await client.authorizer.refresh();
    expect(since()).toEqual(['POST /token', METADATA, 'POST /oauth/token']);
    expect(server.to('POST /oauth/token')[0]?.form.get('refresh_token')).toBe('rt-1');
    expect(await accessTokenOf(client)).toBe('at-2');
    expect(client.decisions('token endpoint moved')).toEqual([
      { from: `${server.origin}/token`, to: `${server.origin}/oauth/token` },
    ]);
  });

  test('is remembered where it is', async () => {
    const { client, since } = await moved((origin) => ({
      token_endpoint: `${origin}/oauth/token`,
      revocation_endpoint: `${origin}/revoke`,
    }));
    await client.authorizer.refresh();
    await client.authorizer.refresh();
    expect(since().slice(3)).toEqual(['POST /oauth/token']);
    expect((await client.record()).grant.endpoints).toMatchObject({
      revocation: expect.stringMatching(/\/revoke$/) as string,
    });
  });

  test('on a host of its own that answers no more', async () => {
    const tokens = await scriptServer({ 'POST /token': { body: TOKENS } });
    const provider = await scriptedProvider((origin) => ({
      [METADATA]: { body: serverDocument(origin, { token_endpoint: `${tokens.origin}/token` }) },
    }));
    const client = provider.client();
    await client.authorizer.signIn();
    const closed = await closedOrigin();
    await client.rewrite((record) => ({
      ...record,
      ...(record.grant && {
        grant: { ...record.grant, endpoints: { ...record.grant.endpoints, token: `${closed}/token` } },
      }),
    }));
    tokens.learn({ 'POST /token': { body: RENEWED } });
    await client.authorizer.refresh();
    expect(await accessTokenOf(client)).toBe('at-2');
  });

  test.each<[what: string, members: (origin: string) => object]>([
    ['the same endpoint', () => ({})],
    ['another issuer', (origin) => ({ issuer: `${origin}/other`, token_endpoint: `${origin}/oauth/token` })],
    ['an endpoint without https', () => ({ token_endpoint: 'http://evil.example/token' })],
    [
      'no PKCE',
      (origin) => ({ code_challenge_methods_supported: ['plain'], token_endpoint: `${origin}/oauth/token` }),
    ],
  ])('stays gone where the metadata has %s: everything is kept', async (_, members) => {
    const { client, since } = await moved(members);
    const error = await failure(client.authorizer.refresh());
    expect(error).toMatchObject({ code: 'token_refused', facts: { status: 404 } });
    expect(since()).not.toContain('POST /oauth/token');
    expect(since().filter((path) => path === 'POST /token')).toHaveLength(1);
    const { grant, signInNeeded, lastRefresh } = await client.record();
    expect(grant.tokens.refresh?.reveal()).toBe('rt-1');
    expect(signInNeeded).toBeUndefined();
    expect(lastRefresh).toMatchObject({ outcome: 'failed' });
  });

  test.each<[what: string, line: Line]>([
    ['a refusal with status 404', { status: 404, body: { error: 'invalid_grant' } }],
    ['a server in trouble', { status: 503 }],
    ['success', { body: RENEWED }],
  ])('is not what %s means: nothing is looked up', async (_, line) => {
    const { client, since } = await scene((origin) => ({
      [METADATA]: { body: serverDocument(origin, { token_endpoint: `${origin}/oauth/token` }) },
      'POST /token': line,
    }));
    await client.authorizer.refresh().catch(() => undefined);
    expect(since()).toEqual(['POST /token']);
  });

  test('nor is anything looked up at a server that is out of reach as a whole', async () => {
    const { client } = await scene(() => ({}));
    const closed = await closedOrigin();
    await client.rewrite((record) => ({
      ...record,
      ...(record.grant && {
        grant: { ...record.grant, issuer: closed, endpoints: { token: `${closed}/token` } },
      }),
    }));
    const before = client.events.length;
    expect((await failure(client.authorizer.refresh())).code).toBe('connect_failed');
    expect(client.events.slice(before).filter(({ type }) => type === 'request')).toHaveLength(1);
  });

  test('with an override that lets another host use the issuer, only a sign-in helps', async () => {
    const provider = await scriptedProvider();
    const { origin } = provider.server;
    const client = provider.client({ settings: { unsafe: { trustedIssuer: origin } } });
    await client.authorizer.signIn();
    provider.server.learn({
      'POST /token': undefined,
      [METADATA]: { body: serverDocument(origin, { token_endpoint: `${origin}/oauth/token` }) },
      'POST /oauth/token': { body: RENEWED },
    });
    expect((await failure(client.authorizer.refresh())).code).toBe('token_refused');
    expect(provider.server.to('POST /oauth/token')).toEqual([]);
  });

  test('while the access token lives, the call goes through with it', async () => {
    const { provider, client } = await scene(() => ({ [METADATA]: { status: 404 } }));
    expect((await client.authorizer.fetch(provider.url, INITIALIZE)).status).toBe(200);
    expect(await accessTokenOf(client)).toBe('at-1');
  });
});

/** Where nobody listens. */
async function closedOrigin(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
