import type { MetadataPlace } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { clientOf, provider } from '../support/sandbox.js';
import {
  resourceLines,
  scriptedProvider,
  serverDocument,
  serverLines,
} from '../support/scripted-provider.js';
import { scriptServer } from '../support/script.js';

const ORDER = [
  '/.well-known/oauth-authorization-server/tenant',
  '/.well-known/openid-configuration/tenant',
  '/tenant/.well-known/openid-configuration',
  '/tenant/.well-known/oauth-authorization-server',
];

describe('the metadata of an authorization server with a path is found', () => {
  test.each([
    ['rfc8414', 1],
    ['oidc-insertion', 2],
    ['oidc', 3],
    ['rfc8414-append', 4],
  ] as [MetadataPlace, number][])('%s', async (place, requests) => {
    const sandbox = await provider('plain', { issuerPath: '/tenant', metadataAt: [place] });
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    const asked = sandbox.log.to('authorization').filter(({ method }) => method === 'GET');
    expect(asked.map(({ path }) => path).filter((path) => path.includes('well-known'))).toEqual(
      ORDER.slice(0, requests),
    );
    expect((await client.record()).grant.issuer).toBe(`${new URL(sandbox.issuer).origin}/tenant`);
  });

  test('nowhere: four places, then an error that names the server', async () => {
    const sandbox = await provider('plain', { issuerPath: '/tenant', metadataAt: ['root'] });
    const error = await failure(clientOf(sandbox).authorizer.signIn());
    expect(error).toMatchObject({ code: 'server_metadata_missing', facts: { issuer: sandbox.issuer } });
    expect(sandbox.log.to('authorization').map(({ path }) => path)).toEqual(ORDER);
  });
});

