import { describe, expect, test } from 'vitest';
import type { Answer, Line, Seen } from '../../auth/test/support/script.js';
import {
  scriptedProvider,
  serverDocument,
  TOKENS,
  type ScriptedProvider,
} from '../../auth/test/support/scripted-provider.js';
import { createMachine, type Ended, type Machine, type RunOptions } from './harness/command.js';
import { messageFor } from './odd-servers/odd-server.js';

/* A message that names the wrong cause costs a day. Each cause here with what was said, the code, and what the other
   side was asked. */

const METADATA = 'GET /.well-known/oauth-authorization-server';
const RESOURCE = 'GET /.well-known/oauth-protected-resource/mcp';
const UNKNOWN: Answer = { status: 404, body: 'not found' };
const AT_ROOT = 'GET /.well-known/oauth-protected-resource';

interface Story extends ScriptedProvider {
  readonly machine: Machine;
  run(...words: readonly string[]): Promise<Ended>;
  runWith(options: RunOptions, ...words: readonly string[]): Promise<Ended>;
  /** The error of the same command as JSON, whatever was said before it. */
  errorOf(...words: readonly string[]): Promise<Record<string, string>>;
}

/** What a server answers to a message that it lets in. */
function answerTo(body: string): Answer {
  const { method, id } = JSON.parse(body) as { method: string; id?: unknown };
  return id === undefined ? { status: 202 } : { body: messageFor(method, id) };
}

/** A provider, and a machine where it is called `box`. */
async function story(
  lines: (origin: string) => Readonly<Record<string, Line | undefined>>,
  keys: (origin: string) => string = () => '',
): Promise<Story> {
  const provider = await scriptedProvider(lines);
  const machine = createMachine({ person: 'consents' });
  machine.writeConfig(`[mcp_servers.box]\nurl = "${provider.url}"\n${keys(provider.server.origin)}`);
  return {
    ...provider,
    machine,
    run: (...words) => machine.run(...words),
    runWith: (options, ...words) => machine.runWith(options, ...words),
    async errorOf(...words) {
      const { stderr } = await machine.run(...words, '--json');
      const last = stderr.trimEnd().split('\n').pop() ?? '';
      return (JSON.parse(last) as { error: Record<string, string> }).error;
    },
  };
}

