import { type ProfileName } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';

import { Secret } from '../../src/index.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { resourceLines, scriptedProvider } from '../support/scripted-provider.js';

describe('a cold sign-in costs the floor (design, "Cost")', () => {
  test('one challenge, one resource metadata, one server metadata, one registration, one token', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox);
    const { fresh } = await client.authorizer.signIn();
    expect(fresh).toBe(true);
    // The rest is the browser's.
    expect(sandbox.log.paths()).toEqual([
      'POST /mcp',
      'GET /.well-known/oauth-protected-resource/mcp',
      'GET /.well-known/oauth-authorization-server',
      'POST /register',
      'GET /authorize',
      'POST /consent',
      'POST /token',
    ]);
  });

  test('asks with a greeting that a server can read, and with both kinds of answer: others are refused before the token', async () => {
    const { server, client } = await scriptedProvider((origin) => {
      const { 'POST /mcp': guarded, ...lines } = resourceLines(origin, [origin]);
      if (typeof guarded !== 'function') throw new TypeError('no guard');
      return {
        ...lines,
        'GET /mcp': { status: 405 },
        'POST /mcp': (seen, response) => {
          const accept = seen.headers['accept'] ?? '';
          if (!accept.includes('application/json') || !accept.includes('text/event-stream'))
            return { status: 406 };
          const greeting = JSON.parse(seen.body) as { jsonrpc: string; id: unknown; method: string };
          const { jsonrpc, id, method } = greeting;
          if (jsonrpc !== '2.0' || id === undefined || method !== 'initialize') return { status: 400 };
          return guarded(seen, response);
        },
      };
    });
    await client().authorizer.signIn();
    expect(server.to('POST /mcp')).toHaveLength(1);
    expect(server.to('GET /mcp')).toEqual([]);
  });

  test('a call that finds a sign-in needed adds nothing but itself', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox, { signIn: 'when_needed' });
    const response = await call(client);
    expect(response.status).toBe(200);
    expect(sandbox.log.paths()).toEqual([
      'POST /mcp',
      'GET /.well-known/oauth-protected-resource/mcp',
      'GET /.well-known/oauth-authorization-server',
      'POST /register',
      'GET /authorize',
      'POST /consent',
      'POST /token',
      'POST /mcp',
    ]);
  });

  test('a warm start costs nothing', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    expect((await call(client)).status).toBe(200);
    expect((await client.authorizer.signIn()).fresh).toBe(false);
    await client.authorizer.accessToken();
    expect(sandbox.log.paths()).toEqual(['POST /mcp']);
  });
});

/* What becomes of the providers is walked through with the command: packages/cli/test/providers. */
describe('every profile that shows one thing lets a person in', () => {
  const secret = async () => new Secret('sandbox-secret');
  const SETTINGS: Partial<Record<ProfileName, object>> = {
    machine: { grant: 'client_credentials', client: { id: 'sandbox-machine', secret } },
    workload: { grant: 'jwt_bearer' },
    'machine-jwt': { grant: 'client_credentials', client: { id: 'sandbox-machine' } },
    'pre-registered': {
      client: {
        id: 'sandbox-client',
        secret,
      },
    },
  };

  const NAMES: readonly ProfileName[] = [
    'plain',
    'fastmail',
    'resource-bound',
    'authkit',
    'cimd',
    'pre-registered',
    'stepup',
    'legacy-2025-03',
    'legacy-2025-03-bare',
    'par-required',
    'device',
    'dpop',
    'dpop-nonce',
    'machine',
    'machine-jwt',
    'workload',
  ];
  test.each(NAMES)('%s', async (profile) => {
    const sandbox = await provider(profile);
    const read = () => Promise.resolve(new Secret(sandbox.clientKey));
    const settings = {
      ...SETTINGS[profile],
      ...(profile === 'cimd' && { clientMetadataUrl: sandbox.clientDocumentUrl }),
      ...(profile === 'machine-jwt' && { clientKey: { read } }),
      ...(profile === 'workload' && { assertion: async () => new Secret(await sandbox.workloadToken()) }),
    };
    const client = clientOf(sandbox, { signIn: 'when_needed', settings });
    await client.authorizer.signIn();
    expect((await call(client, 'initialize', { protocolVersion: '2025-03-26' })).status).toBe(200);

    const asked = sandbox.log.all.filter(
      ({ endpoint }) => !['mcp', 'authorize', 'consent'].includes(endpoint),
    );
    const placesAsked = asked
      .filter(({ method }) => method === 'GET')
      .map(({ server, path }) => `${server} ${path}`);
    expect(placesAsked, 'no place is asked twice').toEqual([...new Set(placesAsked)]);
    expect(client.user.outcomes.every(({ ok }) => ok)).toBe(true);
    expect(client.user.open, 'every listener is closed').toBe(0);
  });
});

