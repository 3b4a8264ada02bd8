import { describe, expect, test } from 'vitest';

import { isMcpassError, type McpassError, type UnsafeOverrides } from '../../src/index.js';
import { judgeServerMetadata } from '../../src/server/metadata.js';
import { answer, PAGE } from '../support/answer.js';

const ISSUER = 'https://as.example.org/tenant';
const PLACE = 'https://as.example.org/.well-known/oauth-authorization-server/tenant';
const DOCUMENT = {
  issuer: ISSUER,
  authorization_endpoint: 'https://login.example.net/authorize',
  token_endpoint: 'https://as.example.org/token',
  code_challenge_methods_supported: ['S256'],
};

function judge(members: object, unsafe?: UnsafeOverrides, issuer: string = ISSUER) {
  const rule = { server: new URL('https://mcp.example.com/mcp'), unsafe };
  return judgeServerMetadata(answer(200, { ...DOCUMENT, ...members }), {
    issuer,
    place: PLACE,
    rule,
    nowMs: 0,
  });
}

function accepted(members: object, unsafe?: UnsafeOverrides, issuer?: string) {
  const judged = judge(members, unsafe, issuer);
  if (!judged.found) throw new Error(judged.why);
  return judged.server;
}

function refused(members: object, unsafe?: UnsafeOverrides, issuer?: string): McpassError {
  try {
    judge(members, unsafe, issuer);
  } catch (error) {
    if (isMcpassError(error)) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test('a good document is read', () => {
  const more = {
    registration_endpoint: 'https://as.example.org/register',
    revocation_endpoint: 'https://as.example.org/revoke',
    scopes_supported: ['a', 'offline_access'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
    something_unknown: { nested: true },
  };
  expect(judge(more)).toEqual({
    found: true,
    deviations: [],
    server: {
      issuer: ISSUER,
      authorizationEndpoint: 'https://login.example.net/authorize',
      tokenEndpoint: 'https://as.example.org/token',
      registrationEndpoint: 'https://as.example.org/register',
      revocationEndpoint: 'https://as.example.org/revoke',
      scopesSupported: ['a', 'offline_access'],
      authMethods: ['none'],
      issParameterSupported: true,
      clientIdMetadataDocumentSupported: true,
      metadataUrl: PLACE,
    },
  });
});

describe('no document here', () => {
  const look = (status: number, body: string | object) =>
    judgeServerMetadata(answer(status, body, { 'retry-after': '7' }), {
      issuer: ISSUER,
      place: PLACE,
      nowMs: 0,
      rule: { server: new URL('https://mcp.example.com/mcp') },
    });

  test.each([301, 400, 401, 403, 404, 405, 410, 422])('status %i', (status) => {
    expect(look(status, DOCUMENT)).toEqual({ found: false, why: String(status) });
  });

  test.each([
    ['a page', PAGE],
    ['an empty object', {}],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['a string', '"x"'],
    ['cut off JSON', '{"issuer":'],
  ])('%s with status 200', (_, body) => expect(look(200, body).found).toBe(false));

  test.each([429, 500, 502, 503, 504, 599])('status %i is trouble, which says nothing', (status) => {
    try {
      look(status, DOCUMENT);
    } catch (error) {
      expect(isMcpassError(error) && error.code).toBe(status === 429 ? 'rate_limited' : 'server_error');
      expect(isMcpassError(error) && error.remedy).toEqual({ do: 'retry_later', afterSeconds: 7 });
      return;
    }
    throw new Error('it was an answer');
  });
});

describe('the issuer is compared as a string (RFC 8414 section 3.3)', () => {
  test.each([
    ['another host', 'https://evil.example/tenant'],
    ['a slash more', `${ISSUER}/`],
    ['no path', 'https://as.example.org'],
    ['another case in the host', 'https://AS.example.org/tenant'],
    ['another case in the path', 'https://as.example.org/Tenant'],
    ['the default port', 'https://as.example.org:443/tenant'],
    ['percent-encoding', 'https://as.example.org/t%65nant'],
    ['a template', 'https://as.example.org/{tenantid}'],
    ['space round it', ` ${ISSUER} `],
  ])('%s is another issuer', (_, issuer) => {
    const error = refused({ issuer });
    expect(error.code).toBe('issuer_mismatch');
    expect(error.facts).toMatchObject({ expected: ISSUER });
  });

  test('a slash less is another issuer too', () => {
    expect(refused({ issuer: ISSUER }, undefined, `${ISSUER}/`).code).toBe('issuer_mismatch');
  });

  test.each([undefined, null, 42, '', ['https://as.example.org/tenant']])('%j is no issuer', (issuer) => {
    const judged = judge({ issuer });
    expect(judged).toEqual({ found: false, why: 'has no issuer' });
  });

  test('trusted_issuer excuses exactly the value that it names', () => {
    const issuer = 'https://id.example.org';
    expect(refused({ issuer }).remedy).toEqual({
      do: 'configure',
      key: 'unsafe.trusted_issuer',
      value: '"https://id.example.org"',
    });
    expect(accepted({ issuer }, { trustedIssuer: issuer }).issuer).toBe(issuer);
    expect(refused({ issuer: `${issuer}/` }, { trustedIssuer: issuer }).code).toBe('issuer_mismatch');
    expect(refused({ issuer: 'https://evil.example' }, { trustedIssuer: issuer }).code).toBe(
      'issuer_mismatch',
    );
    // The expected value stays good, too.
    expect(accepted({}, { trustedIssuer: issuer }).issuer).toBe(ISSUER);
  });

  test('the line to paste is one string that names the issuer as it is', () => {
    const issuer = 'https://x" allow_missing_iss = true # \\';
    const { remedy } = refused({ issuer });
    expect(remedy?.do).toBe('configure');
    expect(JSON.parse((remedy as { value: string }).value)).toBe(issuer);
  });

  test('there is no line to paste for a name that cannot be written down', () => {
    for (const issuer of ['https://x"\nallow_missing_iss = true # \u001b[2J', `https://${'x'.repeat(400)}`])
      expect(refused({ issuer }).remedy).toMatchObject({
        do: 'say',
        text: expect.stringContaining('operator'),
      });
  });
});

describe('PKCE (MCP authorization, "Authorization Code Protection")', () => {
  const methods = (value: unknown) => ({ code_challenge_methods_supported: value });

  test.each([[['S256']], [['plain', 'S256']], [['S256', 'S512']]])('%j is good', (value) => {
    expect(accepted(methods(value)).issuer).toBe(ISSUER);
  });

  test.each([[undefined], [null], ['S256'], [['plain']], [[]], [['s256']], [{ S256: true }]])(
    '%j is refused',
    (value) => {
      expect(refused(methods(value)).code).toBe('pkce_unsupported');
    },
  );

  test('assume_pkce excuses a server that says nothing, and none that says plain', () => {
    const unsafe = { assumePkce: true };
    expect(accepted(methods(undefined), unsafe).issuer).toBe(ISSUER);
    expect(accepted(methods(null), unsafe).issuer).toBe(ISSUER);
    expect(refused(methods(['plain']), unsafe).code).toBe('pkce_unsupported');
    expect(refused(methods([]), unsafe).code).toBe('pkce_unsupported');
    expect(refused(methods(undefined)).remedy).toEqual({
      do: 'configure',
      key: 'unsafe.assume_pkce',
      value: 'true',
    });
    expect(refused(methods(['plain'])).remedy).toBeUndefined();
  });
});

describe('members of the wrong type', () => {
  test('null is absent, without a word (supabase/auth#2310)', () => {
    const judged = judge({ registration_endpoint: null, scopes_supported: null, revocation_endpoint: null });
    expect(judged).toMatchObject({ found: true, deviations: [] });
    expect(judged).not.toHaveProperty('server.registrationEndpoint');
  });

  test('other nonsense is ignored, and said so', () => {
    const judged = judge({
      registration_endpoint: ['https://as.example.org/register'],
      revocation_endpoint: false,
      scopes_supported: 'a b',
      token_endpoint_auth_methods_supported: [1],
      authorization_response_iss_parameter_supported: 'true',
    });
    expect(judged).toMatchObject({ found: true, server: { issParameterSupported: false } });
    const named = judged.found ? judged.deviations.map(({ id, text }) => `${id} ${text.split(' ')[0]}`) : [];
    expect(named.sort()).toEqual([
      'A27 authorization_response_iss_parameter_supported',
      'A27 registration_endpoint',
      'A27 revocation_endpoint',
      'A27 scopes_supported',
      'A27 token_endpoint_auth_methods_supported',
    ]);
    expect(judged).not.toHaveProperty('server.registrationEndpoint');
    expect(judged).not.toHaveProperty('server.scopesSupported');
  });

  test.each(['authorization_endpoint', 'token_endpoint'])('without %s there is no signing in', (name) => {
    for (const value of [undefined, null, '', 7])
      expect(refused({ [name]: value }).code).toBe('answer_invalid');
  });
});

describe('hostile endpoints', () => {
  const names = ['authorization_endpoint', 'token_endpoint', 'registration_endpoint', 'revocation_endpoint'];
  const values = [
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:text/html,x',
    'blob:https://mcp.example.com/x',
    'http://as.example.org/x',
    'https://169.254.169.254/x',
    'https://[::ffff:10.0.0.1]/x',
    'https://user:pass@as.example.org/x',
    '/relative',
    '$(calc)',
  ];

  test.each(names.flatMap((name) => values.map((value) => [name, value])))('%s: %s', (name, value) => {
    expect(refused({ [name ?? '']: value }).code).toBe('endpoint_unsafe');
  });

  test('endpoints on other public hosts are legal (codex#44437)', () => {
    expect(accepted({ token_endpoint: 'https://eu.tokens.example.net/t' }).tokenEndpoint).toBe(
      'https://eu.tokens.example.net/t',
    );
  });

  test('a fragment is dropped, a query kept (RFC 6749 section 3.1)', () => {
    const server = accepted({ authorization_endpoint: 'https://as.example.org/authorize?tenant=a%20b#top' });
    expect(server.authorizationEndpoint).toBe('https://as.example.org/authorize?tenant=a%20b');
  });
});
