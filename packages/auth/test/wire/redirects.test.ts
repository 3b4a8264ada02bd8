import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { scriptedProvider } from '../support/scripted-provider.js';
import { scriptServer } from '../support/script.js';

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

describe('a redirect of a call', () => {
  test('within the server is followed, with the token and the whole message', async () => {
    for (const status of [307, 308]) {
      const { server, client } = await scriptedProvider(() => ({
        'POST /mcp': ({ headers }) =>
          headers['authorization'] === undefined
            ? { status: 401 }
            : { status, headers: { location: '/mcp/' } },
        'POST /mcp/': { body: { jsonrpc: '2.0' } },
      }));
      const one = client();
      await one.authorizer.signIn();
      expect((await call(one)).status).toBe(200);
      const [there] = server.to('POST /mcp/');
      expect(there?.headers['authorization']).toBe('Bearer at-1');
      expect(JSON.parse(there?.body ?? '')).toMatchObject({ method: 'tools/list' });
    }
  });

  test('to another origin is refused, and the token goes nowhere', async () => {
    const thief = await scriptServer({ 'POST /mcp': {}, 'GET /mcp': {} });
    for (const status of [301, 302, 303, 307, 308] as const) {
      const sandbox = await provider('plain');
      const client = await signedIn(sandbox);
      sandbox.fault('mcp', { redirect: `${thief.origin}/mcp`, status }, 2);
      for (const method of ['POST', 'GET']) {
        const error = await failure(client.authorizer.fetch(sandbox.url, { method, headers: JSON_HEADERS }));
        expect(error).toMatchObject({ code: 'redirect_refused', facts: { location: `${thief.origin}/mcp` } });
      }
    }
    expect(thief.seen).toEqual([]);
  });

  test.each([
    'blob:ORIGIN/x',
    'https://user:pass@127.0.0.1/',
    '//evil.example/mcp',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://[',
  ])('to %s is refused', async (target) => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    const redirect = target.replace('ORIGIN', new URL(sandbox.url).origin);
    sandbox.fault('mcp', { redirect, status: 307 });
    expect((await failure(call(client))).code).toBe('redirect_refused');
  });

  test('that would turn a POST into a GET is refused, also within the server', async () => {
    for (const status of [301, 302, 303] as const) {
      const sandbox = await provider('plain');
      const client = await signedIn(sandbox);
      sandbox.fault('mcp', { redirect: '/mcp', status });
      expect((await failure(call(client))).code).toBe('redirect_refused');
      expect(sandbox.log.of('mcp')).toHaveLength(1);
    }
  });

  test('without end ends', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('mcp', 'redirects');
    const error = await failure(client.authorizer.fetch(sandbox.url, { headers: JSON_HEADERS }));
    expect(error.code).toBe('redirect_refused');
    expect(sandbox.log.all).toHaveLength(4);
  });

  test('is the caller’s to deal with when the caller says so', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('mcp', { redirect: '/elsewhere' }, 2);
    const response = await client.authorizer.fetch(sandbox.url, { method: 'POST', redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([307, '/elsewhere']);
    const refused = failure(client.authorizer.fetch(sandbox.url, { method: 'POST', redirect: 'error' }));
    expect((await refused).code).toBe('redirect_refused');
  });

  test('with a body that can be read only once is refused, not sent empty', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('mcp', { redirect: '/mcp' });
    const body = new Blob(['{}']).stream();
    const init = { method: 'POST', body, duplex: 'half', headers: JSON_HEADERS } as RequestInit;
    expect((await failure(client.authorizer.fetch(sandbox.url, init))).code).toBe('redirect_refused');
  });

  test('shows no value of the query that the server sent back', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox, { settings: { url: `${sandbox.url}?api_key=SECRET` } });
    await client.authorizer.signIn();
    sandbox.fault('mcp', { redirect: 'https://other.example/mcp?api_key=SECRET' });
    const error = await failure(client.authorizer.fetch(`${sandbox.url}?api_key=SECRET`, { method: 'POST' }));
    expect(error.message + JSON.stringify([error.facts, client.events])).not.toContain('SECRET');
  });
});

