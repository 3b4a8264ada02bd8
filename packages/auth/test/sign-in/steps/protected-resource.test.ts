import { describe, expect, test } from 'vitest';

import { isMcpassError } from '../../../src/index.js';
import { coversServer } from '../../../src/server/url.js';
import { judgeResourceMetadata } from '../../../src/sign-in/steps/protected-resource.js';
import { answer, PAGE } from '../../support/answer.js';

const PLACE = 'https://mcp.example/.well-known/oauth-protected-resource/mcp';

const judge = (status: number, body: string | object) =>
  judgeResourceMetadata(answer(status, body, { 'retry-after': '7' }), PLACE, 0);

describe('the resource metadata', () => {
  test('is read', () => {
    const document = {
      resource: 'https://mcp.example/mcp',
      authorization_servers: ['https://as.example'],
      scopes_supported: ['a', 'b'],
      resource_name: 'anything',
    };
    expect(judge(200, document)).toEqual({
      found: true,
      metadata: {
        url: PLACE,
        resource: 'https://mcp.example/mcp',
        authorizationServers: ['https://as.example'],
        scopesSupported: ['a', 'b'],
      },
    });
  });

  test('keeps the resource byte for byte', () => {
    for (const resource of [
      'https://MCP.example:443/mcp/',
      'https://mcp.example',
      'https://mcp.example/%6Dcp',
    ]) {
      expect(judge(200, { resource })).toMatchObject({ metadata: { resource } });
    }
  });

  test.each([404, 410])('is plainly not there when the server says %i', (status) => {
    expect(judge(status, {})).toEqual({ found: false, absent: true, why: String(status) });
  });

  test.each([
    ['a page', PAGE],
    ['an empty object', {}],
    ['a list', '[]'],
    ['nothing', ''],
    ['another document', { issuer: 'https://as.example' }],
    ['a resource of the wrong type', { resource: ['https://mcp.example/mcp'] }],
  ])('is not there when %s comes instead', (_, body) =>
    expect(judge(200, body)).toMatchObject({ found: false, absent: true }),
  );

  test.each([301, 400, 401, 403, 405, 422])('may be there when the server says %i', (status) => {
    expect(judge(status, { resource: 'https://mcp.example/mcp' })).toMatchObject({
      found: false,
      absent: false,
    });
  });

  test.each([429, 500, 502, 503])('is not to be had while the server says %i', (status) => {
    try {
      judge(status, {});
    } catch (error) {
      expect(isMcpassError(error) && error.code).toBe(status === 429 ? 'rate_limited' : 'server_error');
      expect(isMcpassError(error) && error.remedy).toEqual({ do: 'retry_later', afterSeconds: 7 });
      return;
    }
    throw new Error('it was an answer');
  });

  test('lists of the wrong type are ignored, null is absent, long ones are cut', () => {
    const resource = 'https://mcp.example/mcp';
    expect(judge(200, { resource, authorization_servers: null, scopes_supported: 'a b' })).toEqual({
      found: true,
      metadata: { url: PLACE, resource, authorizationServers: [] },
    });
    const many = Array.from({ length: 50 }, (_, at) => `https://as${at}.example`);
    const judged = judge(200, { resource, authorization_servers: many });
    expect(judged.found && judged.metadata.authorizationServers).toEqual(many.slice(0, 5));
  });
});

describe('a resource stands for the server', () => {
  const covers = (resource: string, server: string) => coversServer(resource, new URL(server));

  test.each([
    ['https://mcp.example/mcp', 'https://mcp.example/mcp'],
    ['https://mcp.example', 'https://mcp.example/mcp'],
    ['https://mcp.example/', 'https://mcp.example/mcp'],
    ['https://mcp.example/mcp/', 'https://mcp.example/mcp'],
    ['https://mcp.example/mcp', 'https://mcp.example/mcp/'],
    ['https://mcp.example/a', 'https://mcp.example/a/b/mcp'],
    ['HTTPS://MCP.EXAMPLE:443/mcp', 'https://mcp.example/mcp'],
    ['https://mcp.example/mcp', 'https://mcp.example/mcp?toolsets=a'],
    ['https://mcp.example/mcp?toolsets=a', 'https://mcp.example/mcp?toolsets=a'],
  ])('%s for %s', (resource, server) => expect(covers(resource, server)).toBe(true));

  test.each([
    ['another host', 'https://evil.example/mcp'],
    ['a host that begins alike', 'https://mcp.example.evil.example/mcp'],
    ['a host in the credentials', 'https://mcp.example@evil.example/mcp'],
    ['another port', 'https://mcp.example:8443/mcp'],
    ['another scheme', 'http://mcp.example/mcp'],
    ['a blob of its origin', 'blob:https://mcp.example/mcp'],
    ['half a path segment', 'https://mcp.example/mc'],
    ['a deeper path', 'https://mcp.example/mcp/other'],
    ['a sibling', 'https://mcp.example/mcp2'],
    ['another case', 'https://mcp.example/MCP'],
    ['dots that lead elsewhere', 'https://mcp.example/mcp/../admin'],
    ['another query', 'https://mcp.example/mcp?toolsets=b'],
    ['a fragment', 'https://mcp.example/mcp#x'],
    ['no URL', 'mcp.example/mcp'],
    ['a name of its own', 'urn:mcp:server'],
  ])('not %s', (_, resource) => expect(covers(resource, 'https://mcp.example/mcp')).toBe(false));
});
