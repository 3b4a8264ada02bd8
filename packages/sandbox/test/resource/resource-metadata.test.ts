import { describe, expect, test } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../src/index.js';
import { rpc } from '../support/rpc.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

const PATHS = {
  path: '/.well-known/oauth-protected-resource/mcp',
  root: '/.well-known/oauth-protected-resource',
  custom: '/custom/metadata/location.json',
};

async function documentOf(sandbox: Sandbox): Promise<Record<string, unknown>> {
  return (await (await fetch(new URL(PATHS.path, sandbox.url))).json()) as Record<string, unknown>;
}

describe('places', () => {
  for (const [place, path] of Object.entries(PATHS)) {
    test(`${place}, and no other`, async () => {
      const sandbox = await start('plain', { resourceMetadataAt: [place as keyof typeof PATHS] });
      const challenge = (await rpc(sandbox, 'initialize')).headers.get('www-authenticate');
      expect(challenge).toBe(`Bearer resource_metadata="${new URL(path, sandbox.url).href}"`);
      for (const [other, otherPath] of Object.entries(PATHS)) {
        const { status } = await fetch(new URL(otherPath, sandbox.url));
        expect([other, status]).toEqual([other, other === place ? 200 : 404]);
      }
    });
  }

  test('none', async () => {
    const sandbox = await start('plain', { resourceMetadataAt: [] });
    expect((await rpc(sandbox, 'initialize')).headers.get('www-authenticate')).toBe('Bearer');
  });
});

test('by the book', async () => {
  const sandbox = await start('plain');
  expect(await documentOf(sandbox)).toEqual({
    resource: sandbox.url,
    authorization_servers: [sandbox.issuer],
    scopes_supported: ['mcp:read', 'mcp:write'],
    bearer_methods_supported: ['header'],
  });
});

test('the resource is the URL, its origin, the URL with a slash, or somebody else', async () => {
  const resourceOf = async (
    resourceIdentifier: SandboxOptions['resourceIdentifier'] & string,
  ): Promise<unknown[]> => {
    const sandbox = await start('plain', { resourceIdentifier });
    expect((await documentOf(sandbox))['resource']).toBe(sandbox.resource);
    return [sandbox.url, sandbox.resource];
  };
  const [one, url] = await resourceOf('url');
  expect(url).toBe(one);
  const [two, origin] = await resourceOf('origin');
  expect(`${String(origin)}/mcp`).toBe(two);
  const [three, slash] = await resourceOf('slash');
  expect(slash).toBe(`${String(three)}/`);
  expect((await resourceOf('https://other.test/mcp'))[1]).toBe('https://other.test/mcp');
});

test('the authorization servers in all their forms', async () => {
  const serversOf = async (
    authorizationServers: SandboxOptions['authorizationServers'] & string,
  ): Promise<[Sandbox, unknown]> => {
    const sandbox = await start('plain', { authorizationServers });
    return [sandbox, (await documentOf(sandbox))['authorization_servers']];
  };
  const [slash, withSlash] = await serversOf('slash');
  expect(withSlash).toEqual([`${slash.issuer}/`]);
  const [mcp, asUrl] = await serversOf('mcp-url');
  expect(asUrl).toEqual([mcp.url]);
  const [document, asDocument] = await serversOf('metadata-url');
  expect(asDocument).toEqual([`${document.issuer}/.well-known/oauth-authorization-server`]);
  const [many, list] = await serversOf('wrong-first');
  expect(list).toEqual([expect.stringContaining('no-authorization-server-here'), many.issuer]);
  expect((await serversOf('none'))[1]).toBeUndefined();
});

test('members that are replaced or added', async () => {
  const sandbox = await start('plain', {
    resourceScopes: undefined,
    resourceMetadataMembers: { resource_name: '<b>' },
  });
  const document = await documentOf(sandbox);
  expect(document).not.toHaveProperty('scopes_supported');
  expect(document['resource_name']).toBe('<b>');
});

test('the MCP origin can publish a copy of the authorization server metadata', async () => {
  const sandbox = await start('plain', { originMetadata: 'copy' });
  const copy = await fetch(new URL('/.well-known/oauth-authorization-server', sandbox.url));
  expect(await copy.json()).toMatchObject({ issuer: sandbox.issuer });
});