describe('a redirect of the question to a stranger', () => {
  test('within the server is followed, as the calls after it will be', async () => {
    const { server, client } = await scriptedProvider((origin) => ({
      'POST /mcp': { status: 307, headers: { location: '/mcp/' } },
      'POST /mcp/': {
        status: 401,
        headers: { 'www-authenticate': `Bearer resource_metadata="${origin}/prm", scope="a"` },
      },
      'GET /prm': { body: { resource: `${origin}/mcp`, authorization_servers: [origin] } },
    }));
    const one = client();
    await one.authorizer.signIn();
    expect((await one.record()).grant.requestedScopes).toEqual(['a']);
    expect(server.to('POST /mcp/')).toHaveLength(1);
  });

  test('to another server is refused', async () => {
    const other = await scriptServer();
    const { client } = await scriptedProvider(() => ({
      'POST /mcp': { status: 307, headers: { location: `${other.origin}/mcp?api_key=SECRET` } },
    }));
    const error = await failure(client().authorizer.signIn());
    expect(error).toMatchObject({
      code: 'redirect_refused',
      facts: { location: `${other.origin}/mcp?api_key=…` },
    });
    expect(error.message).not.toContain('SECRET');
    expect(other.seen).toEqual([]);
  });
});

describe('a redirect of metadata', () => {
  test('is followed (AuthKit)', async () => {
    const sandbox = await provider('authkit', { authorizationServers: 'none', sameOrigin: false });
    const client = clientOf(sandbox);
    // The document that the redirect leads to is about its own issuer, which is not the origin that was asked.
    expect((await failure(client.authorizer.signIn())).code).toBe('issuer_mismatch');
    expect(sandbox.log.of('metadata').map(({ server, status }) => [server, status])).toEqual([
      ['resource', 307],
      ['authorization', 200],
    ]);
    const trusting = clientOf(sandbox, { settings: { unsafe: { trustedIssuer: sandbox.issuer } } });
    await trusting.authorizer.signIn();
  });

  test('three times, not four', async () => {
    for (const hops of [3, 4]) {
      const { client } = await scriptedProvider((origin) => {
        const lines: Record<string, object> = {};
        for (let hop = 1; hop <= hops; hop += 1) {
          lines[`GET /hop/${hop - 1}`] = { status: 302, headers: { location: `/hop/${hop}` } };
        }
        return {
          ...lines,
          [`GET /hop/${hops}`]: { body: { resource: `${origin}/mcp`, authorization_servers: [origin] } },
          'GET /.well-known/oauth-protected-resource/mcp': undefined,
          'POST /mcp': {
            status: 401,
            headers: { 'www-authenticate': `Bearer resource_metadata="${origin}/hop/0"` },
          },
        };
      });
      const one = client();
      if (hops === 3) await one.authorizer.signIn();
      else expect((await failure(one.authorizer.signIn())).code).toBe('redirect_refused');
    }
  });

  test('without end ends, and nothing older is tried', async () => {
    for (const place of ['resource-metadata', 'metadata'] as const) {
      const sandbox = await provider('plain');
      sandbox.fault(place, 'redirects', 9);
      const client = clientOf(sandbox);
      expect((await failure(client.authorizer.signIn())).code).toBe('redirect_refused');
      expect(client.deviations()).not.toContain('A08');
      expect(sandbox.log.of('register')).toEqual([]);
    }
  });

  test.each([
    'file:///etc/passwd',
    'http://metadata.example/',
    'https://user:pass@as.example/',
    'javascript:alert(1)',
  ])('to %s is judged like any other address', async (redirect) => {
    for (const place of ['resource-metadata', 'metadata'] as const) {
      const sandbox = await provider('plain');
      sandbox.fault(place, { redirect });
      expect((await failure(clientOf(sandbox).authorizer.signIn())).code).toBe('endpoint_unsafe');
    }
  });

  test('to nowhere is an error', async () => {
    const sandbox = await provider('plain');
    sandbox.fault('metadata', { redirect: 'https://[' });
    expect((await failure(clientOf(sandbox).authorizer.signIn())).code).toBe('redirect_refused');
  });
});

describe('a request that carries secrets is not sent on, not even within the server', () => {
  test.each(['register', 'token'] as const)('%s', async (endpoint) => {
    for (const status of [301, 302, 303, 307, 308] as const) {
      const thief = await scriptServer();
      const sandbox = await provider('plain');
      sandbox.fault(endpoint, { redirect: `${thief.origin}/x`, status }, 1);
      expect((await failure(clientOf(sandbox).authorizer.signIn())).code).toBe('redirect_refused');
      sandbox.fault(endpoint, { redirect: '/token', status }, 1);
      expect((await failure(clientOf(sandbox).authorizer.signIn())).code).toBe('redirect_refused');
      expect(thief.seen).toEqual([]);
      expect(sandbox.log.of('token').length).toBe(endpoint === 'token' ? 2 : 0);
    }
  });
});
