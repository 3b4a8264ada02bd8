import { Secret } from '../../src/index.js';
import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { simulatedClock } from '../support/simulated-clock.js';

/** A client of a provider that has since moved to another authorization server. */
async function moved(
  overrides: Parameters<typeof provider>[1] = {},
  signIn: 'never' | 'when_needed' = 'when_needed',
) {
  const sandbox = await provider('plain', overrides);
  const clock = simulatedClock();
  const client = await signedIn(sandbox, { signIn, clock });
  expect((await call(client)).status).toBe(200);
  clock.advance(61_000);
  const before = await client.record();
  await sandbox.migrate();
  sandbox.log.clear();
  return { sandbox, client, before };
}

describe('when a server moves to another authorization server', () => {
  test('the next refused call leads to a sign-in there, with a client of its own', async () => {
    const { sandbox, client, before } = await moved();
    expect((await call(client)).status).toBe(200);
    const { grant } = await client.record();
    expect(grant.issuer).toBe(sandbox.issuer);
    expect(grant.issuer).not.toBe(before.grant.issuer);
    expect(grant.client.id).not.toBe(before.grant.client.id);
    expect(grant.client.issuer).toBe(sandbox.issuer);
    expect(sandbox.log.of('register')).toHaveLength(1);
    expect(client.user.shown).toHaveLength(2);
  });

  test('nothing of the old one ever reaches the new one', async () => {
    const { sandbox, client, before } = await moved({ authMethods: ['client_secret_basic'] });
    const secrets = [before.grant.tokens.access, before.grant.tokens.refresh, before.grant.client.secret].map(
      (secret) => secret?.reveal() ?? 'absent',
    );
    expect(secrets).not.toContain('absent');
    await call(client);
    // The log has both servers of the provider; requests to the old one go to its own port.
    const port = new URL(sandbox.issuer).port;
    const toNew = sandbox.log
      .to('authorization')
      .filter(({ headers }) => headers['host']?.endsWith(`:${port}`));
    expect(toNew.length).toBeGreaterThan(3);
    for (const { headers, body, query } of toNew) {
      const basic =
        headers['authorization']?.startsWith('Basic ') === true
          ? atob(headers['authorization'].slice(6))
          : '';
      const everything = [body, basic, String(query), headers['authorization']].join('\n');
      for (const secret of [...secrets, before.grant.client.id]) expect(everything).not.toContain(secret);
    }
  });

  test('a refresh goes to the one that issued the token', async () => {
    const { sandbox, client, before } = await moved();
    await client.authorizer.refresh();
    const [request] = sandbox.log.of('token');
    expect(`http://${request?.headers['host']}`).toBe(before.grant.issuer);
  });

  test('without a browser the person is told to sign in', async () => {
    const { sandbox, client, before } = await moved({}, 'never');
    const later = clientOf(sandbox, { store: client.store });
    expect((await failure(call(later))).code).toBe('login_required');
    expect((await client.record()).grant.client).toEqual(before.grant.client);
    expect(sandbox.log.of('register')).toEqual([]);
  });

  test('the old scopes are not carried over', async () => {
    const { client } = await moved({ challengeScope: 'mcp:read' });
    await client.authorizer.signIn({ scopes: ['extra'], force: true });
    const later = await moved({ challengeScope: 'mcp:read' });
    await call(later.client);
    expect((await later.client.record()).grant.requestedScopes).toEqual(['mcp:read']);
  });

  test('a client that is a metadata document goes along', async () => {
    const sandbox = await provider('cimd');
    const client = await signedIn(sandbox, { settings: { clientMetadataUrl: sandbox.clientDocumentUrl } });
    await sandbox.migrate();
    await client.authorizer.signIn({ force: true });
    expect((await client.record()).grant).toMatchObject({
      issuer: sandbox.issuer,
      client: { id: sandbox.clientDocumentUrl, issuer: sandbox.issuer },
    });
  });

  test('and the registration there fails, the old sign-in is left as it was', async () => {
    const { sandbox, client, before } = await moved();
    sandbox.fault('register', { status: 403 }, 9);
    expect((await failure(client.authorizer.signIn({ force: true }))).code).toBe('registration_refused');
    expect((await client.record()).grant).toEqual(before.grant);
  });
});

test('a registration that was made for one issuer is not used at another', async () => {
  const sandbox = await provider('plain');
  const client = clientOf(sandbox, { as: 'denies' });
  await failure(client.authorizer.signIn());
  const before = (await client.authorizer.record())?.registration?.id;
  await sandbox.migrate();
  await failure(client.authorizer.signIn());
  expect(sandbox.log.of('register')).toHaveLength(2);
  expect((await client.authorizer.record())?.registration?.id).not.toBe(before);
});

describe('under an override that trusts an issuer by its name', () => {
  const NAME = 'https://id.example';
  const quirks = { metadataIssuer: NAME, iss: NAME } as const;
  const unsafe = { trustedIssuer: NAME };

  test('another authorization server of that name gets a client of its own', async () => {
    const sandbox = await provider('plain', quirks);
    const client = await signedIn(sandbox, { settings: { unsafe } });
    const before = await client.record();
    await sandbox.migrate();
    await client.authorizer.signIn({ force: true });
    expect(sandbox.log.of('register')).toHaveLength(1);
    expect((await client.record()).grant.client.id).not.toBe(before.grant.client.id);
  });

  test('a client that was brought does not go there', async () => {
    const sandbox = await provider('pre-registered', quirks);
    const secret = () => Promise.resolve(new Secret('sandbox-secret'));
    const settings = { unsafe, client: { id: 'sandbox-client', secret } };
    const client = await signedIn(sandbox, { settings });
    await sandbox.migrate();
    expect((await failure(client.authorizer.signIn({ force: true }))).code).toBe('client_issuer_mismatch');
    expect(sandbox.log.of('token')).toEqual([]);
  });
});