describe('the issuer of the metadata', () => {
  const named = (issuer: (origin: string) => string) => (origin: string) => ({
    [METADATA]: { body: serverDocument(origin, { issuer: issuer(origin) }) },
  });

  test('with the slash of an empty path is the same, and is spelled so from then on', async () => {
    const { run, url, server } = await story((origin) => ({
      ...named((host) => `${host}/`)(origin),
      'GET /authorize': answerWith(() => ({ iss: `${origin}/` })),
    }));
    const login = await run('login', 'box', '--debug');
    expect(login.code, login.stderr).toBe(0);
    expect(login.stderr).toContain('tolerated A19');
    expect(login.stdout).toContain(`issuer   ${server.origin}/\n`);
    const again = (await run('status', 'box', '--json')).json() as { servers: readonly object[] };
    expect(again.servers[0]).toMatchObject({ issuer: `${server.origin}/`, tolerated: ['A19'] });
    // The next sign-in takes the registration of this one.
    expect((await run('login', 'box', '--force')).code).toBe(0);
    expect(server.to('POST /register')).toHaveLength(1);
    expect(url).toContain(server.origin);
  });

  test('without the slash of the name that led to it, likewise', async () => {
    const { run, server } = await story((origin) => ({
      [RESOURCE]: { body: { resource: `${origin}/mcp`, authorization_servers: [`${origin}/`] } },
    }));
    const login = await run('login', 'box', '--debug');
    expect(login.code, login.stderr).toBe(0);
    expect(login.stderr).toContain('tolerated A19');
    expect(login.stdout).toContain(`issuer   ${server.origin}\n`);
  });

  test('is compared to the byte with iss, in the spelling of the document', async () => {
    const { run, server } = await story((origin) => ({
      ...named((host) => `${host}/`)(origin),
      'GET /authorize': answerWith(() => ({ iss: origin })),
    }));
    const login = await run('login', 'box');
    expect(login.code).toBe(3);
    expect(login.stderr).toContain(
      `The answer comes from "${server.origin}", but "${server.origin}/" was asked`,
    );
    expect(server.to('POST /token')).toEqual([]);
  });

  test.each([
    ['two slashes', (origin: string) => `${origin}//`],
    ['a path', (origin: string) => `${origin}/x`],
    ['a query', (origin: string) => `${origin}?`],
    ['a fragment', (origin: string) => `${origin}#/`],
    ['another case', (origin: string) => `${origin.replace('http', 'HTTP')}/`],
    ['another host', () => 'https://127.0.0.2'],
  ])('with any other difference is another one: %s', async (_, issuer) => {
    const { run, server } = await story(named(issuer));
    const login = await run('login', 'box');
    expect([login.code, login.stderr]).toEqual([3, expect.stringContaining('is about another issuer')]);
    expect(server.to('POST /register')).toEqual([]);
  });

  test('with a slash more at a path stays another one', async () => {
    const { run, server } = await story((origin) => ({
      [RESOURCE]: { body: { resource: `${origin}/mcp`, authorization_servers: [`${origin}/tenant`] } },
      'GET /.well-known/oauth-authorization-server/tenant': {
        body: serverDocument(origin, { issuer: `${origin}/tenant/` }),
      },
    }));
    expect((await run('login', 'box')).stderr).toContain('is about another issuer');
    expect(server.to('POST /register')).toEqual([]);
  });

  test.each([
    ['before it', (origin: string) => ` ${origin}`, '"\\u{20}http'],
    ['after it', (origin: string) => `${origin} `, '\\u{20}"'],
    ['a line end', (origin: string) => `${origin}\n`, '\\u{a}"'],
    ['a zero width space', (origin: string) => `${origin}\u200b`, '\\u{200b}"'],
  ])('with something that nobody sees shows the difference: %s', async (_, issuer, shown) => {
    const { run, errorOf } = await story(named(issuer));
    expect((await run('login', 'box')).stderr).toContain(shown);
    const { code, message, hint } = await errorOf('login', 'box');
    expect([code, message]).toEqual(['issuer_mismatch', expect.stringContaining(shown)]);
    // What can be written down can be trusted by name; for the rest the operator is asked.
    expect(hint).toMatch(/unsafe\.trusted_issuer = "(?: http.*|http.* )"|ask the operator/);
  });

  test('that is a template for tenants asks for yours, and takes it', async () => {
    const template = 'https://login.example/{tenantid}/v2.0';
    const mine = template.replace('{tenantid}', '0f1e-22');
    const refused = await story(named(() => template));
    const { stderr, code } = await refused.run('login', 'box');
    expect(code).toBe(3);
    expect(stderr).toContain('is a template for many tenants');
    expect(stderr).toContain('unsafe.trusted_issuer = "https://login.example/YOUR-TENANT-ID/v2.0"');
    expect(refused.server.to('POST /register')).toEqual([]);

    const trusting = await story(
      named(() => template),
      () => `unsafe.trusted_issuer = "${mine}"\n`,
    );
    const login = await trusting.run('login', 'box');
    expect(login.code, login.stderr).toBe(0);
    expect(login.stdout).toContain(`issuer   ${mine}\n`);
  });

  test.each([
    'https://login.example/a/b/v2.0',
    'https://login.example//v2.0',
    'https://other.example/a/v2.0',
  ])('the tenant is one word in the place of the template: not %s', async (trusted) => {
    const { run, server } = await story(
      named(() => 'https://login.example/{tenantid}/v2.0'),
      () => `unsafe.trusted_issuer = "${trusted}"\n`,
    );
    expect((await run('login', 'box')).code).toBe(3);
    expect(server.to('POST /register')).toEqual([]);
  });
});

test.each([
  [401, AT_ROOT],
  [403, RESOURCE],
])('resource metadata that answers %s: what to ask of the operator', async (status, line) => {
  const { run, errorOf, server } = await story(() => ({
    'POST /mcp': { status: 401, headers: { 'www-authenticate': 'Bearer' } },
    [RESOURCE]: UNKNOWN,
    [line]: { status },
  }));
  const login = await run('login', 'box');
  expect(login.code).toBe(3);
  const place = `${server.origin}${line.slice(4)}`;
  expect(login.stderr).toContain(`${place} (${status})`);
  expect(login.stderr).toContain(`do:    ask the operator to serve ${place} to everybody`);
  expect(await errorOf('login', 'box')).toMatchObject({ code: 'resource_metadata_invalid', fault: 'server' });
  expect(server.to('GET /authorize')).toEqual([]);
});

