import { describe, expect, test } from 'vitest';
import { HOSTILE_TEXT, type SandboxOptions } from '../../src/index.js';
import { register, signIn, type SignInOptions } from '../support/oauth.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

describe('what is refused goes back to the client', () => {
  const cases: [string, SandboxOptions, SignInOptions, string][] = [
    ['another response type', {}, { authorize: { response_type: 'token' } }, 'unsupported_response_type'],
    ['no PKCE', {}, { authorize: { code_challenge: undefined } }, 'invalid_request'],
    ['plain PKCE', {}, { authorize: { code_challenge_method: 'plain' } }, 'invalid_request'],
    ['PKCE without a method', {}, { authorize: { code_challenge_method: undefined } }, 'invalid_request'],
    ['a challenge that is no SHA-256', {}, { authorize: { code_challenge: 'short' } }, 'invalid_request'],
    ['an unknown resource', {}, { resource: 'https://other.test' }, 'invalid_target'],
    ['any resource, where none is understood', { resource: 'refused' }, {}, 'invalid_target'],
    ['no state', { authorizeRefuses: ['no-state'] }, { authorize: { state: undefined } }, 'invalid_request'],
    [
      'a short state',
      { authorizeRefuses: ['short-state'] },
      { authorize: { state: '1234567' } },
      'invalid_state',
    ],
    ['no scope', { authorizeRefuses: ['no-scope'] }, {}, 'invalid_scope'],
    [
      'an unknown parameter',
      { authorizeRefuses: ['unknown-parameters'] },
      { authorize: { prompt: 'consent' } },
      'invalid_request',
    ],
    ['an unknown scope', { grantableScopes: ['a'] }, { scope: 'a b' }, 'invalid_scope'],
    [
      'a scope that was not registered',
      { scopesFrozen: true },
      { authorize: { scope: 'a' } },
      'invalid_scope',
    ],
    ['a decoy', { scopeDecoys: ['sudo'], decoyAnswer: 'access_denied' }, { scope: 'sudo' }, 'access_denied'],
  ];
  for (const [name, options, request, error] of cases) {
    test(name, async () => {
      const { callback } = await signIn(await start('plain', options), request);
      expect(callback.get('error')).toBe(error);
      expect(callback.get('code')).toBeNull();
      if (!(request.authorize && 'state' in request.authorize))
        expect(callback.get('state')).toBe('some-state');
    });
  }
});

describe('what is taken', () => {
  const cases: [string, SandboxOptions, SignInOptions][] = [
    ['a plain request', {}, {}],
    ['no state', {}, { authorize: { state: undefined } }],
    ['no resource, where it is only checked', {}, { resource: undefined }],
    ['any resource, where it is ignored', { resource: 'ignored' }, { resource: 'https://other.test' }],
    ['no resource, where none is understood', { resource: 'refused' }, { resource: undefined }],
    ['unknown parameters', {}, { authorize: { prompt: 'consent' } }],
    [
      'standard parameters, where the list is closed',
      { authorizeRefuses: ['unknown-parameters'] },
      { scope: 'a' },
    ],
    [
      'a state of eight',
      { authorizeRefuses: ['no-state', 'short-state'] },
      { authorize: { state: '12345678' } },
    ],
  ];
  for (const [name, options, request] of cases) {
    test(name, async () => {
      const flow = await signIn(await start('plain', options), request);
      expect(flow.callback.get('error')).toBeNull();
      expect((await flow.exchange()).status).toBe(200);
    });
  }

  test('a scope that is dropped rather than refused', async () => {
    const sandbox = await start('plain', { grantableScopes: ['a'], otherScopes: 'dropped' });
    expect((await (await signIn(sandbox, { scope: 'a b' })).exchange()).json).toMatchObject({ scope: 'a' });
  });

  test('no PKCE at all, where it is optional', async () => {
    const sandbox = await start('plain', { pkce: 'optional' });
    const authorize = { code_challenge: undefined, code_challenge_method: undefined };
    const flow = await signIn(sandbox, { authorize });
    expect((await flow.exchange({ code_verifier: undefined })).status).toBe(200);
  });

  test('plain PKCE, where it is accepted', async () => {
    const sandbox = await start('plain', { pkce: 'plain-accepted' });
    const verifier = 'v'.repeat(43);
    const flow = await signIn(sandbox, {
      authorize: { code_challenge: verifier, code_challenge_method: 'plain' },
    });
    expect((await flow.exchange({ code_verifier: verifier })).status).toBe(200);
  });
});

