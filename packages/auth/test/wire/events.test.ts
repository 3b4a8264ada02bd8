import type { Sandbox, SandboxOptions } from '@mcpass/sandbox';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';

import { failure, type TestClient } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { UNSAFE_TEXT } from '../support/unsafe-text.js';

/** Every secret that went over the wire, as both sides know it. */
async function secretsOf(sandbox: Sandbox, client: TestClient): Promise<string[]> {
  const { all } = sandbox.log;
  const names = ['code', 'code_verifier', 'refresh_token', 'client_secret', 'token'];
  const { grant } = await client.record();
  const secrets = [
    ...all.flatMap(({ form }) => names.map((name) => form.get(name))),
    ...all.flatMap(({ query }) => [query.get('state'), query.get('code_challenge')]),
    ...all.map(({ headers }) => headers['authorization']?.replace(/^\w+ /, '')),
    grant.tokens.access.reveal(),
    grant.tokens.refresh?.reveal(),
    grant.client.secret?.reveal(),
  ];
  return [...new Set(secrets)].filter((text): text is string => typeof text === 'string' && text.length > 7);
}

/** A life of a credential: signed in, used, renewed, stepped up, refused, ended. */
async function life(overrides: SandboxOptions) {
  const sandbox = await provider('stepup', overrides);
  const client = clientOf(sandbox, { signIn: 'when_needed' });
  await call(client);
  await call(client, 'tools/call', { name: 'write', arguments: { text: 'x' } });
  sandbox.revokeAccessTokens();
  await call(client);
  sandbox.fault('token', { status: 503 });
  await failure(client.authorizer.refresh());
  const secrets = await secretsOf(sandbox, client);
  await client.authorizer.signOut();
  return { client, secrets };
}

describe('no event of a whole life has a secret in it', () => {
  test.each([
    ['a public client', {}],
    ['one with a Basic header', { authMethods: ['client_secret_basic'] }],
    ['one with its secret in the body', { authMethods: ['client_secret_post'] }],
  ] as [string, SandboxOptions][])('%s', async (_, overrides) => {
    const { client, secrets } = await life(overrides);
    expect(secrets.length).toBeGreaterThan(10);
    expect(client.events.length).toBeGreaterThan(60);
    const shown = JSON.stringify(client.events) + inspect(client.events, { depth: 9 });
    for (const secret of secrets) expect(shown).not.toContain(secret);
  });

  test('nor has an error, with all that hangs on it', async () => {
    const sandbox = await provider('plain', { authMethods: ['client_secret_post'] });
    const client = await signedIn(sandbox);
    const errors = [];
    for (const body of ['{"error":"invalid_request"}', '<html>', '{"error":"invalid_grant"}']) {
      sandbox.fault('token', { status: 400, body });
      errors.push(await failure(client.authorizer.refresh()));
    }
    sandbox.fault('token', 'reset', 9);
    errors.push(await failure(client.authorizer.signIn({ force: true })));
    const shown = errors.map((error) => inspect(error, { depth: 9, showHidden: true })).join('\n');
    for (const secret of await secretsOf(sandbox, client)) expect(shown).not.toContain(secret);
  });
});

describe('the stream of events', () => {
  test('has every request with its answer, in order', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    await call(client);
    const traffic = client.events.flatMap((event) =>
      event.type === 'request' || event.type === 'answer'
        ? [`${event.type} ${event.step} ${new URL(event.url).pathname}`]
        : [],
    );
    expect(traffic).toEqual([
      'request challenge /mcp',
      'answer challenge /mcp',
      'request resource /.well-known/oauth-protected-resource/mcp',
      'answer resource /.well-known/oauth-protected-resource/mcp',
      'request server /.well-known/oauth-authorization-server',
      'answer server /.well-known/oauth-authorization-server',
      'request client /register',
      'answer client /register',
      'request token /token',
      'answer token /token',
      'request session /mcp',
      'answer session /mcp',
    ]);
  });

  test('says when there was no answer, and why', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('mcp', 'reset');
    expect((await failure(call(client))).code).toBe('connection_lost');
    expect(client.events.at(-1)).toMatchObject({
      type: 'no_answer',
      step: 'session',
      code: 'connection_lost',
    });
  });

  test('shows the parameters of the authorization URL, but for what ties it to this attempt', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    const [facts] = client.decisions('authorization URL');
    expect(Object.keys(facts ?? {}).sort()).toEqual([
      'client_id',
      'code_challenge_method',
      'endpoint',
      'redirect_uri',
      'resource',
      'response_type',
      'scope',
    ]);
  });

  test('says whether a refresh token came and when the token ends', async () => {
    const sandbox = await provider('plain', { refreshTokens: 'never', accessTokenSeconds: 120 });
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect(client.decisions('token')).toMatchObject([{ refresh_token: 'none came', expires_in: 120 }]);
  });

  test('says that it waits for a person, and when that is over', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect(client.events.filter(({ type }) => type === 'consent')).toEqual([
      { type: 'consent', waiting: true },
      { type: 'consent', waiting: false },
    ]);
  });
});

describe('foreign text', () => {
  const nasty = '\u001b]0;owned\u0007\u009b31m\u202e\ud800';

  test('in metadata, challenges and errors is plain in every event and error', async () => {
    const sandbox = await provider('plain', {
      resourceScopes: [`a${nasty}`],
      serverScopes: [`b${nasty}`],
      errorText: nasty.repeat(50),
      metadataMembers: { registration_endpoint: `https://as.example/${nasty}`.repeat(3) },
    });
    const client = clientOf(sandbox, { as: 'denies' });
    const error = await failure(client.authorizer.signIn());
    const shown = [error.message, ...Object.values(error.facts), ...client.events.flatMap(texts)];
    for (const text of shown.map(String)) {
      expect(text).not.toMatch(UNSAFE_TEXT);
      expect(text.length).toBeLessThan(1_000);
    }
  });

  test('in an issuer, too', async () => {
    const sandbox = await provider('plain', {
      resourceMetadataMembers: { authorization_servers: [`https://as.example/${nasty}`] },
    });
    const client = clientOf(sandbox, { fetch: (input, init) => fetch(rewrite(input, sandbox), init) });
    const error = await failure(client.authorizer.signIn());
    expect(error.code).toBe('server_metadata_missing');
    for (const text of [error.message, ...Object.values(error.facts), ...client.events.flatMap(texts)].map(
      String,
    )) {
      expect(text).not.toMatch(UNSAFE_TEXT);
    }
  });
});

/** A name that only this test knows. */
function rewrite(input: Parameters<typeof fetch>[0], sandbox: Sandbox): string {
  return String(input).replace(/^https:\/\/as\.example/, sandbox.issuer);
}

/** All texts in an event, as they are: JSON would escape what is looked for. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}