describe('a server that registers no clients', () => {
  const document = (members: object) => (origin: string) => ({
    [METADATA]: { body: serverDocument(origin, { registration_endpoint: undefined, ...members }) },
  });

  test('and takes metadata documents: one remedy, which works', async () => {
    const { run, machine, url, server } = await story(
      document({ client_id_metadata_document_supported: true }),
    );
    const login = await run('login', 'box');
    expect(login.code).toBe(2);
    expect(login.stderr).toContain('add:   oauth.client_metadata_url = ');
    expect(login.stderr).not.toContain('client_id');
    machine.writeConfig(
      `[mcp_servers.box]\nurl = "${url}"\noauth.client_metadata_url = "https://me.example/client.json"\n`,
    );
    expect((await run('login', 'box')).code).toBe(0);
    expect(server.to('GET /authorize')[0]?.query.get('client_id')).toBe('https://me.example/client.json');
  });

  test('and takes none: the client that somebody makes there', async () => {
    const { run } = await story(document({}));
    const login = await run('login', 'box');
    expect(login.code).toBe(2);
    expect(login.stderr).toContain('add:   oauth.client_id = ');
    expect(login.stderr).not.toContain('metadata');
  });
});

describe('a resource that the authorization server does not take', () => {
  const ENTRA = 'AADSTS9010010: The resource parameter provided in the request does not match the scopes.';
  const NONE = 'add:   oauth_resource = "none"';

  test.each([
    ['POST /token', { status: 400, body: { error: 'invalid_target', error_description: ENTRA } }, NONE],
    [
      'POST /token',
      { status: 400, body: { error: 'invalid_request', error_description: 'AADSTS901002: resource?' } },
      NONE,
    ],
    ['GET /authorize', answerWith(() => ({ error: 'invalid_target', error_description: ENTRA })), NONE],
    ['POST /token', { status: 400, body: { error: 'invalid_target' } }, 'add:   oauth_resource = "the name'],
    ['GET /authorize', answerWith(() => ({ error: 'invalid_target' })), 'add:   oauth_resource = "the name'],
  ])('%s: the line that helps', async (line, answer, remedy) => {
    const { run } = await story(() => ({ [line]: answer }));
    const login = await run('login', 'box');
    expect([login.code, login.stderr]).toEqual([3, expect.stringContaining(remedy)]);
  });

  test.each([
    ['POST /token', { status: 400, body: { error: 'invalid_target' } }, 3],
    ['GET /authorize', answerWith(() => ({ error: 'invalid_target' })), 3],
    ['POST /mcp', { status: 401, body: '' }, 4],
  ])('%s: one of the configuration is its fault, and its key is named', async (line, answer, code) => {
    const wrong = 'https://wrong.example/mcp';
    const { run, errorOf } = await story(
      () => ({ [line]: answer }),
      () => `oauth_resource = "${wrong}"\n`,
    );
    if (line === 'POST /mcp') await run('login', 'box');
    const words = line === 'POST /mcp' ? ['tools', 'box', '--login'] : ['login', 'box'];
    const ended = await run(...words);
    expect([ended.code, ended.stderr]).toEqual([
      code,
      expect.stringContaining(`do:    correct oauth_resource, which is "${wrong}" in the configuration`),
    ]);
    expect(ended.stderr).not.toContain("the server's fault");
    expect(await errorOf(...words)).toMatchObject({ fault: 'yours' });
  });

  test('another refusal says nothing about it', async () => {
    const { run } = await story(() => ({
      'POST /token': { status: 400, body: { error: 'invalid_request' } },
    }));
    expect((await run('login', 'box')).stderr).not.toContain('oauth_resource');
  });

  test('left out, it is in none of the requests', async () => {
    const { run, server } = await story(
      () => ({
        'POST /token': ({ form }: Seen) =>
          form.has('resource') ? { status: 400, body: { error: 'invalid_target' } } : { body: TOKENS },
      }),
      () => 'oauth_resource = "none"\n',
    );
    expect((await run('login', 'box')).code).toBe(0);
    expect((await run('refresh', 'box')).code).toBe(0);
    expect(server.to('GET /authorize')[0]?.query.has('resource')).toBe(false);
    expect(server.to('POST /token').map(({ form }) => form.has('resource'))).toEqual([false, false]);
  });
});

