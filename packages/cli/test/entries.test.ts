import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordName } from '@mcpass/auth';
import { describe, expect, test } from 'vitest';
import { createMachine, type Machine } from './harness/command.js';
import { startHost } from './harness/host.js';
import { startAuthorizationServer, startProtectedServer } from './harness/protected-server.js';

/* An entry uses a credential only if it would have made the same one. */

type Keys = readonly [one: string, two: string];

async function twoEntries([one, two]: Keys) {
  const issuer = await startAuthorizationServer();
  const server = await startProtectedServer({ issuer: issuer.origin });
  const machine = createMachine({ person: 'consents' });
  machine.writeConfig(
    `[mcp_servers.one]\nurl = "${server.url}"\n${one}\n[mcp_servers.two]\nurl = "${server.url}"\n${two}\n`,
  );
  const run = async (code: number, ...words: readonly string[]) => {
    const ended = await machine.run(...words);
    expect(ended.code, `${words.join(' ')}\n${ended.stdout}${ended.stderr}`).toBe(code);
    return ended;
  };
  return { issuer, server, machine, run };
}

const OTHERS: readonly (readonly [string, Keys])[] = [
  ['resource', ['oauth_resource = "https://one.example/"', 'oauth_resource = "https://two.example/"']],
  ['client', ['oauth.client_id = "client-one"', 'oauth.client_id = "client-two"']],
  ['account', ['account = "home"', 'account = "work"']],
];

/** Where only one of two says something, the other makes what one without it would make. */
const ONE_SIDED: readonly (readonly [string, Keys])[] = [
  ['a resource, the first', ['oauth_resource = "https://one.example/"', '']],
  ['a resource, the second', ['', 'oauth_resource = "none"']],
  ['a client, the first', ['oauth.client_id = "client-one"', '']],
  ['a client, the second', ['', 'oauth.client_id = "client-two"']],
];

test.each(ONE_SIDED)('of two entries of one URL only one names %s', async (_, keys) => {
  const { server, run } = await twoEntries(keys);
  await run(0, 'login', 'one');
  await run(4, 'tools', 'two');
  expect(new Set(server.tokens())).toEqual(new Set(['none']));
  await run(0, 'login', 'two');
  expect((await run(0, 'token', 'one')).stdout).toBe('at-1\n');
  expect((await run(0, 'token', 'two')).stdout).toBe('at-2\n');
});

describe.each(OTHERS)('two entries of one URL with another %s', (_, keys) => {
  test('use no credential of each other, and both can be signed in', async () => {
    const { issuer, server, machine, run } = await twoEntries(keys);
    await run(0, 'login', 'one');
    for (const command of ['token', 'refresh', 'tools']) await run(4, command, 'two');
    expect((await run(4, 'status', 'two', '--json')).json()).toMatchObject({
      servers: [{ state: 'not_signed_in' }],
    });
    expect(issuer.at('/token')).toHaveLength(1);
    const stranger = await startHost(machine, 'two');
    expect(await stranger.tool('t')).toContain('mcpass login two');
    await stranger.leave();
    expect(new Set(server.tokens())).toEqual(new Set(['none']));
    // Nothing of it went when the other one left.
    await run(0, 'logout', 'two');
    expect((await run(0, 'token', 'one')).stdout).toBe('at-1\n');

    await run(0, 'login', 'two');
    expect((await run(0, 'token', 'one')).stdout).toBe('at-1\n');
    expect((await run(0, 'token', 'two')).stdout).toBe('at-2\n');
    await run(0, 'refresh', 'two');
    expect((await run(0, 'token', 'one')).stdout).toBe('at-1\n');
    const host = await startHost(machine, 'two');
    expect(await host.tool('t')).toBe('ok');
    await host.leave();
    expect(server.tokens().filter((token) => token !== 'none')).not.toContain('at-1');
    const { servers } = (await run(0, 'status', '--json')).json() as {
      servers: { name: string; sharedWith?: [] }[];
    };
    expect([...new Set(servers.map(({ name }) => name))]).toEqual(['one', 'two']);
    expect(servers.filter(({ sharedWith }) => sharedWith !== undefined)).toEqual([]);

    await run(0, 'logout', 'one');
    await run(4, 'token', 'one');
    expect((await run(0, 'token', 'two')).stdout).toBe('at-3\n');
    await run(0, 'logout', '--all');
    expect(records(machine)).toEqual([]);
  });
});

