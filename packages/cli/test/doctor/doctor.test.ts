import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createCertificate, HOSTILE_TEXT } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';
import { scriptedProvider, serverDocument } from '../../../auth/test/support/scripted-provider.js';
import { UNSAFE_TEXT } from '../../../auth/test/support/unsafe-text.js';
import type { Row } from '../../src/doctor/row.js';
import { createMachine, type Ended } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';
import { atTerminal, hasTerminal } from '../harness/terminal.js';

/* The doctor as people run it; which fault leads to which row is in `faults.test.ts`. */

const rowsIn = (ended: Ended) => (ended.json() as { rows: readonly Row[] }).rows;
const rowOf = (ended: Ended, id: string) => rowsIn(ended).find((row) => row.id === id);

test('an address is enough: the steps in their order, and nothing is registered or written', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine();
  const text = await machine.run('doctor', sandbox.url);
  expect(text.code, text.stderr).toBe(0);
  expect(text.stdout).toMatch(/^This machine\n(?: {2}ok .*\n)+\nThe way there\n/m);
  expect(text.stdout).toContain('a sign-in would send {"client_name":"mcpass"');
  expect(text.stderr).toContain('Nothing failed');

  const json = await machine.run('doctor', sandbox.url, '--json');
  expect(json.json()).toMatchObject({ schema: 1, server: sandbox.url, url: sandbox.url });
  const order = rowsIn(json).map(({ id }) => id);
  const steps =
    'node config store clock proxy certificates person dns connect tls challenge resource server scopes client authorization credential refresh protocol session'.split(
      ' ',
    );
  expect(order.filter((id) => steps.includes(id))).toEqual(steps);
  for (const row of rowsIn(json)) {
    const members = ['id', 'step', 'status', 'message', 'fault', 'requirement', 'fix', 'code', 'ms'];
    expect(members).toEqual(expect.arrayContaining(Object.keys(row)));
  }
  expect(new Set(sandbox.log.all.map(({ endpoint }) => endpoint))).toEqual(
    new Set(['mcp', 'resource-metadata', 'metadata']),
  );
  expect(existsSync(machine.home)).toBe(false);
});

test('what fails says whose it is, by which rule, and what to paste; the code is that of its class', async () => {
  const sandbox = await startProvider('plain', { metadataIssuer: 'https://id.example' });
  const machine = createMachine();
  machine.writeConfig(`[mcp_servers.box]\nurl = "${sandbox.url}"\n`);
  const { code, stdout, stderr } = await machine.run('doctor', 'box', '--login');
  expect(code).toBe(3);
  expect(stdout).toMatch(/^ {2}skip {2}signed-in +not tried/m);
  expect(stdout).toMatch(
    /^ {2}fail {2}server +The metadata of .* is about another issuer, "https:\/\/id\.example"\./m,
  );
  expect(stdout).toContain("whose: the server's");
  expect(stdout).toContain('rule:  RFC 8414 section 3.3');
  expect(stdout).toContain(
    'fix:   unsafe.trusted_issuer = "https://id.example"   (under [mcp_servers.box] in ',
  );
  expect(stdout).toMatch(/^ {2}skip {2}scopes +not reached$/m);
  expect(stderr).toContain("Failed at step server, the server's to mend");
});

test('without a server: this machine, and each configured one in a row', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  machine.writeConfig(
    [
      `[mcp_servers.good]\nurl = "${sandbox.url}"`,
      '[mcp_servers.gone]\nurl = "http://127.0.0.1:1/mcp"',
      `[mcp_servers.key]\nurl = "${sandbox.url}"\nhttp_headers = { Authorization = "Bearer k" }`,
      '[mcp_servers.off]\nurl = "http://127.0.0.1:1/mcp"\nenabled = false\n',
    ].join('\n'),
  );
  const { code, stdout } = await machine.run('doctor');
  expect(code).toBe(5);
  expect(stdout).toMatch(/ok {4}server\.good +good: not signed in; a sign-in would find its way/);
  expect(stdout).toMatch(/fail {2}server\.gone +gone: 127\.0\.0\.1:1 does not take connections/);
  expect(stdout).toMatch(/ok {4}server\.key +key: it is configured to be used with the Authorization header/);
  expect(stdout).not.toContain('server.off');
});