test.each([
  [315_705_599, 3654],
  [1_000_000_000, 11_574],
])('a token that lives for %s seconds ends then', async (seconds, days) => {
  const { run } = await story(() => ({
    'POST /token': { body: { access_token: 'at', token_type: 'Bearer', expires_in: seconds } },
  }));
  const login = await run('login', 'box', '--json');
  const { expiresAt } = (login.json() as { server: { expiresAt: string } }).server;
  expect(Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000)).toBe(days);
  expect((await run('status', 'box')).stdout).not.toContain('does not say');
});

describe('a client secret', () => {
  const keys = (more: string) => () => `oauth.client_id = "abc"\n${more}`;

  test.each([
    ['se\u2019cret', 'U+2019 at place 3'],
    ['caf\u00e9', 'U+00E9 at place 4'],
    ['a\u200bb', 'U+200B at place 2'],
    ['\u{1f600}\u00a0x', 'U+1F600 at place 1'],
  ])(
    'with a character that none may have: what is wrong with it, not that it is missing',
    async (secret, where) => {
      const { runWith, server } = await story(() => ({}), keys('oauth.client_secret_env = "BOX_SECRET"\n'));
      const login = await runWith({ env: { BOX_SECRET: secret } }, 'login', 'box');
      expect(login.code).toBe(2);
      expect(login.stderr).toContain(where);
      expect(login.stderr).toContain('do:    copy it again');
      expect(login.stderr).not.toContain('set the variable');
      expect(login.stderr).not.toContain(secret);
      expect(server.to('GET /authorize')).toEqual([]);
    },
  );

  test('that is not there is asked for', async () => {
    const { run } = await story(() => ({}), keys('oauth.client_secret_env = "BOX_SECRET"\n'));
    const login = await run('login', 'box');
    expect([login.code, login.stderr]).toEqual([
      2,
      expect.stringContaining('do:    set the variable BOX_SECRET'),
    ]);
  });

  test('with blanks and signs in it is sent as it is', async () => {
    const { runWith, server } = await story(
      () => ({}),
      keys(
        'oauth.client_secret_env = "BOX_SECRET"\noauth.token_endpoint_auth_method = "client_secret_post"\n',
      ),
    );
    const secret = 'a b"c\\d+%~';
    expect((await runWith({ env: { BOX_SECRET: secret } }, 'login', 'box')).code).toBe(0);
    expect(server.to('POST /token')[0]?.form.get('client_secret')).toBe(secret);
  });
});

test('a page that shows an error and never comes back: what it was asked for', async () => {
  const { run, errorOf } = await story(
    () => ({ 'GET /authorize': { status: 400, body: '<html><title>redirect_uri not allowed</title>' } }),
    () => 'scopes = ["read", "write"]\n',
  );
  const login = await run('login', 'box', '--timeout', '1');
  expect(login.code).toBe(4);
  // Whether the page was open by then is nobody's business: what it was asked for stands in the address.
  const address = login.stderr.split('\n').find((line) => line.includes('/authorize?'));
  expect(login.stderr).toContain(
    `If the page showed an error: it was asked for the scopes "read write", to come back to ${new URL(address ?? '').searchParams.get('redirect_uri')}.`,
  );
  const { code, message } = await errorOf('login', 'box', '--timeout', '1');
  expect([code, message]).toEqual([
    'login_timeout',
    expect.stringContaining('to come back to http://127.0.0.1:'),
  ]);
});

