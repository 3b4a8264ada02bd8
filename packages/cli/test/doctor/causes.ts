import type { Answer, Line, Seen } from '../../../auth/test/support/script.js';
import { serverDocument, TOKENS } from '../../../auth/test/support/scripted-provider.js';
import type { Case } from './case.js';

const ELSEWHERE = 'https://id.example';
const METADATA = 'GET /.well-known/oauth-authorization-server';
const RESOURCE = 'GET /.well-known/oauth-protected-resource/mcp';
const UNKNOWN: Answer = { status: 404, body: 'not found' };
const BARE = { 'POST /mcp': { status: 401, headers: { 'www-authenticate': 'Bearer' } } };

const backWith =
  (more: Record<string, string>): Line =>
  ({ query }: Seen) => {
    const callback = new URL(query.get('redirect_uri') ?? '');
    callback.search = new URLSearchParams({
      code: 'code-1',
      state: query.get('state') ?? '',
      ...more,
    }).toString();
    return { status: 302, headers: { location: callback.href } };
  };
const refused = (error: string, words: string, status = 400): Answer => ({
  status,
  body: { error, error_description: words },
});

/** What has cost somebody a day: see `causes.test.ts`. */
export const CAUSES: readonly Case[] = [
  {
    name: 'a clock that is years behind',
    how: 'look',
    lines: (origin) => ({
      [METADATA]: { body: serverDocument(origin), headers: { date: 'Mon, 01 Jan 2024 00:00:00 GMT' } },
    }),
    first: 'nothing',
    says: ['clock.server'],
  },
  {
    name: 'metadata behind a redirect',
    how: 'look',
    lines: (origin) => ({
      [METADATA]: { status: 307, headers: { location: `${origin}/metadata.json` } },
      'GET /metadata.json': { body: serverDocument(origin), headers: { 'content-type': 'text/plain' } },
    }),
    first: 'nothing',
    says: ['server.redirect', 'server.type'],
  },

  // Single providers, in their own words.
  {
    name: 'Entra wants a secret',
    how: 'login',
    lines: () => ({
      'POST /token': refused('invalid_client', 'AADSTS7000218: client_assertion or client_secret', 401),
    }),
    keys: 'oauth.client_id = "app"',
    first: 'token yours',
    fix: /oauth\.client_secret_env/,
  },
  {
    name: 'Entra knows no such scope',
    how: 'login',
    lines: () => ({
      'GET /authorize': backWith({
        error: 'invalid_scope',
        error_description: 'AADSTS650053: no such scope',
        code: '',
      }),
    }),
    first: 'authorization yours',
    fix: /scopes = /,
  },
  {
    name: 'Slack knows no such client',
    how: 'login',
    lines: () => ({ 'POST /token': { body: { ok: false, error: 'bad_client_secret' } } }),
    keys: 'oauth.client_id = "app"',
    first: 'token yours',
    fix: /new secret/,
  },
  {
    name: 'GitHub wants a secret',
    how: 'login',
    lines: () => ({
      'POST /token': { body: { error: 'incorrect_client_credentials', error_description: 'incorrect' } },
    }),
    keys: 'oauth.client_id = "app"',
    first: 'token yours',
    fix: /secret of an app/,
  },
  {
    name: 'Supabase wants the secret',
    how: 'login',
    lines: () => ({ 'POST /token': { status: 422, body: { message: 'Required parameter: client_secret' } } }),
    first: 'token yours',
    fix: /client_secret_env/,
  },
  {
    name: 'Keycloak trusts no such host',
    how: 'login',
    lines: () => ({
      'POST /register': refused('insufficient_scope', "Policy 'Trusted Hosts' rejected request", 403),
    }),
    first: 'client server',
    fix: /administrator/,
  },

  ...[401, 403].map((status): Case => ({
    name: `resource metadata that answers ${status}`,
    how: 'look',
    lines: () => ({ [RESOURCE]: { status } }),
    first: 'resource server',
  })),
  {
    name: 'issuer is a template',
    how: 'look',
    lines: (origin) => ({
      [METADATA]: { body: serverDocument(origin, { issuer: 'https://login.example/{tenantid}/v2.0' }) },
    }),
    first: 'server server',
  },
  {
    name: 'issuer with a blank',
    how: 'look',
    lines: (origin) => ({ [METADATA]: { body: serverDocument(origin, { issuer: `${origin} ` }) } }),
    first: 'server server',
  },
  {
    name: 'metadata documents and none configured',
    how: 'look',
    lines: (origin) => ({
      [METADATA]: {
        body: serverDocument(origin, {
          registration_endpoint: undefined,
          client_id_metadata_document_supported: true,
        }),
      },
    }),
    first: 'client yours',
  },
  {
    name: 'an API key that is refused',
    how: 'login',
    lines: () => ({
      'POST /mcp': { status: 401, body: 'no' },
      [RESOURCE]: UNKNOWN,
      [METADATA]: UNKNOWN,
      'POST /register': UNKNOWN,
    }),
    keys: 'http_headers = { "X-Api-Key" = "wrong-key" }',
    first: 'credential yours',
  },
  {
    name: 'an Authorization header that is refused',
    how: 'look',
    lines: () => ({ 'POST /mcp': { status: 401 } }),
    keys: 'http_headers = { Authorization = "Bearer wrong" }',
    first: 'credential yours',
  },
  {
    name: 'nobody to sign in to',
    how: 'login',
    lines: () => ({ ...BARE, [RESOURCE]: UNKNOWN, [METADATA]: UNKNOWN, 'POST /register': UNKNOWN }),
    first: 'server server',
  },
  {
    name: 'metadata named and absent',
    how: 'look',
    lines: () => ({ [RESOURCE]: UNKNOWN, [METADATA]: UNKNOWN }),
    first: 'resource server',
  },
  {
    name: 'resource metadata that has gone',
    how: 'look',
    lines: (origin) => ({ [METADATA]: { body: serverDocument(origin, { issuer: ELSEWHERE }) } }),
    keys: `unsafe.trusted_issuer = "${ELSEWHERE}"`,
    later: () => ({ ...BARE, [RESOURCE]: UNKNOWN, [METADATA]: UNKNOWN }),
    first: 'resource server',
  },
  {
    name: 'a token that was revoked',
    how: 'look',
    lines: () => ({}),
    later: () => ({
      'POST /mcp': { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
    }),
    first: 'session server',
  },
  {
    name: 'a refresh token that was revoked',
    how: 'refresh',
    lines: () => ({}),
    later: () => ({ 'POST /token': refused('invalid_grant', 'Grant not found') }),
    first: 'refresh yours',
  },
  {
    name: 'a client that was forgotten',
    how: 'refresh',
    lines: () => ({}),
    later: () => ({ 'POST /token': refused('invalid_client', 'unknown client', 401) }),
    first: 'refresh yours',
  },
  {
    name: 'Entra does not take the resource with these scopes',
    how: 'login',
    lines: () => ({
      'POST /token': refused(
        'invalid_target',
        'AADSTS9010010: The resource parameter does not match the scopes.',
      ),
    }),
    first: 'token server',
    fix: /oauth_resource = "none"/,
  },
  {
    name: 'a configured resource that is refused',
    how: 'login',
    lines: () => ({ 'POST /token': refused('invalid_target', 'no such resource') }),
    keys: 'oauth_resource = "https://wrong.example/mcp"',
    first: 'token yours',
  },
  {
    name: 'authorize says invalid_target',
    how: 'login',
    lines: () => ({ 'GET /authorize': backWith({ error: 'invalid_target', code: '' }) }),
    first: 'authorization server',
  },
  {
    name: 'two codes',
    how: 'login',
    lines: () => ({
      'GET /authorize': ({ query }: Seen) => ({
        status: 302,
        headers: { location: `${query.get('redirect_uri')}?code=a&code=b&state=${query.get('state')}` },
      }),
    }),
    first: 'authorization server',
  },
  {
    name: 'a page that shows an error',
    how: 'login',
    silent: true,
    lines: () => ({ 'GET /authorize': { status: 422, body: { message: 'Unrecognized client_id' } } }),
    first: 'authorization server',
    fix: /login .*--force/,
  },
  {
    name: 'a page that breaks',
    how: 'login',
    silent: true,
    lines: () => ({ 'GET /authorize': { status: 500, body: 'oops' } }),
    first: 'authorization server',
  },
  {
    name: 'a client that is not approved',
    how: 'login',
    lines: () => ({
      'POST /register': { status: 403, headers: { 'content-type': 'application/json' }, body: 'Forbidden' },
    }),
    first: 'client server',
    fix: /approve/,
  },
  {
    name: 'expired at once',
    how: 'login',
    lines: () => ({ 'POST /token': { body: { ...TOKENS, expires_in: 0 } } }),
    first: 'nothing',
    says: ['credential.life'],
  },
  {
    name: 'a parameter that is ours',
    how: 'look',
    lines: () => ({}),
    keys: 'oauth.authorize_params = { state = "mine" }',
    first: 'config yours',
  },
  {
    name: 'a scope that is none',
    how: 'look',
    lines: () => ({}),
    keys: 'scopes = ["a\\"b"]',
    first: 'config yours',
  },
  {
    name: 'an entry that is switched off',
    how: 'look',
    lines: () => ({}),
    keys: 'enabled = false',
    first: 'config yours',
  },
];