test('a configuration that cannot be read is a row, and what would need it is left out', async () => {
  const machine = createMachine();
  machine.writeConfig('[mcp_servers.box]\nurl = ');
  const ended = await machine.run('doctor', 'box', '--json');
  expect(ended.code).toBe(2);
  expect(rowOf(ended, 'config')).toMatchObject({ step: 'config', status: 'fail', fault: 'yours' });
  expect(rowsIn(ended).filter(({ status }) => status === 'fail')).toHaveLength(1);
  const unknown = await createMachine().run('doctor', 'nobody', '--json');
  expect([unknown.code, rowOf(unknown, 'entry')?.code]).toEqual([2, 'server_unknown']);
});

test('--login and --refresh do the real thing, with a trace; then the stored sign-in is looked at as it is', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  machine.writeConfig(`[mcp_servers.box]\nurl = "${sandbox.url}"\n`);
  const login = await machine.run('doctor', 'box', '--login');
  expect(login.code, login.stdout).toBe(0);
  expect(login.stdout).toMatch(/ok {4}signed-in +signed in; expires in/);
  expect(login.stdout).toMatch(/ok {4}session +the server accepts the token: \d+ tools/);
  expect(login.stdout).toMatch(/^ {2}token: POST .*\/token -> 200/m);

  sandbox.log.clear();
  const look = await machine.run('doctor', 'box', '--json');
  expect(look.code).toBe(0);
  expect(rowOf(look, 'protocol')?.message).toContain('2026-07-28');
  expect(sandbox.log.of('token').length + sandbox.log.of('register').length).toBe(0);

  // Expired: still nothing is renewed for a look.
  sandbox.advanceClock(7200);
  const refused = await machine.run('doctor', 'box', '--json');
  expect([refused.code, rowOf(refused, 'session')]).toEqual([
    4,
    expect.objectContaining({ status: 'fail', fault: 'server', fix: 'mcpass doctor box --refresh' }),
  ]);
  expect(sandbox.log.of('token')).toEqual([]);
  const refresh = await machine.run('doctor', 'box', '--refresh', '--json');
  expect([refresh.code, rowOf(refresh, 'refreshed')?.status]).toEqual([0, 'ok']);
  expect(sandbox.log.of('token')).toHaveLength(1);

  const nobody = await machine.run('doctor', '--login');
  expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('doctor needs SERVER')]);
});

describe('the way there', () => {
  test('a certificate that nobody here trusts is at tls, and the authority is what helps', async () => {
    const https = createCertificate();
    const sandbox = await startProvider('plain', { https, hostname: 'localhost' });
    const machine = createMachine();
    const refused = await machine.run('doctor', sandbox.url, '--json');
    expect([refused.code, rowOf(refused, 'tls')]).toEqual([
      5,
      expect.objectContaining({
        status: 'fail',
        fault: 'network',
        fix: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
      }),
    ]);
    const authority = join(machine.env['HOME'] ?? '', 'authority.pem');
    writeFileSync(authority, https.cert);
    const trusted = await machine.runWith(
      { env: { NODE_EXTRA_CA_CERTS: authority } },
      'doctor',
      sandbox.url,
      '--json',
    );
    expect([trusted.code, rowOf(trusted, 'tls')?.message]).toEqual([
      0,
      expect.stringContaining('the certificate is from'),
    ]);
  });

  test('a name that nobody knows is at dns, a port that nobody listens at is at connect', async () => {
    const machine = createMachine();
    const unknown = await machine.run('doctor', 'https://nobody.invalid/mcp', '--json');
    expect([unknown.code, rowOf(unknown, 'dns')]).toEqual([
      5,
      expect.objectContaining({ status: 'fail', fault: 'network' }),
    ]);
    expect(rowOf(unknown, 'challenge')).toBeUndefined();
    const closed = createServer();
    await new Promise<void>((resolve) => void closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => void closed.close(resolve));
    const nobody = await machine.run('doctor', `http://127.0.0.1:${port}/mcp`, '--json');
    expect([nobody.code, rowOf(nobody, 'connect')]).toEqual([
      5,
      expect.objectContaining({ status: 'fail', fault: 'network' }),
    ]);
  });

  test('a proxy and what is odd about this machine have rows of their own', async () => {
    const env = {
      HTTPS_PROXY: 'http://ada:opensesame@127.0.0.1:1',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_EXTRA_CA_CERTS: '/nowhere.pem',
    };
    const ended = await createMachine().runWith({ env }, 'doctor', 'https://mcp.example/mcp', '--json');
    expect(ended.stdout).not.toContain('opensesame');
    expect(rowOf(ended, 'proxy')?.message).toContain('HTTPS_PROXY');
    expect(rowOf(ended, 'certificates.off')).toMatchObject({ status: 'warn', fault: 'yours' });
    expect(rowOf(ended, 'certificates')).toMatchObject({ status: 'warn' });
    expect(rowsIn(ended).find(({ status }) => status === 'fail')).toMatchObject({
      step: 'connect',
      fault: 'network',
    });
  });
});