describe('a header of the configuration', () => {
  const STRANGERS: Record<string, Line> = {
    'POST /mcp': { status: 401, body: 'no' },
    [RESOURCE]: UNKNOWN,
    [METADATA]: UNKNOWN,
    'POST /register': UNKNOWN,
    'GET /authorize': UNKNOWN,
  };
  const KEY = () => 'http_headers = { "X-Api-Key" = "wrong", "X-Region" = "eu" }\n';
  const REFUSED = 'refuses the header "X-Api-Key" that is configured for it';

  test('with a key that is refused is named, and no sign-in is suggested', async () => {
    const { run, errorOf, server } = await story(() => STRANGERS, KEY);
    for (const words of [
      ['tools', 'box'],
      ['call', 'box', 't'],
      ['status', 'box', '--online'],
    ]) {
      const ended = await run(...words);
      expect([ended.code, ended.stdout + ended.stderr]).toEqual([4, expect.stringContaining(REFUSED)]);
    }
    const tools = await run('tools', 'box');
    expect(tools.stderr).not.toContain('mcpass login');
    expect(tools.stderr).toContain('do:    replace its value where it comes from');
    expect(await errorOf('tools', 'box')).toMatchObject({
      code: 'token_rejected',
      fault: 'yours',
      step: 'credential',
    });
    expect(server.to('POST /mcp')[0]?.headers['x-api-key']).toBe('wrong');
    expect(server.to('POST /register')).toEqual([]);
  });

  test('is named by a sign-in too, with the guess that was made and that nobody was found', async () => {
    const { run, errorOf, server } = await story(() => STRANGERS, KEY);
    const login = await run('login', 'box');
    expect(login.code).toBe(4);
    expect(login.stderr).toContain(REFUSED);
    expect(login.stderr).toContain(
      `no authorization server was found (${server.origin}/register, the guess of 2025-03-26, answers 404)`,
    );
    expect(await errorOf('login', 'box')).toMatchObject({ code: 'token_rejected' });
    // A guess of ours, asked once and nothing more.
    expect(server.to('POST /register')).toHaveLength(2);
    expect(server.to('GET /authorize')).toEqual([]);
  });

  test('that chooses a region only is no credential', async () => {
    const { run } = await story(
      () => STRANGERS,
      () => 'http_headers = { "X-Region" = "eu" }\n',
    );
    const tools = await run('tools', 'box');
    expect([tools.code, tools.stderr]).toEqual([4, expect.stringContaining('run:   mcpass login box')]);
  });

  test('is not blamed where the server says where to sign in', async () => {
    const { run } = await story(() => ({}), KEY);
    expect((await run('tools', 'box')).stderr).toContain('run:   mcpass login box');
    expect((await run('login', 'box')).code).toBe(0);
    expect((await run('status', 'box')).stdout).toContain('signed in');
  });

  test('that is the Authorization itself is named as well', async () => {
    const { runWith } = await story(
      () => STRANGERS,
      () => 'env_http_headers = { Authorization = "BOX_AUTH" }\n',
    );
    const tools = await runWith({ env: { BOX_AUTH: 'Bearer wrong' } }, 'tools', 'box');
    expect([tools.code, tools.stderr]).toEqual([4, expect.stringContaining('the header "Authorization"')]);
  });

  test.each([404, 405, 401, 403])(
    'without one, a guess that answers %s is called a guess',
    async (status) => {
      const { run, errorOf } = await story(() => ({
        ...STRANGERS,
        'POST /register': { status, body: '<html>' },
      }));
      const login = await run('login', 'box');
      expect(login.code).toBe(3);
      expect(login.stderr).toContain(`No authorization server was found`);
      expect(login.stderr).toContain(`the guess of 2025-03-26, answers ${status}`);
      expect(login.stderr).toContain('env_http_headers or bearer_token_env_var');
      expect((await errorOf('login', 'box'))['code']).toBe('server_metadata_missing');
    },
  );

  test('a guess that hits is used, and what it refuses is told in its words', async () => {
    const { run } = await story(() => ({
      ...STRANGERS,
      'POST /register': {
        status: 400,
        body: { error: 'invalid_client_metadata', error_description: 'no robots' },
      },
    }));
    const login = await run('login', 'box');
    expect([login.code, login.stderr]).toEqual([3, expect.stringContaining('no robots')]);
  });
});