describe('the metadata of an authorization server without a path is found', () => {
  test.each([
    ['rfc8414', ['/.well-known/oauth-authorization-server']],
    ['oidc', ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']],
  ] as [MetadataPlace, string[]][])('%s', async (place, paths) => {
    const sandbox = await provider('plain', { metadataAt: [place] });
    await clientOf(sandbox).authorizer.signIn();
    const asked = sandbox.log.to('authorization').map(({ path }) => path);
    expect(asked.filter((path) => path.includes('well-known'))).toEqual(paths);
  });
});

describe('a document that may not be used does not end the search', () => {
  const found = '/.well-known/openid-configuration';

  test.each([
    ['a page', { body: '<html>' }],
    ['an empty object', { body: {} }],
    ['403', { status: 403 }],
    ['another issuer', { body: { issuer: 'https://evil.example' } }],
  ])('%s', async (_, line) => {
    const { server, client } = await scriptedProvider((origin) => ({
      'GET /.well-known/oauth-authorization-server': line,
      [`GET ${found}`]: { body: serverDocument(origin) },
    }));
    await client().authorizer.signIn();
    expect(server.to(`GET ${found}`)).toHaveLength(1);
  });

  test('no PKCE in one form, PKCE in the other (modelcontextprotocol/csharp-sdk#1700)', async () => {
    const { client } = await scriptedProvider((origin) => ({
      'GET /.well-known/oauth-authorization-server': {
        body: serverDocument(origin, { code_challenge_methods_supported: undefined }),
      },
      [`GET ${found}`]: { body: serverDocument(origin) },
    }));
    await client().authorizer.signIn();
  });

  test('but its reason is told when no other form is better', async () => {
    const { client } = await scriptedProvider((origin) => ({
      'GET /.well-known/oauth-authorization-server': {
        body: serverDocument(origin, { issuer: 'https://x.example' }),
      },
    }));
    expect((await failure(client().authorizer.signIn())).code).toBe('issuer_mismatch');
  });
});

describe('several authorization servers', () => {
  test('are tried in order until one can be used', async () => {
    const sandbox = await provider('plain', { authorizationServers: 'wrong-first' });
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect((await client.record()).grant.issuer).toBe(sandbox.issuer);
    expect(client.decisions('not usable')).toHaveLength(1);
  });

  async function three(first: object, second: object) {
    const servers = [await scriptServer(), await scriptServer(), await scriptServer()] as const;
    const origins = servers.map(({ origin }) => origin);
    const members = [first, second, {}];
    servers.forEach((server, at) => server.learn(serverLines(server.origin, members[at])));
    const one = await scriptedProvider((origin) => resourceLines(origin, origins));
    return { servers, origins, client: one.client() };
  }

  test('one that registers nobody is passed by, and not asked for anything else', async () => {
    const noRegistration = { registration_endpoint: undefined };
    const { servers, origins, client } = await three(noRegistration, noRegistration);
    await client.authorizer.signIn();
    expect((await client.record()).grant.issuer).toBe(origins[2]);
    for (const server of servers.slice(0, 2)) {
      expect(server.paths()).toEqual(['GET /.well-known/oauth-authorization-server']);
    }
  });

  test('the first reason is told when none can be used', async () => {
    const noPkce = { code_challenge_methods_supported: undefined };
    const { servers, client } = await three(noPkce, { issuer: 'https://evil.example' });
    servers[2].learn({ 'GET /.well-known/oauth-authorization-server': undefined });
    expect((await failure(client.authorizer.signIn())).code).toBe('pkce_unsupported');
    for (const server of servers)
      expect(server.paths().filter((path) => !path.includes('well-known'))).toEqual([]);
  });

  test('the first that is good is taken, and the others never asked', async () => {
    const { servers, client } = await three({}, {});
    await client.authorizer.signIn();
    expect(servers.map(({ seen }) => seen.length)).toEqual([4, 0, 0]);
  });

  test('the same one twice is one', async () => {
    const { server, client } = await scriptedProvider((origin) => ({
      ...resourceLines(origin, [origin, origin, `${origin}`]),
      'GET /.well-known/oauth-authorization-server': undefined,
    }));
    expect((await failure(client().authorizer.signIn())).code).toBe('server_metadata_missing');
    expect(server.paths().filter((path) => path.includes('openid-configuration'))).toHaveLength(1);
  });

  test('no more than five are looked at', async () => {
    const many = await Promise.all(Array.from({ length: 7 }, () => scriptServer()));
    const { client } = await scriptedProvider((origin) =>
      resourceLines(
        origin,
        many.map((server) => server.origin),
      ),
    );
    await failure(client().authorizer.signIn());
    expect(many.map(({ seen }) => seen.length > 0)).toEqual([true, true, true, true, true, false, false]);
  });
});

describe('the value in authorization_servers', () => {
  test('that is the address of the metadata stands for its issuer (A14)', async () => {
    const sandbox = await provider('plain', { authorizationServers: 'metadata-url' });
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect(client.deviations()).toContain('A14');
    expect((await client.record()).grant.issuer).toBe(sandbox.issuer);
  });

  test('with the slash of an empty path more than the issuer leads to the issuer as its metadata spells it', async () => {
    const sandbox = await provider('plain', { authorizationServers: 'slash' });
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect(client.deviations()).toEqual(['A19']);
    expect((await client.record()).grant.issuer).toBe(sandbox.issuer);
  });

  test('with a slash more than at the last sign-in names the same server', async () => {
    const { server, client } = await scriptedProvider();
    const one = client();
    await one.authorizer.signIn({ scopes: ['more'] });
    server.learn(serverLines(server.origin, { issuer: `${server.origin}/` }));
    await one.authorizer.signIn({ force: true });
    expect(server.to('POST /register')).toHaveLength(1);
    expect((await one.record()).grant.requestedScopes).toEqual(['more']);
    // Nor does it lead elsewhere by the rules of 2025-03-26.
    server.learn({ 'GET /.well-known/oauth-protected-resource/mcp': undefined });
    server.learn(serverLines(server.origin));
    await one.authorizer.signIn({ force: true });
    expect((await one.record()).grant.issuer).toBe(server.origin);
  });

  test('that is spelled oddly is compared as it is spelled', async () => {
    const { server, client } = await scriptedProvider((origin) => {
      const odd = origin.replace('http://', 'HTTP://');
      return { ...resourceLines(origin, [odd]), ...serverLines(origin, { issuer: odd }) };
    });
    const one = client();
    await one.authorizer.signIn();
    expect((await one.record()).grant.issuer).toBe(server.origin.replace('http://', 'HTTP://'));
  });

  test.each(['file:///etc/passwd', 'javascript:alert(1)', 'http://as.example.org', 'nonsense', ''])(
    'that may not be followed is not: %j',
    async (value) => {
      const { server, client } = await scriptedProvider((origin) => resourceLines(origin, [value]));
      expect((await failure(client().authorizer.signIn())).code).toBe('endpoint_unsafe');
      expect(server.paths().filter((path) => path.includes('authorization-server'))).toEqual([]);
    },
  );
});

describe('a server of the 2025-03-26 revision', () => {
  test('has its metadata at its own origin', async () => {
    const sandbox = await provider('legacy-2025-03');
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    expect(client.deviations()).toContain('A08');
    expect(sandbox.log.paths().slice(0, 5)).toEqual([
      'POST /mcp',
      'GET /.well-known/oauth-protected-resource/mcp',
      'GET /.well-known/oauth-protected-resource',
      'GET /.well-known/oauth-authorization-server',
      'POST /oauth/register',
    ]);
    expect(sandbox.log.of('authorize')[0]?.query.get('resource')).toBe(sandbox.url);
  });

  test('or three fixed paths when it demands a token', async () => {
    const sandbox = await provider('legacy-2025-03-bare');
    const client = clientOf(sandbox);
    await client.authorizer.signIn();
    const { endpoints } = (await client.record()).grant;
    const { origin } = new URL(sandbox.url);
    expect(endpoints).toEqual({
      authorization: `${origin}/authorize`,
      token: `${origin}/token`,
      registration: `${origin}/register`,
    });
  });

  test('and none when it demands nothing', async () => {
    const sandbox = await provider('legacy-2025-03-bare', { protected: false });
    const error = await failure(clientOf(sandbox).authorizer.signIn());
    expect(error.code).toBe('login_not_wanted');
    expect(sandbox.log.of('register')).toEqual([]);
  });

  test('with metadata about somebody else is refused, and the fixed paths are not tried', async () => {
    const sandbox = await provider('legacy-2025-03', { metadataIssuer: 'https://other.example' });
    expect((await failure(clientOf(sandbox).authorizer.signIn())).code).toBe('issuer_mismatch');
    expect(sandbox.log.of('register')).toEqual([]);
  });
});