test('nothing secret is in what is made to be shown, nor in anything else that a server has repeated', async () => {
  const secrets = {
    access: 'at-Zq8vLx2Rk7Wn4Bt9',
    refresh: 'rt-Mf3yHc6Pd1Js5Gu0',
    client: 'cs-Xe7bNk2Tq9Vw4La8',
    header: 'hd-Ro1iUy6Tr3Ew8Qa5',
    path: 'Kp4sWd9Xc2Vf7Bg1Hn6Jm3',
  };
  const everything = Object.values(secrets);
  const echo = `you sent ${secrets.refresh} and ${secrets.client}, ${secrets.access}, ${secrets.header}`;
  let over = false;
  const { server } = await scriptedProvider((origin) => ({
    [`POST /${secrets.path}/mcp`]: ({ headers }) =>
      headers['authorization'] === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Bearer' } }
        : { status: 500, body: `${echo} ${headers['authorization']}` },
    [`GET /.well-known/oauth-protected-resource/${secrets.path}/mcp`]: {
      body: { resource: `${origin}/${secrets.path}/mcp`, authorization_servers: [origin] },
    },
    'GET /.well-known/oauth-authorization-server': {
      body: serverDocument(origin, { registration_endpoint: undefined }),
    },
    'POST /token': () =>
      over
        ? { status: 400, body: { error: 'invalid_request', error_description: echo } }
        : {
            body: {
              access_token: secrets.access,
              token_type: 'Bearer',
              expires_in: 3600,
              refresh_token: secrets.refresh,
            },
          },
  }));
  const url = `${server.origin}/${secrets.path}/mcp`;
  const machine = createMachine({ person: 'consents' });
  machine.writeConfig(
    `[mcp_servers.box]\nurl = "${url}"\noauth.client_id = "me"\noauth.client_secret_env = "S"\nenv_http_headers = { "X-Api-Key" = "H" }\n`,
  );
  const env = { S: secrets.client, H: secrets.header };
  const page = join(machine.env['HOME'] ?? '', 'report.html');
  await machine.prepareWith({ env }, 'login', 'box');
  over = true;
  const ended = await machine.runWith({ env }, 'doctor', 'box', '--refresh', '--markdown', '--html', page);
  const html = readFileSync(page, 'utf8');
  expect(html).toContain('you sent');
  for (const shown of [ended.stdout, html]) {
    expect(shown).toContain('[secret]');
    for (const secret of everything) expect(shown).not.toContain(secret);
    expect(shown).not.toContain(machine.env['HOME']);
  }
  for (const more of [[], ['--json'], ['-vv']]) {
    const { stdout, stderr } = await machine.runWith({ env }, 'doctor', 'box', ...more);
    for (const secret of everything) expect(stdout + stderr).not.toContain(secret);
  }
});

test('nothing that a server says is markup, or acts on a terminal', async () => {
  const evil = `<img src=x onerror=alert(1)>|\`\`\`[x](https://evil.test)${HOSTILE_TEXT}`;
  const { url } = await scriptedProvider((origin) => ({
    'GET /.well-known/oauth-authorization-server': { body: serverDocument(origin, { issuer: evil }) },
  }));
  const machine = createMachine();
  const page = join(machine.env['HOME'] ?? '', 'report.html');
  const ended = await machine.run('doctor', url, '--markdown', '--html', page);
  expect(ended.code).toBe(3);
  const html = readFileSync(page, 'utf8');
  expect(html).not.toMatch(/<(?:img|script|a)\b/i);
  expect(html).toContain("default-src 'none'");
  expect(html.replaceAll('\n', '')).not.toMatch(UNSAFE_TEXT);
  expect(ended.stdout.replaceAll('\n', '')).not.toMatch(UNSAFE_TEXT);
  // In a cell it is in a code span with more ticks than it has itself, and has no bar.
  expect(ended.stdout).toMatch(/^\| \*\*fail\*\* \| `server` \| (`{4,})[^|]*<img[^|]*\1 \| \d+ \|$/m);
});

test.skipIf(!hasTerminal)('at a terminal it is coloured, and as a file it is not', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine();
  const shown = await atTerminal(machine, ['doctor', sandbox.url], []);
  expect(shown).toContain('\u001b[32mok');
  expect((await machine.run('doctor', sandbox.url)).stdout).not.toContain('\u001b');
});