describe('a token that nobody can renew', () => {
  const YEAR = 31_536_000;
  const token = (members: object) => () => ({
    'POST /token': { body: { access_token: 'at', token_type: 'Bearer', ...members } },
  });

  test('and that lives is not called expired', async () => {
    const { run, errorOf, server } = await story(token({ expires_in: YEAR }));
    await run('login', 'box');
    const { servers } = (await run('status', 'box', '--json')).json() as {
      servers: readonly { expiresAt: string }[];
    };
    const refresh = await run('refresh', 'box');
    expect(refresh.code).toBe(4);
    expect(refresh.stderr).toContain('cannot be renewed (no refresh token was given at the sign-in)');
    expect(refresh.stderr).toContain(`valid until ${servers[0]?.expiresAt}`);
    expect(refresh.stderr).toContain('run:   mcpass login box --force');
    expect(refresh.stderr).not.toContain('expired');
    expect(await errorOf('refresh', 'box')).toMatchObject({ code: 'login_required' });
    expect(server.to('POST /token')).toHaveLength(1);
    expect((await run('token', 'box')).stdout).toBe('at\n');
  });

  test('and that the server refuses before its time is not called expired either', async () => {
    const { run, server } = await story(token({ expires_in: YEAR }));
    await run('login', 'box');
    server.learn({ 'POST /mcp': { status: 401, headers: { 'www-authenticate': 'Bearer' } } });
    const why =
      'The server refuses the token, which cannot be renewed (no refresh token was given at the sign-in)';
    for (const words of [['tools'], ['token'], ['refresh']]) {
      const { code, stderr } = await run(...words, 'box');
      expect([code, stderr]).toEqual([4, expect.stringContaining(why)]);
      expect(stderr).toMatch(/run: {3}mcpass login box\n/);
    }
  });

  test('and whose end nobody knows, likewise', async () => {
    const { run } = await story(token({}));
    await run('login', 'box');
    const refresh = await run('refresh', 'box');
    expect([refresh.code, refresh.stderr]).toEqual([4, expect.stringContaining('nobody says until when')]);
  });

  test('and that has ended is', async () => {
    const { run } = await story(token({ expires_in: 1 }));
    await run('login', 'box');
    await new Promise((resolve) => void setTimeout(resolve, 2_100));
    const refresh = await run('refresh', 'box');
    expect([refresh.code, refresh.stderr]).toEqual([4, expect.stringContaining('has expired')]);
    expect(refresh.stderr).toMatch(/run: {3}mcpass login box\n/);
  });
});

describe('a token that the server has revoked meanwhile', () => {
  let revoked = false;
  const lines = () => ({
    'POST /mcp': ({ headers, body }: Seen): Answer => {
      if (headers['authorization'] === undefined || revoked)
        return { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
      return answerTo(body);
    },
    'POST /token': ({ form }: Seen): Answer =>
      form.get('grant_type') === 'refresh_token'
        ? { status: 400, body: { error: 'invalid_grant' } }
        : { body: TOKENS },
  });

  test.each([
    ['--online mends it', ['status', 'box', '--online']],
    ['the next refusal mends it', ['tools', 'box']],
  ])('login says what it knows, and %s', async (_, words) => {
    revoked = false;
    const { run, server } = await story(lines);
    await run('login', 'box');
    revoked = true;
    const again = await run('login', 'box');
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^Already signed in/)]);
    expect(again.stderr).toContain('not asked of the server');
    expect(again.stderr).toContain('mcpass status box --online');
    expect((await run(...words)).code).toBe(4);
    revoked = false;
    const mended = await run('login', 'box');
    expect([mended.code, mended.stdout]).toEqual([0, expect.stringMatching(/^Signed in/)]);
    expect(server.to('GET /authorize')).toHaveLength(2);
  });
});