describe('what the client never hears of', () => {
  test('an unknown client, a redirect URI that was not registered', async () => {
    const sandbox = await start('plain');
    const unknown = await signIn(sandbox, { clientId: 'nobody' });
    expect(unknown.html).toContain('unknown client nobody');
    const clientId = String((await register(sandbox)).json['client_id']);
    const elsewhere = await signIn(sandbox, {
      clientId,
      authorize: { redirect_uri: 'http://evil.test/callback' },
    });
    expect(elsewhere.html).toContain('redirect_uri not registered');
    expect(elsewhere.callback.size).toBe(0);
  });

  test('a client that was forgotten', async () => {
    const sandbox = await start('plain');
    const clientId = String((await register(sandbox)).json['client_id']);
    sandbox.forgetClients();
    expect((await signIn(sandbox, { clientId })).html).toContain('unknown client');
  });

  test('any error at all, where errors are pages', async () => {
    const flow = await signIn(await start('plain', { authorizeErrors: 'page' }), {
      resource: 'https://other.test',
    });
    expect(flow.html).toContain('invalid_target');
    expect(flow.callback.size).toBe(0);
  });
});

test('a parameter that is sent twice', async () => {
  const sandbox = await start('plain', { consent: 'auto' });
  const clientId = String((await register(sandbox)).json['client_id']);
  const redirectUri = 'http://127.0.0.1:9/callback';
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
  });
  query.append('resource', sandbox.resource);
  query.append('resource', sandbox.resource);
  const answer = await fetch(`${sandbox.issuer}/authorize?${query}`, { redirect: 'manual' });
  expect(answer.headers.get('location')).toContain('error=invalid_request');
});

test('loopback ports are free, or exactly the registered one', async () => {
  const uri = 'http://127.0.0.1:4/callback';
  const free = await start('plain');
  const anyPort = String((await register(free, { redirect_uris: [uri] })).json['client_id']);
  expect((await signIn(free, { clientId: anyPort })).callback.get('code')).toBeTruthy();
  const exact = await start('plain', { redirectMatch: 'exact' });
  const onePort = String((await register(exact, { redirect_uris: [uri] })).json['client_id']);
  expect((await signIn(exact, { clientId: onePort })).html).toContain('redirect_uri not registered');
  const other = String(
    (await register(free, { redirect_uris: ['http://127.0.0.1/elsewhere'] })).json['client_id'],
  );
  expect((await signIn(free, { clientId: other })).html).toContain('redirect_uri not registered');
});

test('the iss of the callback', async () => {
  const issOf = async (iss: NonNullable<SandboxOptions['iss']>): Promise<[string, string | null]> => {
    const sandbox = await start('plain', { iss });
    return [sandbox.issuer, (await signIn(sandbox)).callback.get('iss')];
  };
  const [one, right] = await issOf('right');
  expect(right).toBe(one);
  expect((await issOf('missing'))[1]).toBeNull();
  const [two, slash] = await issOf('slash');
  expect(slash).toBe(`${two}/`);
  expect((await issOf('wrong'))[1]).toBe('https://other-issuer.test');
  expect((await issOf('https://as.test'))[1]).toBe('https://as.test');
});

test('consent without a page', async () => {
  const sandbox = await start('plain', { consent: 'auto' });
  expect((await (await signIn(sandbox)).exchange()).status).toBe(200);
  expect(sandbox.log.of('consent')).toHaveLength(0);
});

test('foreign text reaches the client as it is, and a page without its markup', async () => {
  const sandbox = await start('plain', { errorText: HOSTILE_TEXT });
  const flow = await signIn(sandbox, { resource: 'https://other.test' });
  expect(flow.callback.get('error_description')).toBe(HOSTILE_TEXT);
  const page = await signIn(sandbox, { clientId: 'nobody' });
  expect(page.html).not.toContain('<script>');
});

test('an answered question cannot be answered again', async () => {
  const sandbox = await start('plain');
  await signIn(sandbox);
  const [asked] = sandbox.log.of('consent');
  const again = await fetch(`${sandbox.issuer}/consent`, { method: 'POST', body: asked?.form ?? null });
  expect(again.status).toBe(400);
});
