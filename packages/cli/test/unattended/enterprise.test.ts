import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '@mcpass/sandbox';
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { clockOff } from '../harness/clock.js';
import { startProvider } from '../harness/provider.js';
import { createUnattended } from './machine.js';

/* Enterprise-managed authorization: the identity provider of an organisation vouches for its people, server by server. */

async function machineFor(sandbox: Sandbox, more: readonly string[] = []) {
  const unattended = createUnattended(
    (directory) => [
      `url = "${sandbox.url}"`,
      'oauth.grant = "enterprise"',
      'oauth.idp = "desk"',
      'oauth.client_id = "sandbox-agent"',
      'oauth.client_secret_env = "AGENT_SECRET"',
      '[identity_providers.desk]',
      `issuer = "${sandbox.identityProvider}"`,
      'client_id = "sandbox-desk"',
      'client_secret_env = "DESK_SECRET"',
      `id_token_file = "${directory}/id-token"`,
      ...more,
    ],
    { AGENT_SECRET: 'sandbox-secret', DESK_SECRET: 'sandbox-desk-secret' },
  );
  const file = join(unattended.directory, 'id-token');
  const write = async (claims?: Parameters<Sandbox['idToken']>[0]) => {
    writeFileSync(file, `${await sandbox.idToken(claims)}\n`, { mode: 0o600 });
  };
  await write();
  return { ...unattended, file, write };
}

test('an ID token is exchanged for each server, and what comes back goes there and nowhere else', async () => {
  const sandbox = await startProvider('enterprise');
  const { run, write, file, expire, host, machine } = await machineFor(sandbox);
  const idToken = readFileSync(file, 'utf8').trim();
  const before = await run('status', 'm');
  expect(before.stdout).toContain('m: ready\n');
  expect(before.stdout).toContain(`desk (${sandbox.identityProvider})`);
  const trace = join(machine.home, 'trace');
  const call = await run('call', 'm', 'whoami', '--debug', '--trace', trace);
  expect(call.code, call.stderr).toBe(0);
  expect(call.stdout).toBe('ada@sandbox.test mcp:read mcp:write\n');

  const [exchange] = sandbox.log.of('idp-token');
  expect(Object.fromEntries(exchange?.form ?? [])).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    subject_token: idToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    audience: sandbox.issuer,
    resource: sandbox.resource,
    scope: 'mcp:read mcp:write',
  });
  const basic = (pair: string) => `Basic ${btoa(pair)}`;
  expect(exchange?.headers['authorization']).toBe(basic('sandbox-desk:sandbox-desk-secret'));
  const [request] = sandbox.log.of('token');
  const assertion = request?.form.get('assertion') ?? '';
  expect(Object.fromEntries(request?.form ?? [])).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion,
    resource: sandbox.resource,
    scope: 'mcp:read mcp:write',
  });
  expect(request?.headers['authorization']).toBe(basic('sandbox-agent:sandbox-secret'));
  expect(decodeJwt(assertion)).toMatchObject({ aud: sandbox.issuer, client_id: 'sandbox-agent' });
  // Neither the server nor anything that is written down sees the ID token.
  expect(
    sandbox.log.all.filter(({ body }) => body.includes(idToken)).map(({ endpoint }) => endpoint),
  ).toEqual(['idp-token']);
  for (const secret of [idToken, assertion])
    expect(call.stderr + readFileSync(trace, 'utf8')).not.toContain(secret.split('.')[2]);

  // The extension that was used is declared.
  const greeting = sandbox.log.of('mcp').find(({ status }) => status === 200);
  expect(greeting?.body).toContain('io.modelcontextprotocol/enterprise-managed-authorization');

  const bridge = await host();
  sandbox.revokeAccessTokens();
  expect(await bridge.tool('whoami')).toContain('ada@sandbox.test');
  expire();
  await write();
  expect((await run('call', 'm', 'whoami')).code).toBe(0);
  const subjects = sandbox.log.of('idp-token').map(({ form }) => form.get('subject_token'));
  expect(subjects.slice(0, 2)).toEqual([idToken, idToken]);
  expect(subjects[2]).not.toBe(idToken);
  expect(new Set(sandbox.log.of('token').map(({ form }) => form.get('assertion'))).size).toBe(3);
  expect((await run('logout', 'm')).stdout).toContain('revoked at the server');
});