describe('a server that wants no sign-in', () => {
  const OPEN: Record<string, Line> = {
    'POST /mcp': ({ body }: Seen): Answer => answerTo(body),
    [RESOURCE]: UNKNOWN,
    [METADATA]: UNKNOWN,
  };
  const stateOf = async (run: Story['run']) =>
    ((await run('list', '--json')).json() as { servers: readonly { state: string }[] }).servers[0]?.state;

  test('is a state of its own: login ends well and is remembered', async () => {
    const { run, url, machine } = await story(() => OPEN);
    const added = await run('add', 'open', url);
    expect([added.code, added.stderr]).toEqual([0, expect.stringContaining('mcpass login open')]);
    const status = await run('status', 'box');
    expect([status.code, status.stdout]).toEqual([4, expect.stringContaining('not signed in')]);
    const login = await run('login', 'box');
    expect([login.code, login.stdout]).toEqual([0, 'box wants no sign-in: it can be used as it is\n']);
    expect(login.stderr).toContain('mcpass tools box');
    expect(await stateOf(run)).toBe('none');
    const after = await run('status', 'box');
    expect([after.code, after.stdout]).toEqual([0, expect.stringContaining('box: no sign-in\n')]);
    expect(after.stdout).not.toContain('mcpass login');
    // Again, with nobody at a browser, and in two steps.
    const again = await machine.runWith(
      { env: { CI: 'true', MCPASS_BROWSER: '' } },
      'login',
      'box',
      '--json',
    );
    expect(again.code).toBe(0);
    expect(again.json()).toMatchObject({ fresh: false, server: { name: 'box', state: 'none' } });
    expect((await run('login', 'box', '--no-wait')).code).toBe(0);
    expect((await run('add', 'third', url, '--login')).code).toBe(0);
    for (const command of ['token', 'refresh']) {
      const { code, stderr } = await run(command, 'box');
      expect([code, stderr]).toEqual([2, expect.stringContaining('wants no sign-in')]);
      expect(stderr).not.toContain('mcpass login');
    }
  });

  test('is known by status --online, which says one thing', async () => {
    const { run } = await story(() => OPEN);
    const status = await run('status', 'box', '--online');
    expect(status.code).toBe(0);
    expect(status.stdout).toContain('box: no sign-in\n');
    expect(status.stdout).toContain('online  the server answers without a sign-in');
    expect(status.stdout).not.toMatch(/not signed in|accepts it|mcpass login/);
    expect(await stateOf(run)).toBe('none');
    const json = (await run('status', 'box', '--online', '--json')).json();
    expect(json).toMatchObject({ servers: [{ state: 'none', online: { state: 'none' } }] });
  });

  test('and wants one later has it from the first refusal on', async () => {
    const { run, server } = await story(() => OPEN);
    expect((await run('login', 'box')).code).toBe(0);
    const { origin } = server;
    server.learn({
      'POST /mcp': ({ headers }: Seen): Answer =>
        headers['authorization'] === undefined
          ? { status: 401, headers: { 'www-authenticate': 'Bearer' } }
          : {},
      [RESOURCE]: { body: { resource: `${origin}/mcp`, authorization_servers: [origin] } },
      [METADATA]: { body: serverDocument(origin) },
    });
    const tools = await run('tools', 'box');
    expect([tools.code, tools.stderr]).toEqual([4, expect.stringContaining('run:   mcpass login box')]);
    expect(await stateOf(run)).toBe('not_signed_in');
    expect((await run('login', 'box')).stdout).toMatch(/^Signed in/);
    expect(await stateOf(run)).toBe('signed_in');
  });

  test('for some requests is signed in to where it says how', async () => {
    const { run, server } = await story(() => ({ 'POST /mcp': OPEN['POST /mcp'] }));
    expect((await run('status', 'box', '--online')).code).toBe(0);
    expect((await run('login', 'box')).stdout).toMatch(/^Signed in/);
    expect(server.to('POST /token')).toHaveLength(1);
  });

  test('and answers no greeting is not taken for one', async () => {
    const { run } = await story(() => ({ ...OPEN, 'POST /mcp': { status: 400 } }));
    const status = await run('status', 'box', '--online');
    expect(status.stdout).toContain('not signed in');
  });
});

describe('resource metadata that has gone since the sign-in', () => {
  const GONE = {
    [RESOURCE]: UNKNOWN,
    'POST /mcp': { status: 401, headers: { 'www-authenticate': 'Bearer' } },
  };
  const ELSEWHERE = 'https://id.example';

  /** Signed in at another issuer than the server's origin, by its resource metadata. */
  async function signedIn(keys = '') {
    const told = await story(
      (origin) => ({
        [METADATA]: { body: serverDocument(origin, { issuer: ELSEWHERE }) },
      }),
      () => `unsafe.trusted_issuer = "${ELSEWHERE}"\n${keys}`,
    );
    expect((await told.run('login', 'box')).code).toBe(0);
    return told;
  }

  test.each([
    ['and the metadata of the server too', () => ({ [METADATA]: UNKNOWN })],
    ['while its origin names itself', (origin: string) => ({ [METADATA]: { body: serverDocument(origin) } })],
  ])('is said, and the older rules are not followed: %s', async (_, more) => {
    const { run, errorOf, server } = await signedIn();
    server.learn({ ...GONE, ...more(server.origin) });
    const before = server.to('GET /authorize').length + server.to('POST /register').length;
    const login = await run('login', 'box', '--force');
    expect(login.code).toBe(3);
    expect(login.stderr).toContain(`named "${ELSEWHERE}" when you signed in, and names nobody now`);
    expect(login.stderr).toContain('add:   unsafe.allow_legacy = true');
    expect(await errorOf('login', 'box', '--force')).toMatchObject({ code: 'resource_metadata_invalid' });
    // Nor for another account, which has not signed in yet.
    const other = await run('login', 'box', '--account', 'work');
    expect([other.code, other.stderr]).toEqual([3, expect.stringContaining('names nobody now')]);
    // The sign-in that is there stays.
    expect((await run('token', 'box')).stdout).toBe('at-1\n');
    expect(server.to('GET /authorize').length + server.to('POST /register').length).toBe(before);
  });

  test('is no matter where the origin still names the same issuer, or the override says so', async () => {
    const same = await signedIn();
    same.server.learn(GONE);
    expect((await same.run('login', 'box', '--force')).code).toBe(0);
    const asked = await signedIn('unsafe.allow_legacy = true\n');
    asked.server.learn({ ...GONE, [METADATA]: UNKNOWN });
    expect((await asked.run('login', 'box', '--force')).code).toBe(0);
    expect((await asked.run('status', 'box')).stdout).toContain('allow_legacy');
  });

  test('is none where there never was any', async () => {
    const { run } = await story(() => ({ ...GONE, [METADATA]: UNKNOWN }));
    expect((await run('login', 'box')).code).toBe(0);
    expect((await run('login', 'box', '--force')).code).toBe(0);
  });
});

