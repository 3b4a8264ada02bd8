import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { clientOf, provider } from '../support/sandbox.js';
import { scriptedProvider } from '../support/scripted-provider.js';

const PATH = '/.well-known/oauth-protected-resource/mcp';
const ROOT = '/.well-known/oauth-protected-resource';
const PAGE = { body: '<!doctype html><html>app</html>', headers: { 'content-type': 'text/html' } };
const NO_CHALLENGE = { 'POST /mcp': { status: 401 } };

describe('the resource metadata is looked for', () => {
  test('where the challenge says, and nowhere else', async () => {
    const sandbox = await provider('plain', { resourceMetadataAt: ['custom'] });
    await clientOf(sandbox).authorizer.signIn();
    expect(sandbox.log.of('resource-metadata').map(({ path }) => path)).toEqual([
      '/custom/metadata/location.json',
    ]);
  });

  test('at the path of the endpoint when the challenge says nothing', async () => {
    const sandbox = await provider('plain', {
      challengeMetadata: false,
      resourceMetadataAt: ['path', 'root'],
    });
    await clientOf(sandbox).authorizer.signIn();
    expect(sandbox.log.of('resource-metadata').map(({ path }) => path)).toEqual([PATH]);
  });

  test('then at the root', async () => {
    const sandbox = await provider('plain', { challengeMetadata: false, resourceMetadataAt: ['root'] });
    await clientOf(sandbox).authorizer.signIn();
    const asked = sandbox.log.to('resource').map(({ method, path }) => `${method} ${path}`);
    expect(asked).toEqual(['POST /mcp', `GET ${PATH}`, `GET ${ROOT}`]);
  });

  test('at all three when the challenge names a place where nothing is', async () => {
    const { server, client } = await scriptedProvider((origin) => ({
      'POST /mcp': {
        status: 401,
        headers: { 'www-authenticate': `Bearer resource_metadata="${origin}/nowhere.json"` },
      },
      [`GET ${PATH}`]: undefined,
      [`GET ${ROOT}`]: { body: { resource: origin, authorization_servers: [origin] } },
    }));
    await client().authorizer.signIn();
    expect(server.paths().slice(0, 4)).toEqual([
      'POST /mcp',
      'GET /nowhere.json',
      `GET ${PATH}`,
      `GET ${ROOT}`,
    ]);
  });

  test('no place twice, also when the challenge names a usual one where nothing is', async () => {
    const { server, client } = await scriptedProvider((origin) => ({
      [`GET ${PATH}`]: undefined,
      [`GET ${ROOT}`]: { body: { resource: origin, authorization_servers: [origin] } },
    }));
    await client().authorizer.signIn();
    expect(server.to(`GET ${PATH}`)).toHaveLength(1);
  });

  test('without a challenge at all, whatever the status', async () => {
    for (const unauthorizedStatus of [401, 403, 404] as const) {
      const sandbox = await provider('plain', { challenge: 'none', unauthorizedStatus });
      await clientOf(sandbox).authorizer.signIn();
      expect(sandbox.log.of('resource-metadata').map(({ path }) => path)).toEqual([PATH]);
    }
  });

  test('also when the server lets strangers in (Google)', async () => {
    const sandbox = await provider('plain', { anonymous: ['initialize'] });
    await clientOf(sandbox).authorizer.signIn();
    expect(sandbox.log.of('token')).toHaveLength(1);
  });
});

