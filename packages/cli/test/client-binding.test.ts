import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordName } from '@mcpass/auth';
import { describe, expect, test } from 'vitest';
import { createMachine } from './harness/command.js';
import { startAuthorizationServer, startProtectedServer } from './harness/protected-server.js';

/* A client that somebody brought, and its secret, go to one authorization server. Here the server names another one later. */

const SECRET = 'the-secret-of-crm';
const ID = 'crm-client';

async function moved(keys = '') {
  const home = await startAuthorizationServer('home');
  const evil = await startAuthorizationServer('evil');
  const server = await startProtectedServer({ issuer: home.origin });
  const machine = createMachine({ person: 'consents' });
  const entry = (more: string) =>
    machine.writeConfig(
      `[mcp_servers.crm]\nurl = "${server.url}"\noauth.client_id = "${ID}"\noauth.client_secret_env = "CRM_SECRET"\n${more}\n`,
    );
  entry(keys);
  const run = (...words: readonly (string | { stdin: string })[]) =>
    machine.runWith(
      { env: { CRM_SECRET: SECRET }, ...words.find((word) => typeof word === 'object') },
      ...words.filter((word) => typeof word === 'string'),
    );
  return { home, evil, server, machine, run, entry };
}

type Moved = Awaited<ReturnType<typeof moved>>;

function expectNoSecret({ said }: { said(): string }): void {
  expect(said()).not.toContain(SECRET);
}

/** The other server was asked for its metadata, and for nothing else. */
function expectNothingSent({ evil }: Moved): void {
  expect(evil.said()).not.toContain(SECRET);
  expect(evil.said()).not.toContain(ID);
  expect(evil.received.filter(({ path }) => !path.startsWith('/.well-known/'))).toEqual([]);
}

async function expectRefused(place: Moved, ...words: readonly string[]): Promise<void> {
  const ended = await place.run(...words);
  expect(ended.code, ended.stderr).toBe(2);
  expect(ended.stderr).toContain(place.home.origin);
  expect(ended.stderr).toContain(place.evil.origin);
  expectNothingSent(place);
}