describe('entries of one URL that differ in oauth.issuer alone', () => {
  async function pinned() {
    const a = await startAuthorizationServer('a');
    const b = await startAuthorizationServer('b');
    const c = await startAuthorizationServer('c');
    const server = await startProtectedServer({ issuer: a.origin });
    const machine = createMachine({ person: 'consents' });
    const entry = (name: string, keys: string) => `[mcp_servers.${name}]\nurl = "${server.url}"\n${keys}\n`;
    const pins = Object.entries({ a, b, c }).map(([name, { origin }]) =>
      entry(name, `oauth.issuer = "${origin}"`),
    );
    machine.writeConfig(`${pins.join('')}${entry('any', '')}`);
    const run = async (code: number, ...words: readonly string[]) => {
      const ended = await machine.run(...words);
      expect(ended.code, `${words.join(' ')}\n${ended.stdout}${ended.stderr}`).toBe(code);
      return ended;
    };
    const signIn = async (name: string, { origin }: { origin: string }) => {
      server.name(origin);
      await run(0, 'login', name);
    };
    const revoked = () =>
      [a, b, c].map((issuer) => issuer.at('/revoke').map(({ form }) => form.get('token')));
    return { a, b, c, server, machine, entry, run, signIn, revoked };
  }

  test('are signed in at once, and each leaves alone', async () => {
    const { a, b, c, machine, run, signIn, revoked } = await pinned();
    await signIn('a', a);
    await signIn('b', b);
    await signIn('c', c);
    await run(0, 'refresh', 'b');
    for (const [name, token] of Object.entries({ a: 'a-1', b: 'b-2', c: 'c-1' }))
      expect((await run(0, 'token', name)).stdout).toBe(`${token}\n`);
    await run(4, 'token', 'any');
    await run(0, 'remove', 'b');
    expect(revoked()).toEqual([[], ['b-refresh-2', 'b-2'], []]);
    await run(0, 'logout', 'c');
    expect(revoked()).toEqual([[], ['b-refresh-2', 'b-2'], ['c-refresh-1', 'c-1']]);
    expect(records(machine)).toHaveLength(1);
  });

  test('are signed out each at its own server by logout --all when no entry claims them', async () => {
    const { a, b, c, machine, entry, run, signIn, revoked } = await pinned();
    await signIn('a', a);
    await signIn('b', b);
    machine.writeConfig(entry('doc', 'oauth.client_metadata_url = "https://me.example/client"'));
    await signIn('doc', c);
    machine.writeConfig(entry('any', ''));
    await signIn('any', b);
    await run(0, 'logout', '--all');
    expect(revoked()).toEqual([
      ['a-refresh-1', 'a-1'],
      expect.arrayContaining(['b-refresh-1', 'b-refresh-2']) as string[],
      ['c-refresh-1', 'c-1'],
    ]);
    expect(records(machine)).toEqual([]);
  });

  test('share what was signed in to before they were pinned, and a removal says so', async () => {
    const { a, run, signIn, revoked } = await pinned();
    await signIn('any', a);
    expect((await run(0, 'token', 'a')).stdout).toBe('a-1\n');
    const { servers } = (await run(0, 'status', 'a', '--json')).json() as { servers: object[] };
    expect(servers).toMatchObject([{ name: 'a', sharedWith: ['any'] }]);
    expect((await run(0, 'remove', 'a')).stderr).toContain('The sign-in stays: any');
    expect(revoked()).toEqual([[], [], []]);
  });

  test('do not finish what another one began', async () => {
    const { a, b, server, run, signIn } = await pinned();
    await signIn('any', a);
    server.name(b.origin);
    await run(7, 'login', 'any', '--no-wait');
    const other = await run(2, 'login', 'a', '--resume');
    expect(other.stderr).toContain(`was begun at "${b.origin}"`);
    expect(b.at('/token')).toEqual([]);
    expect((await run(0, 'token', 'a')).stdout).toBe('a-1\n');
  });
});