describe('a challenge in any of the ways in which servers write it', () => {
  test.each(['several-schemes', 'several-headers', 'odd-case', 'quoted-commas', 'remapped'] as const)(
    '%s is understood',
    async (challenge) => {
      const sandbox = await provider('plain', {
        challenge,
        resourceMetadataAt: ['custom'],
        challengeScope: 'mcp:read',
      });
      const client = clientOf(sandbox);
      await client.authorizer.signIn();
      expect((await client.record()).grant.requestedScopes).toEqual(['mcp:read']);
    },
  );

  test.each(['wrong-name', 'url-only', 'none'] as const)('%s is as good as none', async (challenge) => {
    const sandbox = await provider('plain', { challenge });
    await clientOf(sandbox).authorizer.signIn();
    expect(sandbox.log.of('resource-metadata').map(({ path }) => path)).toEqual([PATH]);
  });

  test.each(['/.well-known/elsewhere', 'not a url', '', '../x'])(
    'a resource_metadata that is no URL is as good as none, and said so: %j',
    async (named) => {
      const { client } = await scriptedProvider(() => ({
        'POST /mcp': {
          status: 401,
          headers: { 'www-authenticate': `Bearer resource_metadata="${named}", scope="a"` },
        },
      }));
      const one = client();
      await one.authorizer.signIn();
      expect(one.deviations().includes('A04')).toBe(named !== '');
      expect((await one.record()).grant.requestedScopes).toEqual(['a']);
    },
  );

  test('a resource_metadata that may not be followed is an error, not a reason to look elsewhere', async () => {
    for (const named of ['file:///etc/passwd', 'http://mcp.example.com/metadata', 'javascript:alert(1)']) {
      const { server, client } = await scriptedProvider(() => ({
        'POST /mcp': { status: 401, headers: { 'www-authenticate': `Bearer resource_metadata="${named}"` } },
      }));
      expect((await failure(client().authorizer.signIn())).code).toBe('endpoint_unsafe');
      expect(server.paths()).toEqual(['POST /mcp']);
    }
  });
});

describe('what stands where the document would be', () => {
  test.each([
    ['a page', PAGE],
    ['an empty object', { body: {} }],
    ['another document', { body: { issuer: 'https://as.example' } }],
    ['a list', { body: [] }],
    ['401', { status: 401 }],
    ['403', { status: 403 }],
    ['405', { status: 405 }],
    ['410', { status: 410 }],
  ])('%s is passed by', async (_, line) => {
    const { server, client } = await scriptedProvider((origin) => ({
      ...NO_CHALLENGE,
      [`GET ${PATH}`]: line,
      [`GET ${ROOT}`]: { body: { resource: origin, authorization_servers: [origin] } },
    }));
    const one = client();
    await one.authorizer.signIn();
    expect((await one.record()).grant.resource).toBe(server.origin);
    expect(server.to(`GET ${PATH}`)).toHaveLength(1);
  });

  test.each([401, 403, 405, 400])('%i everywhere is no proof that there is none', async (status) => {
    const { server, client } = await scriptedProvider(() => ({
      ...NO_CHALLENGE,
      [`GET ${PATH}`]: { status },
      [`GET ${ROOT}`]: { status },
    }));
    expect((await failure(client().authorizer.signIn())).code).toBe('resource_metadata_invalid');
    expect(server.paths()).not.toContain('GET /.well-known/oauth-authorization-server');
  });

  test('the document of another server is refused, and its authorization server never asked', async () => {
    const sandbox = await provider('plain', { resourceIdentifier: 'https://other.example/mcp' });
    const error = await failure(clientOf(sandbox).authorizer.signIn());
    expect(error).toMatchObject({
      code: 'resource_mismatch',
      // Nothing to paste: it would hand somebody else's token to this server.
      remedy: { do: 'say' },
    });
    expect(sandbox.log.to('authorization')).toEqual([]);
  });

  test('one whose list of authorization servers is empty means the server itself', async () => {
    const { server, client } = await scriptedProvider((origin) => ({
      [`GET ${PATH}`]: { body: { resource: `${origin}/mcp` } },
    }));
    const one = client();
    await one.authorizer.signIn();
    expect(one.deviations()).toContain('A39');
    expect((await one.record()).grant.issuer).toBe(server.origin);
  });
});

describe('the query of the server URL', () => {
  test('goes with the request for the metadata and into no resource, event or error', async () => {
    const { server, url, client } = await scriptedProvider((origin) => ({
      ...NO_CHALLENGE,
      [`GET ${PATH}`]: undefined,
      [`GET ${ROOT}`]: { body: { resource: `${origin}/elsewhere` } },
    }));
    const one = client({ settings: { url: `${url}?api_key=SECRET` } });
    const error = await failure(one.authorizer.signIn());
    expect(server.to(`GET ${PATH}`)[0]?.query.get('api_key')).toBe('SECRET');
    expect(error.code).toBe('resource_mismatch');
    expect(error.message + JSON.stringify([error.facts, one.events])).not.toContain('SECRET');
  });

  test('is not part of the resource when the server names none', async () => {
    const sandbox = await provider('legacy-2025-03');
    const client = clientOf(sandbox, { settings: { url: `${sandbox.url}?toolsets=a` } });
    await client.authorizer.signIn();
    expect((await client.record()).grant.resource).toBe(sandbox.url);
  });
});