describe('after a sign-in at home, when the server names another authorization server', () => {
  async function signedIn(keys?: string): Promise<Moved> {
    const place = await moved(keys);
    const login = await place.run('login', 'crm');
    expect(login.code, login.stderr).toBe(0);
    expect(place.home.said()).toContain(SECRET);
    place.server.name(place.evil.origin);
    return place;
  }

  test.each([
    ['login --force', ['login', 'crm', '--force']],
    ['another account', ['login', 'crm', '--account', 'b']],
    ['a sign-in in two steps', ['login', 'crm', '--no-wait', '--account', 'c']],
    ['other scopes', ['login', 'crm', '--scopes', 'more']],
    ['another resource', ['login', 'crm', '-c', 'oauth_resource=none']],
    ['a store that keeps nothing', ['login', 'crm', '-c', 'credentials_store=memory']],
  ])('%s sends nothing there', async (_, words) => {
    await expectRefused(await signedIn(), ...words);
  });

  test.each([
    ['logout', ['logout', 'crm']],
    ['logout --all', ['logout', '--all']],
    ['logout --keep-client', ['logout', 'crm', '--keep-client']],
  ])('a login after %s sends nothing there', async (_, words) => {
    const place = await signedIn();
    expect((await place.run(...words)).code).toBe(0);
    await expectRefused(place, 'login', 'crm');
  });

  test('a login after remove and add sends nothing there', async () => {
    const place = await signedIn();
    expect((await place.run('remove', 'crm')).code).toBe(0);
    place.entry('');
    await expectRefused(place, 'login', 'crm');
  });

  test('what is noted has no secret in it, and nobody else may read it', async () => {
    const { machine, home, server, run } = await signedIn();
    await run('logout', 'crm');
    const directory = join(machine.home, 'data', 'clients');
    const [file = '', ...more] = readdirSync(directory);
    expect(more).toEqual([]);
    const text = readFileSync(join(directory, file), 'utf8');
    expect(JSON.parse(text)).toEqual({
      version: 1,
      server: server.url,
      client: ID,
      issuer: home.origin,
      tokenOrigin: home.origin,
    });
    expect(text).not.toContain(SECRET);
    expect(statSync(join(directory, file)).mode & 0o077).toBe(0);
  });

  test('a note that was damaged lets the client go nowhere', async () => {
    const { machine, run, evil } = await signedIn();
    const directory = join(machine.home, 'data', 'clients');
    writeFileSync(join(directory, readdirSync(directory)[0] ?? ''), '{');
    expect((await run('login', 'crm', '--force')).code).toBe(6);
    expect(evil.said()).not.toContain(SECRET);
  });

  test('who names both issuers moves it, and then it belongs there', async () => {
    const place = await signedIn();
    const { home, evil, server, run } = place;
    await expectRefused(place, 'login', 'crm', '--client-from', evil.origin, '--client-to', evil.origin);
    await expectRefused(place, 'login', 'crm', '--client-from', home.origin, '--client-to', home.origin);
    const usage = async (words: readonly string[], why: string) => {
      const ended = await run('login', 'crm', ...words);
      expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining(why)]);
    };
    const moving = ['--client-from', home.origin, '--client-to', evil.origin];
    await usage(['--client-to', evil.origin], 'one needs the other');
    await usage(['--resume', ...moving], 'with --no-wait');
    await usage([...moving.slice(0, 3), 'evil.example'], '--client-to must be the URL');
    // Nobody has agreed to it yet: an attempt that is abandoned moves nothing.
    expect((await run('login', 'crm', '--no-wait', ...moving)).code).toBe(7);
    const unattended = await run('login', 'crm', '--no-browser', '--timeout', '1', ...moving);
    expect(unattended.code).toBe(4);
    expectNoSecret(evil);
    expect((await run('refresh', 'crm')).code).toBe(0);
    expect((await run('token', 'crm')).stdout).toBe('home-2\n');
    const refused = await run('login', 'crm', '--force');
    const command = `mcpass login crm --client-from ${home.origin} --client-to ${evil.origin}`;
    expect(refused.stderr).toContain(command);
    const login = await run(...command.split(' ').slice(1));
    expect(login.code, login.stderr).toBe(0);
    expect(evil.said()).toContain(SECRET);
    await usage(moving, `belongs to "${evil.origin}" already`);
    const before = home.received.length;
    server.name(home.origin);
    expect((await run('login', 'crm', '--force')).code).toBe(2);
    expect(home.received.slice(before).map(({ path }) => path)).toEqual([
      '/.well-known/oauth-authorization-server',
    ]);
  });

  test('a sign-in in two steps moves it when it is finished', async () => {
    const { home, evil, run, server } = await signedIn();
    const moving = ['--client-from', home.origin, '--client-to', evil.origin];
    const begun = await run('login', 'crm', '--no-wait', '--json', ...moving);
    const { authorizationUrl } = begun.json() as { authorizationUrl: string };
    expect((await run('refresh', 'crm')).code).toBe(0);
    const landed = (await fetch(authorizationUrl, { redirect: 'manual' })).headers.get('location') ?? '';
    expect((await run('login', 'crm', '--resume', { stdin: `${landed}\n` })).code).toBe(0);
    expect((await run('refresh', 'crm')).code).toBe(0);
    expect(evil.said()).toContain(SECRET);
    server.name(home.origin);
    expect((await run('login', 'crm', '--force')).code).toBe(2);
  });

  test('the sign-in of another account at the old one does not take the secret back there', async () => {
    const place = await moved();
    const { home, evil, server, run } = place;
    expect((await run('login', 'crm', '--account', 'old')).code).toBe(0);
    server.name(evil.origin);
    const moving = ['--client-from', home.origin, '--client-to', evil.origin];
    expect((await run('login', 'crm', ...moving)).code).toBe(0);
    const before = home.received.length;
    const refreshed = await run('refresh', 'crm', '--account', 'old');
    expect(refreshed.code).toBe(2);
    // The way back is none.
    expect(refreshed.stderr).toContain('mcpass login crm --force --account old');
    expect(refreshed.stderr).not.toContain('--client-from');
    expect((await run('logout', 'crm', '--account', 'old')).code).toBe(0);
    expect(home.received.slice(before)).toEqual([]);
  });
});

test('a move is refused where no client of one’s own is there, and where it has not been used', async () => {
  const { home, evil, machine, server, run } = await moved();
  const move = ['--client-from', home.origin, '--client-to', evil.origin];
  const unused = await run('login', 'crm', ...move);
  expect([unused.code, unused.stderr]).toEqual([2, expect.stringContaining('no authorization server yet')]);
  machine.writeConfig(`[mcp_servers.crm]\nurl = "${server.url}"\n`);
  const none = await run('login', 'crm', ...move);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('No client of your own')]);
  expect(home.at('/register')).toEqual([]);
});

test('the secret of a client goes along with no other client of a project file', async () => {
  const { home, evil, machine, server, run } = await moved();
  expect((await run('login', 'crm')).code).toBe(0);
  server.name(evil.origin);
  const project = join(machine.home, '..', 'work', '.mcpass.toml');
  writeFileSync(project, '[mcp_servers.crm]\noauth.client_id = "another"\n');
  const login = await run('login', 'crm');
  expect(login.stderr).toContain('whose secret is left out here');
  expect(login.code).toBe(0);
  expect(evil.at('/token').map(({ form }) => form.get('client_id'))).toEqual(['another']);
  expectNoSecret(evil);
  expect(home.said()).toContain(SECRET);
});