describe('a client that is registered for a union of scopes', () => {
  let registered = 0;
  const NEEDS_ADMIN = 'Bearer error="insufficient_scope", scope="admin"';
  const named = (more: object = {}) => ({
    status: 201,
    body: { client_id: `c${(registered += 1)}`, ...more },
  });
  const scopeOf = ({ body }: Seen) => (JSON.parse(body) as { scope?: string }).scope;

  test.each<[string, (seen: Seen) => Answer]>([
    ['by a server that says nothing of scopes', () => named()],
    ['by a server that repeats them', (seen) => named({ scope: scopeOf(seen) })],
    ['by a server that names fewer', () => named({ scope: 'read' })],
    [
      'by a server that wants to hear of none and names its own',
      (seen) =>
        scopeOf(seen) === undefined
          ? named({ scope: 'read' })
          : {
              status: 400,
              body: { error: 'invalid_client_metadata', error_description: 'scope is not allowed' },
            },
    ],
  ])('is used again, however often more is wanted: %s', async (_, register) => {
    const { run, server } = await story((origin) => ({
      [RESOURCE]: {
        body: { resource: `${origin}/mcp`, authorization_servers: [origin], scopes_supported: ['read'] },
      },
      'POST /register': register,
      'POST /token': { body: { ...TOKENS, scope: 'read' } },
      'POST /mcp': ({ headers }: Seen): Answer =>
        headers['authorization'] === undefined
          ? { status: 401, headers: { 'www-authenticate': 'Bearer' } }
          : { status: 403, headers: { 'www-authenticate': NEEDS_ADMIN } },
    }));
    expect((await run('login', 'box')).code).toBe(0);
    for (let time = 0; time < 3; time += 1) expect((await run('tools', 'box', '--login')).code).toBe(4);
    const asked = server
      .to('GET /authorize')
      .map(({ query }) => [query.get('client_id'), query.get('scope')]);
    const [, ...unions] = asked;
    expect(unions.length).toBeGreaterThan(2);
    for (const union of unions) expect(union).toEqual([unions[0]?.[0], 'admin read']);
  });

  test('also when nobody consents', async () => {
    const { run, server } = await story(() => ({ 'GET /authorize': { body: 'a page that waits' } }));
    for (let time = 0; time < 3; time += 1)
      expect((await run('login', 'box', '--scopes', 'a,b', '--timeout', '1')).code).toBe(4);
    expect((await run('login', 'box', '--scopes', 'a,b', '--no-wait')).code).toBe(7);
    expect(server.to('POST /register')).toHaveLength(1);
  });
});

/** An authorization server that comes back with these parameters besides a code, unless they are an error. */
function answerWith(parameters: () => Record<string, string>): Line {
  return ({ query }: Seen) => {
    const callback = new URL(query.get('redirect_uri') ?? '');
    const more = parameters();
    callback.search = new URLSearchParams({
      ...('error' in more ? {} : { code: 'code-1' }),
      state: query.get('state') ?? '',
      ...more,
    }).toString();
    return { status: 302, headers: { location: callback.href } };
  };
}
