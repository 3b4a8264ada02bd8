import { describe, expect, test } from 'vitest';

import {
  issuerOfMetadataUrl,
  legacyMetadataLocation,
  resourceMetadataLocations,
  serverMetadataLocations,
} from '../../src/server/well-known.js';

const resource = (url: string) => resourceMetadataLocations(new URL(url));
const server = (url: string) => serverMetadataLocations(new URL(url));
const issuerOf = (url: string) => issuerOfMetadataUrl(new URL(url));

describe('resource metadata (RFC 9728 section 3.1)', () => {
  test('is looked for at the path of the endpoint, then at the root', () => {
    expect(resource('https://mcp.example/public/mcp')).toEqual([
      'https://mcp.example/.well-known/oauth-protected-resource/public/mcp',
      'https://mcp.example/.well-known/oauth-protected-resource',
    ]);
  });

  test('is at the root only for a server at the root', () => {
    const root = ['https://mcp.example:8443/.well-known/oauth-protected-resource'];
    expect(resource('https://mcp.example:8443')).toEqual(root);
    expect(resource('https://mcp.example:8443/')).toEqual(root);
  });

  test('keeps the query of the endpoint', () => {
    expect(resource('https://mcp.example/mcp?toolsets=a')[0]).toBe(
      'https://mcp.example/.well-known/oauth-protected-resource/mcp?toolsets=a',
    );
  });

  test('no slash is doubled', () => {
    for (const place of resource('https://mcp.example/mcp/')) expect(place.slice(8)).not.toContain('//');
  });
});

describe('authorization server metadata', () => {
  test('of an issuer with a path: RFC 8414 insertion, OpenID insertion, OpenID append, and RFC 8414 appended last', () => {
    expect(server('https://as.example/tenant1')).toEqual([
      'https://as.example/.well-known/oauth-authorization-server/tenant1',
      'https://as.example/.well-known/openid-configuration/tenant1',
      'https://as.example/tenant1/.well-known/openid-configuration',
      'https://as.example/tenant1/.well-known/oauth-authorization-server',
    ]);
  });

  test('of an issuer without a path: RFC 8414, then OpenID', () => {
    const places = [
      'https://as.example/.well-known/oauth-authorization-server',
      'https://as.example/.well-known/openid-configuration',
    ];
    expect(server('https://as.example')).toEqual(places);
    expect(server('https://as.example/')).toEqual(places);
  });

  test('a slash at the end of the issuer doubles none (metamcp#122)', () => {
    for (const place of server('https://as.example/tenant1/')) expect(place.slice(8)).not.toContain('//');
    expect(server('https://as.example/tenant1/')[0]).toBe(
      'https://as.example/.well-known/oauth-authorization-server/tenant1',
    );
  });

  test('of the 2025-03-26 revision is at the root of the MCP server, whatever its path', () => {
    expect(legacyMetadataLocation(new URL('https://mcp.example/v1/mcp?x=y'))).toBe(
      'https://mcp.example/.well-known/oauth-authorization-server',
    );
  });
});

describe('an authorization server that is given by the address of its metadata', () => {
  test.each([
    ['https://as.example/.well-known/oauth-authorization-server', 'https://as.example'],
    ['https://as.example/.well-known/openid-configuration', 'https://as.example'],
    ['https://as.example/.well-known/oauth-authorization-server/t/1', 'https://as.example/t/1'],
    ['https://as.example/t/.well-known/openid-configuration', 'https://as.example/t'],
    ['https://as.example/t/.well-known/oauth-authorization-server', 'https://as.example/t'],
  ])('%s is that of %s', (address, issuer) => {
    expect(issuerOf(address)).toBe(issuer);
  });

  test.each([
    'https://as.example/',
    'https://as.example/t/.well-known/jwks.json',
    'https://as.example/.well-known/openid-configuration-of-mine',
    'https://as.example/x?y=/.well-known/openid-configuration',
  ])('%s is none', (address) => {
    expect(issuerOf(address)).toBeUndefined();
  });
});