test('entries that differ only in headers share, and status says so', async () => {
  const { run } = await twoEntries(['http_headers = { X-Team = "a" }', 'http_headers = { X-Team = "b" }']);
  await run(0, 'login', 'one');
  expect((await run(0, 'token', 'two')).stdout).toBe('at-1\n');
  expect((await run(0, 'status', 'one')).stdout).toMatch(
    /^ {2}shared +with two: the same server, account, client, resource and issuer$/m,
  );
  const json = (await run(0, 'status', 'two', '--json')).json();
  expect(json).toMatchObject({ servers: [{ name: 'two', sharedWith: ['one'] }] });
});

test('a credential of before its entry was pinned is not called missing where nobody can read it', async () => {
  const { issuer, machine, run } = await twoEntries(['oauth.client_id = "client-one"', 'auth = "none"']);
  const env = { MCPASS_CREDENTIALS_STORE: 'passphrase', MCPASS_PASSPHRASE: 'correct horse' };
  await machine.prepareWith({ env }, 'login', 'one');
  const pin = `oauth.client_id = "client-one"\noauth.issuer = "${issuer.origin}"`;
  const pinned = readFileSync(machine.configFile, 'utf8').replace('oauth.client_id = "client-one"', pin);
  machine.writeConfig(pinned);
  expect((await machine.runWith({ env }, 'token', 'one')).stdout).toBe('at-1\n');
  const list = await run(6, 'list', '-c', 'credentials_store="passphrase"');
  expect(list.stdout).not.toContain('not signed in');
});

test('a project file may choose the account, and a flag another one', async () => {
  const { machine, run } = await twoEntries(['', 'auth = "none"']);
  const work = join(machine.home, '..', 'work');
  writeFileSync(join(work, '.mcpass.toml'), '[mcp_servers.one]\naccount = "work"\n');
  await run(0, 'login', 'one');
  await run(2, 'token', 'one', '--account', 'other');
  expect((await run(0, 'token', 'one')).stdout).toBe('at-1\n');
  writeFileSync(join(work, '.mcpass.toml'), '');
  await run(4, 'token', 'one');
  expect((await run(0, 'token', 'one', '--account', 'work')).stdout).toBe('at-1\n');
});

test('an account label that would not be seen as it is, is refused', async () => {
  const { run } = await twoEntries(['account = "a\\u001b[31mb"', '']);
  const ended = await run(2, 'status', 'one');
  expect(ended.stderr).toContain('account must be a label without invisible or control characters');
});

describe('beside an entry that signs in', () => {
  const BEARER = 'bearer_token_env_var = "KEY"';

  test('one with a token of its own is removed without signing anybody out', async () => {
    const { issuer, run } = await twoEntries(['', BEARER]);
    await run(0, 'login', 'one');
    const removed = await run(0, 'remove', 'two');
    expect(removed.stderr).not.toContain('Logged out');
    expect(issuer.at('/revoke')).toEqual([]);
    expect((await run(0, 'token', 'one')).stdout).toBe('at-1\n');
  });

  test('one with a token of its own does not give the sign-in its name', async () => {
    const { run } = await twoEntries([BEARER, '']);
    await run(0, 'login', 'two');
    expect((await run(0, 'logout', '--all', '--json')).json()).toMatchObject({ servers: [{ name: 'two' }] });
  });

  test('one that cannot be used does not stop logout --all', async () => {
    const { issuer, machine, run } = await twoEntries(['', '']);
    await run(0, 'login', 'one');
    machine.writeConfig(readFileSync(machine.configFile, 'utf8').replace('[mcp_servers.two]\nurl', '$&s'));
    await run(0, 'logout', '--all');
    expect(issuer.at('/revoke').map(({ form }) => form.get('token'))).toContain('at-refresh-1');
    expect(records(machine)).toEqual([]);
  });
});