test('an ID token that is over, of somebody else, for another client or none at all is sent nowhere', async () => {
  const sandbox = await startProvider('enterprise');
  const { run, runWith, write, file } = await machineFor(sandbox);
  const refused = async (why: string) => {
    const ended = await run('token', 'm', '--json');
    expect([ended.code, ended.stdout], ended.stderr).toEqual([2, '']);
    expect(ended.error()).toMatchObject({ code: 'config_invalid', fault: 'yours' });
    expect(ended.error()['message']).toContain(file);
    expect(ended.error()['message']).toContain(why);
  };
  await write({ expiresInS: -120 });
  await refused('has expired');
  await write({ issuer: 'https://elsewhere.example' });
  await refused('was issued by "https://elsewhere.example"');
  await write({ audience: 'another-client' });
  await refused('was issued to "another-client", and not to "sandbox-desk"');
  writeFileSync(file, 'no token at all');
  await refused('is malformed');
  writeFileSync(file, '');
  await refused('is empty');
  await write();
  const late = await runWith(clockOff(7_200_000), 'token', 'm');
  expect([late.code, late.stderr]).toEqual([2, expect.stringContaining('by the clock of this machine')]);
  expect(sandbox.log.of('idp-token')).toEqual([]);
  expect(sandbox.log.of('token')).toEqual([]);
  expect((await run('token', 'm')).code).toBe(0);
});

describe('what the identity provider says', () => {
  test('a refusal by its policy is quoted, and blamed on it; the server is not asked', async () => {
    const sandbox = await startProvider('enterprise');
    const { run, write } = await machineFor(sandbox);
    await write({ subject: 'grace@sandbox.test' });
    const ended = await run('login', 'm');
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('The identity provider "desk" does not vouch for you');
    expect(ended.stderr).toContain('the policy of the organisation does not allow this application');
    expect(ended.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
    expect(sandbox.log.of('token')).toEqual([]);
  });

  test.each([
    ['it is in trouble', { status: 503, body: 'down' }, 3, 'could not answer just now'],
    ['its answer is lost', 'reset', 5, 'broke off'],
    ['a token of another type', answer('access_token', () => 'x.y.z'), 3, 'issued a token of another type'],
    ['no token', { status: 200, body: '{}' }, 3, 'without a token'],
    ['a page', { status: 200, body: '<html>' }, 3, 'without a token'],
    [
      'its word to another server',
      answer('id-jag', () => `e30.${btoa('{"aud":"https://elsewhere.example"}')}.x`),
      3,
      'vouches to "https://elsewhere.example"',
    ],
    [
      'that it does not know the client',
      { status: 401, body: '{"error":"invalid_client","error_description":"no such client"}' },
      3,
      'identity_providers.desk.client_id',
    ],
  ] as const)('%s: nothing is lost, and the server is not asked', async (_, fault, code, says) => {
    const sandbox = await startProvider('enterprise');
    const { run } = await machineFor(sandbox);
    sandbox.fault('idp-token', fault, 5);
    const ended = await run('token', 'm');
    expect([ended.code, ended.stdout], ended.stderr).toEqual([code, '']);
    expect(ended.stderr).toContain(says);
    expect(sandbox.log.of('token')).toEqual([]);
    sandbox.fault('idp-token', fault, 0);
    const again = await run('login', 'm', '--force');
    expect(again.code, again.stderr).toBe(0);
  });

  test('its word is taken once and in time only by the server, which says why not', async () => {
    const sandbox = await startProvider('enterprise');
    const { run } = await machineFor(sandbox, ['token_endpoint_auth_method = "client_secret_post"']);
    const wrong = await run('token', 'm');
    expect(wrong.code).toBe(0);
    const used = sandbox.log.of('token')[0]?.form.get('assertion') ?? '';
    sandbox.fault('idp-token', { status: 200, body: exchanged('id-jag', used) }, 1);
    const ended = await run('login', 'm', '--force');
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('does not accept the word of the identity provider');
    expect(ended.stderr).toContain('jti was used before');
  });
});

function exchanged(type: string, token: string): string {
  return JSON.stringify({
    issued_token_type: `urn:ietf:params:oauth:token-type:${type}`,
    access_token: token,
    token_type: 'N_A',
  });
}

function answer(type: string, token: () => string) {
  return { status: 200, body: exchanged(type, token()) };
}

test.each([
  ['oauth.grant = "enterprise"', 'needs oauth.idp'],
  [
    'oauth.grant = "enterprise"\noauth.idp = "dsk"',
    'there is no [identity_providers."dsk"]. Did you mean desk?',
  ],
  ['oauth.idp = "desk"', 'of use with oauth.grant enterprise only'],
  ['oauth.grant = "enterprise"\noauth.idp = "bare"', 'identity_providers.bare needs id_token_file'],
  ['oauth.grant = "enterprise"\noauth.idp = "open"', 'identity_providers.open.id_token is a secret'],
])('a configuration that is wrong is said: %s', async (lines, says) => {
  const { run } = createUnattended(() => [
    'url = "https://mcp.example/mcp"',
    lines,
    '[identity_providers.desk]',
    'issuer = "https://idp.example"',
    'client_id = "desk"',
    'id_token_file = "token"',
    '[identity_providers.bare]',
    'issuer = "https://idp.example"',
    'client_id = "bare"',
    '[identity_providers.open]',
    'issuer = "https://idp.example"',
    'id_token = "eyJ"',
  ]);
  const { code, stderr } = await run('token', 'm');
  expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
});