test('logout --all proves itself with the secret of the entry whose sign-in it is', async () => {
  const { home, machine, server } = await moved();
  const entry = (name: string, keys: string) =>
    `[mcp_servers.${name}]\nurl = "${server.url}"\noauth.client_id = "${ID}"\noauth.client_secret_env = "${name}"\n${keys}\n`;
  machine.writeConfig(`${entry('ONE', '')}${entry('TWO', 'account = "two"')}`);
  const env = { ONE: 'secret-one', TWO: 'secret-two' };
  for (const words of [
    ['login', 'TWO'],
    ['logout', '--all'],
  ])
    expect((await machine.runWith({ env }, ...words)).code).toBe(0);
  expect(home.at('/revoke')).toHaveLength(2);
  expect(home.said()).toContain('secret-two');
  expect(home.said()).not.toContain('secret-one');
});

describe('oauth.issuer', () => {
  test('keeps the client at home before its first use', async () => {
    const place = await moved();
    place.entry(`oauth.issuer = "${place.home.origin}"`);
    place.server.name(place.evil.origin);
    await expectRefused(place, 'login', 'crm');
    // It may have been written wrongly, or the server has moved: the person knows.
    const { stderr } = await place.run('login', 'crm');
    expect(stderr).toContain('do:    correct oauth.issuer in the configuration');
    expect(stderr).not.toContain("the server's fault");
    place.server.name(place.home.origin);
    expect((await place.run('login', 'crm')).code).toBe(0);
  });

  test('is printed by login as the line to paste, and not where it stands already', async () => {
    const place = await moved();
    const login = await place.run('login', 'crm');
    const line = `oauth.issuer = "${place.home.origin}"`;
    expect(login.stderr).toContain(`To pin it:  ${line}   (under [mcp_servers.crm] in `);
    place.entry(line);
    expect((await place.run('token', 'crm')).stdout).toBe('home-1\n');
    expect((await place.run('login', 'crm', '--force')).stderr).not.toContain('To pin it');
  });

  test('fits with the slash of its root and without, as the server itself does', async () => {
    const place = await moved();
    place.entry(`oauth.issuer = "${place.home.origin}/"`);
    expect((await place.run('login', 'crm')).code).toBe(0);
    expect((await place.run('token', 'crm')).stdout).toBe('home-1\n');
  });

  test('that names another one than the first use is no move', async () => {
    const place = await moved();
    await place.run('login', 'crm');
    place.entry(`oauth.issuer = "${place.evil.origin}"`);
    place.server.name(place.evil.origin);
    expect((await place.run('token', 'crm')).code).toBe(4);
    await expectRefused(place, 'login', 'crm');
  });

  test('holds without a client of one’s own too, and no project file may set it', async () => {
    const place = await moved();
    place.machine.writeConfig(
      `[mcp_servers.crm]\nurl = "${place.server.url}"\noauth.issuer = "${place.home.origin}"\n`,
    );
    place.server.name(place.evil.origin);
    await expectRefused(place, 'login', 'crm');
    writeFileSync(
      join(place.machine.home, '..', 'work', '.mcpass.toml'),
      `[mcp_servers.crm]\noauth.issuer = "${place.evil.origin}"\n`,
    );
    expect((await place.run('login', 'crm')).stderr).toContain('does not belong in a project file');
  });
});

test('a sign-in that was made before this was noted counts, also when it is logged out', async () => {
  const place = await moved();
  const { machine, server, home, evil, run } = place;
  const key = { server: server.url, account: 'default' };
  const directory = join(machine.home, 'data', 'credentials');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const record = {
    version: 1,
    generation: 1,
    ...key,
    grant: {
      issuer: home.origin,
      endpoints: { token: `${home.origin}/token` },
      client: {
        id: ID,
        issuer: home.origin,
        origin: 'configured',
        authMethod: 'client_secret_basic',
        redirectUri: 'http://127.0.0.1:1/callback',
      },
      requestedScopes: [],
      resource: server.url,
      tokens: { access: 'a', type: 'Bearer', obtainedAtS: 1_700_000_000 },
      signedInAtS: 1_700_000_000,
    },
  };
  writeFileSync(join(directory, `${await recordName(key)}.json`), JSON.stringify(record), { mode: 0o600 });
  server.name(evil.origin);
  await expectRefused(place, 'login', 'crm', '--account', 'b');
  expect((await run('logout', 'crm')).code).toBe(0);
  await expectRefused(place, 'login', 'crm');
});