const directory = ({ home }: Machine) => join(home, 'data', 'credentials');
const records = (machine: Machine): readonly string[] =>
  readdirSync(directory(machine)).filter((name) => name.endsWith('.json'));

describe('a record of before entries were told apart', () => {
  const stored = (server: string, issuer: string, client: object, resource: string | undefined) => ({
    version: 1,
    generation: 3,
    server,
    account: 'default',
    grant: {
      issuer,
      endpoints: { token: `${issuer}/token`, revocation: `${issuer}/revoke` },
      client: { issuer, authMethod: 'none', redirectUri: 'http://127.0.0.1:1/callback', ...client },
      requestedScopes: [],
      ...(resource !== undefined && { resource }),
      tokens: {
        access: 'old-access',
        type: 'Bearer',
        obtainedAtS: 1_700_000_000,
        refresh: 'old-refresh',
        later: 1,
      },
      signedInAtS: 1_700_000_000,
      later: { of: 'a newer mcpass' },
    },
    later: true,
  });

  async function withRecord(keys: Keys, client: object, resource: (url: string) => string | undefined) {
    const made = await twoEntries(keys);
    const { machine, server, issuer } = made;
    const name = await recordName({ server: server.url, account: 'default' });
    mkdirSync(directory(machine), { recursive: true, mode: 0o700 });
    const file = join(directory(machine), `${name}.json`);
    const text = JSON.stringify(stored(server.url, issuer.origin, client, resource(server.url)));
    writeFileSync(file, text, { mode: 0o600 });
    return { ...made, file };
  }
  const CLIENT_ONE = { id: 'client-one', origin: 'configured' };

  test('belongs to the entry that it fits, where it is, with all that is in it', async () => {
    const { run, file } = await withRecord(['oauth.client_id = "client-one"', ''], CLIENT_ONE, (url) => url);
    await run(4, 'token', 'two');
    expect((await run(0, 'token', 'one')).stdout).toBe('old-access\n');
    await run(0, 'refresh', 'one');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      generation: 4,
      later: true,
      grant: {
        later: { of: 'a newer mcpass' },
        tokens: { access: 'at-1', refresh: 'at-refresh-1', later: 1 },
      },
    });
  });

  test('is not written over by another entry that signs in, and goes with its own', async () => {
    const { run, machine } = await withRecord(
      ['oauth.client_id = "client-one"', ''],
      CLIENT_ONE,
      (url) => url,
    );
    await run(0, 'login', 'two');
    expect((await run(0, 'token', 'one')).stdout).toBe('old-access\n');
    expect((await run(0, 'token', 'two')).stdout).toBe('at-1\n');
    await run(0, 'logout', 'one');
    expect((await run(0, 'token', 'two')).stdout).toBe('at-1\n');
    expect(records(machine)).toHaveLength(1);
  });

  test('with a resource of its own belongs to the entry that names it', async () => {
    const keys = [
      'oauth_resource = "https://one.example/"',
      'oauth_resource = "https://two.example/"',
    ] as const;
    const registered = { id: 'registered', origin: 'registered' };
    const { run } = await withRecord(keys, registered, () => 'https://one.example/');
    await run(4, 'token', 'two');
    expect((await run(0, 'token', 'one')).stdout).toBe('old-access\n');
  });

  test('that no entry claims is told to the server and deleted by logout --all', async () => {
    const { run, machine, issuer } = await withRecord(['', ''], CLIENT_ONE, (url) => url);
    await run(4, 'token', 'one');
    await run(0, 'logout', '--all');
    expect(issuer.at('/revoke').map(({ form }) => form.get('token'))).toContain('old-refresh');
    expect(records(machine)).toEqual([]);
  });
});
