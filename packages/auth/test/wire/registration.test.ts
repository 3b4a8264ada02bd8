import { describe, expect, test } from 'vitest';

import { Secret } from '../../src/index.js';
import { failure } from '../support/client.js';
import { clientOf, provider } from '../support/sandbox.js';
import { scriptedProvider } from '../support/scripted-provider.js';

const bodies = (requests: readonly { json: unknown }[]) =>
  requests.map(({ json }) => json as Record<string, unknown>);

describe('a registration', () => {
  test('says what it must and nothing more', async () => {
    const sandbox = await provider('plain', {
      registrationRefuses: [
        'no-scope',
        'no-name',
        'no-application-type',
        'no-auth-method',
        'unknown-members',
        'empty-members',
        'logo',
        'several-redirect-uris',
      ],
    });
    const client = clientOf(sandbox, { settings: { clientName: 'My agent' } });
    await client.authorizer.signIn();
    expect(bodies(sandbox.log.of('register'))).toEqual([
      {
        client_name: 'My agent',
        redirect_uris: [(await client.record()).grant.client.redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        scope: 'mcp:read mcp:write',
      },
    ]);
  });

  test('names the very scopes that are asked for, offline_access included (Fastmail)', async () => {
    const sandbox = await provider('fastmail');
    await clientOf(sandbox).authorizer.signIn();
    const scope = 'https://www.fastmail.com/dev/mcp offline_access';
    expect(bodies(sandbox.log.of('register')).map((body) => body['scope'])).toEqual([scope, scope]);
    expect(sandbox.log.of('authorize')[0]?.query.get('scope')).toBe(scope);
  });

  test('asks for a secret where the server knows no public clients', async () => {
    const sandbox = await provider('plain', { authMethods: ['client_secret_post'] });
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect(bodies(sandbox.log.of('register'))[0]?.['token_endpoint_auth_method']).toBe('client_secret_post');
    const { secret } = (await client.record()).grant.client;
    expect(sandbox.log.of('token')[0]?.form.get('client_secret')).toBe(secret?.reveal());
  });
});

describe('a refused registration is amended by what the server says', () => {
  test.each([
    ['B12', { redirectPolicy: 'localhost' }, 'redirect_uris', [expect.stringContaining('http://localhost:')]],
    ['B26', { registrationRefuses: ['refresh-grant'] }, 'grant_types', ['authorization_code']],
    ['B06', { registrableScopes: ['mcp:read'] }, 'scope', undefined],
  ] as const)('%s', async (id, quirks, member, value) => {
    const sandbox = await provider('plain', quirks as object);
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    const [first, second, third] = bodies(sandbox.log.of('register'));
    expect(third).toBeUndefined();
    expect(client.deviations()).toEqual([id]);
    expect(second?.[member]).toEqual(value);
    expect({ ...second, [member]: first?.[member] }).toEqual(first);
  });

  test('B08: without the member that the specification demands', async () => {
    const refusal = {
      status: 400,
      body: { error: 'invalid_client_metadata', error_description: 'unknown member application_type' },
    };
    const { server, client } = await scriptedProvider(() => ({
      'POST /register': [refusal, { status: 201, body: { client_id: 'client-1' } }],
    }));
    const one = client();
    await one.authorizer.signIn();
    expect(server.to('POST /register').map(({ body }) => 'application_type' in JSON.parse(body))).toEqual([
      true,
      false,
    ]);
    expect(one.deviations()).toEqual(['B08']);
  });

  test('one after the other, when there is more than one thing', async () => {
    const sandbox = await provider('plain', {
      redirectPolicy: 'localhost',
      registrationRefuses: ['refresh-grant'],
    });
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect([...client.deviations()].sort()).toEqual(['B12', 'B26']);
    expect(sandbox.log.of('register')).toHaveLength(3);
  });

  test('and the refusal is told when no change helps', async () => {
    const sandbox = await provider('plain', { redirectPolicy: 'https' });
    const client = clientOf(sandbox);
    const error = await failure(client.authorizer.signIn());
    expect(error).toMatchObject({ code: 'registration_refused', facts: { error: 'invalid_redirect_uri' } });
    expect(error.message).toContain('redirect_uri not valid scheme');
    expect(error.remedy).toMatchObject({ do: 'configure', key: 'oauth.client_id' });
    expect(sandbox.log.of('register')).toHaveLength(2);
    expect(client.user.shown).toEqual([]);
  });

  test('but not when the provider does not approve of the client (Figma)', async () => {
    const { server, client } = await scriptedProvider(() => ({
      'POST /register': { status: 403, body: { error: 'unapproved_client', error_description: 'Forbidden' } },
    }));
    expect((await failure(client().authorizer.signIn())).code).toBe('registration_refused');
    expect(server.to('POST /register')).toHaveLength(1);
  });

  test('without end by a server that always says something else', async () => {
    const words = 'redirect application_type grant_types refresh_token scope';
    const { server, client } = await scriptedProvider(() => ({
      'POST /register': { status: 400, body: { error: 'x', error_description: words } },
    }));
    const error = await failure(client({ settings: { scopes: ['a'] } }).authorizer.signIn());
    expect(error.code).toBe('registration_refused');
    expect(server.to('POST /register')).toHaveLength(5);
  });
});

describe('the answer to a registration', () => {
  test('decides about the secret and the method, not what was asked (Figma, Supabase)', async () => {
    const sandbox = await provider('plain', { authMethodForced: 'client_secret_post' });
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect((await client.record()).grant.client.authMethod).toBe('client_secret_post');
    expect(sandbox.log.of('token')).toHaveLength(1);
  });

  test('with a method and no secret makes a public client', async () => {
    const { server, client } = await scriptedProvider(() => ({
      'POST /register': {
        status: 201,
        body: { client_id: 'c', token_endpoint_auth_method: 'client_secret_basic' },
      },
    }));
    await client().authorizer.signIn();
    const [token] = server.to('POST /token');
    expect(token?.form.get('client_id')).toBe('c');
    expect(token?.headers['authorization']).toBeUndefined();
  });

  test('with status 200 is one', async () => {
    const sandbox = await provider('plain', { registrationStatus: 200 });
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect(client.deviations()).toEqual(['B15']);
  });

  test('for another redirect URI is refused before anything is asked', async () => {
    const sandbox = await provider('plain', {
      registrationMembers: { redirect_uris: ['https://evil.example/cb'] },
    });
    const client = clientOf(sandbox);
    expect((await failure(client.authorizer.signIn())).code).toBe('registration_refused');
    expect(client.user.shown).toEqual([]);
  });
});

describe('without a registration endpoint', () => {
  test('there is no guessed one', async () => {
    const sandbox = await provider('plain', { registration: 'off' });
    const error = await failure(clientOf(sandbox).authorizer.signIn());
    expect(error).toMatchObject({
      code: 'client_needed',
      remedy: { do: 'configure', key: 'oauth.client_id' },
    });
    expect(sandbox.log.all.filter(({ path }) => path.includes('register'))).toEqual([]);
  });

  test('a metadata document is the client, on every server the same', async () => {
    const sandbox = await provider('cimd');
    const client = clientOf(sandbox, { settings: { clientMetadataUrl: sandbox.clientDocumentUrl } });
    await client.authorizer.signIn();
    expect((await client.record()).grant.client).toMatchObject({
      id: sandbox.clientDocumentUrl,
      origin: 'metadata_document',
      authMethod: 'none',
    });
  });

  test('one that is not supported is not used unless told so', async () => {
    const sandbox = await provider('plain');
    const settings = { clientMetadataUrl: sandbox.clientDocumentUrl };
    await clientOf(sandbox, { settings }).authorizer.signIn();
    expect(sandbox.log.of('register')).toHaveLength(1);
  });
});

describe('a server that registers whoever shows a token for that', () => {
  const quirks = { registrationToken: 'SECRET-REGISTRATION' };
  const registrationToken = async () => new Secret(quirks.registrationToken);

  test('gets it at its registration endpoint and nowhere else', async () => {
    const sandbox = await provider('plain', quirks);
    const client = clientOf(sandbox, { settings: { registrationToken, issuer: sandbox.issuer } });
    await client.authorizer.signIn();
    const holders = sandbox.log.all.filter(({ headers }) =>
      JSON.stringify(headers).includes(quirks.registrationToken),
    );
    expect(holders.map(({ endpoint }) => endpoint)).toEqual(['register']);
    expect(JSON.stringify(client.events)).not.toContain(quirks.registrationToken);
  });

  test('says which key names it, and which token it did not like', async () => {
    const sandbox = await provider('plain', quirks);
    const none = await failure(clientOf(sandbox).authorizer.signIn());
    expect(none).toMatchObject({ code: 'registration_refused', remedy: { do: 'say' } });
    expect(JSON.stringify(none.remedy)).toContain('oauth.registration_token_env');
    const other = clientOf(sandbox, {
      settings: {
        issuer: sandbox.issuer,
        registrationToken: async () => new Secret('another'),
        places: { registrationToken: 'in the variable X' },
      },
    });
    const refused = await failure(other.authorizer.signIn());
    expect(refused.message).toContain('It was shown the token in the variable X.');
    expect(refused.message).not.toContain('another');
  });

  test('gets none where nobody has said that it is that one', async () => {
    const sandbox = await provider('plain', quirks);
    const unpinned = await failure(
      clientOf(sandbox, { settings: { registrationToken } }).authorizer.signIn(),
    );
    expect(unpinned.code).toBe('usage');
    const settings = { registrationToken, issuer: 'https://as.example' };
    const elsewhere = await failure(clientOf(sandbox, { settings }).authorizer.signIn());
    expect(elsewhere.code).toBe('client_issuer_mismatch');
    expect(sandbox.log.of('register')).toEqual([]);
  });
});