describe('what the authorization server sees', () => {
  test('a registration and a request with the same scopes, S256, and a long random state', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox, { as: 'consents' });
    await client.authorizer.signIn({ force: true });
    const [authorize] = sandbox.log.of('authorize');
    const query = Object.fromEntries(authorize?.query ?? []);
    expect(query).toMatchObject({
      response_type: 'code',
      scope: 'mcp:read mcp:write',
      resource: sandbox.url,
      code_challenge_method: 'S256',
    });
    expect(query['state']).toMatch(/^[\w-]{43}$/);
    expect(query['code_challenge']).toMatch(/^[\w-]{43}$/);
    expect(Object.keys(query).sort()).toEqual([
      'client_id',
      'code_challenge',
      'code_challenge_method',
      'redirect_uri',
      'resource',
      'response_type',
      'scope',
      'state',
    ]);
    const [token] = sandbox.log.of('token');
    expect(token?.form.get('redirect_uri')).toBe(query['redirect_uri']);
    expect(token?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  test('no two attempts alike', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox);
    for (let attempt = 0; attempt < 3; attempt += 1) await client.authorizer.signIn({ force: true });
    for (const name of ['state', 'code_challenge']) {
      const values = sandbox.log.of('authorize').map(({ query }) => query.get(name));
      expect(new Set(values).size).toBe(3);
    }
  });

  test('nothing that belongs to MCP', async () => {
    const sandbox = await provider('plain');
    await clientOf(sandbox).authorizer.signIn();
    const engine = sandbox.log
      .to('authorization')
      .filter(({ headers }) => !headers['user-agent']?.includes('Mozilla'));
    expect(engine).toHaveLength(3);
    for (const { headers } of engine) {
      expect(Object.keys(headers).filter((name) => name.startsWith('mcp-'))).toEqual([]);
      expect(headers['authorization']).toBeUndefined();
    }
  });
});

test('the person is told where they are going, and how it ended', async () => {
  const sandbox = await provider('plain');
  const client = clientOf(sandbox);
  await client.authorizer.signIn();
  expect(client.user.asked).toMatchObject([
    { server: sandbox.url, issuer: sandbox.issuer, scopes: ['mcp:read', 'mcp:write'] },
  ]);
  expect(client.user.outcomes).toEqual([{ ok: true }]);
});

test('the record holds what was decided', async () => {
  const sandbox = await provider('plain');
  const beganS = Math.floor(Date.now() / 1000);
  const client = await signedIn(sandbox);
  const { grant, ...record } = await client.record();
  expect(record).toMatchObject({ version: 1, server: sandbox.url, account: 'default' });
  expect(record).not.toHaveProperty('registration');
  expect(grant).toMatchObject({
    issuer: sandbox.issuer,
    endpoints: {
      token: `${sandbox.issuer}/token`,
      authorization: `${sandbox.issuer}/authorize`,
      registration: `${sandbox.issuer}/register`,
      revocation: `${sandbox.issuer}/revoke`,
    },
    client: { origin: 'registered', issuer: sandbox.issuer, authMethod: 'none' },
    requestedScopes: ['mcp:read', 'mcp:write'],
    grantedScopes: ['mcp:read', 'mcp:write'],
    resource: sandbox.url,
    tokens: { type: 'Bearer' },
  });
  const { obtainedAtS, expiresAtS } = grant.tokens;
  expect((expiresAtS ?? 0) - obtainedAtS).toBe(3600);
  expect(obtainedAtS).toBeGreaterThanOrEqual(beganS);
  expect(obtainedAtS).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
});
