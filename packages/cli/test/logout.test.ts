import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasSecretService, startSecretService } from '../../node/test/fixtures/secret-service.js';
import { createMachine, type RunOptions } from './harness/command.js';
import { createDiskLog } from './harness/disk-log.js';
import { canMount, FILLED, FULL, READ_ONLY, runOnDisk } from './harness/disk.js';
import { startProvider, tokenRequests } from './harness/provider.js';

/* Logging out needs neither key nor room: whatever is there goes, and what could not be revoked is said. */

const QUICK_SCRYPT = new URL('../../node/test/fixtures/quick-scrypt.mjs', import.meta.url).href;
const passphrase = { MCPASS_PASSPHRASE: 'correct horse', NODE_OPTIONS: `--import=${QUICK_SCRYPT}` };

/** A machine that is signed in to `one` in the configuration. */
async function signedIn(env: Readonly<Record<string, string>> = {}) {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  const run = (options: RunOptions, ...words: readonly string[]) =>
    machine.runWith({ ...options, env: { ...env, ...options.env } }, ...words);
  await run({}, 'add', 'one', sandbox.url);
  const { code, stderr } = await run({}, 'login', 'one');
  expect(code, stderr).toBe(0);
  const sealed = 'MCPASS_PASSPHRASE' in env;
  const directory = join(machine.home, 'data', sealed ? 'credentials-passphrase' : 'credentials');
  const records = () => readdirSync(directory).filter((name) => /^[0-9a-f]{64}/.test(name));
  const file = join(directory, records()[0] ?? '');
  return { sandbox, machine, run, directory, records, file };
}

describe('a passphrase that is forgotten', () => {
  const forgotten = { env: { MCPASS_PASSPHRASE: 'another' } };

  test('is no dead end: the errors name the way out, and it works', async () => {
    const { run, records } = await signedIn(passphrase);
    await run({}, 'login', 'one', '--account', 'work');
    for (const words of [
      ['token', 'one'],
      ['login', 'one'],
      ['config', 'store', 'plain'],
    ]) {
      const { code, stderr } = await run(forgotten, ...words);
      expect(code).toBe(6);
      expect(stderr).toContain('if it is forgotten: mcpass logout --all, then sign in again');
      expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
    }
    expect(records()).toHaveLength(2);
    const out = await run(forgotten, 'logout', '--all');
    expect(out.code).toBe(0);
    expect(out.stdout).toContain('Logged out of one: deleted here, not revoked, because that failed');
    expect(records()).toEqual([]);
    expect((await run(forgotten, 'login', 'one')).code).toBe(0);
    expect((await run(forgotten, 'token', 'one')).code).toBe(0);
  });

  test('and after a logout of the last server neither', async () => {
    const { run } = await signedIn(passphrase);
    expect((await run(forgotten, 'logout', 'one')).code).toBe(0);
    expect((await run(forgotten, 'login', 'one')).code).toBe(0);
  });
});

test.skipIf(!hasSecretService())('a keyring that was reset is no dead end', async () => {
  const service = await startSecretService();
  try {
    const { HOME: _, ...env } = service.env;
    const { run, machine } = await signedIn(env);
    await service.reset();
    const { code, stderr } = await run({}, 'token', 'one');
    expect(code).toBe(6);
    expect(stderr).toContain('if that is gone: mcpass logout --all, then sign in again');
    expect((await run({}, 'logout', '--all')).code).toBe(0);
    expect((await run({}, 'login', 'one')).code).toBe(0);
    expect((await run({}, 'token', 'one')).code).toBe(0);
    expect(readdirSync(join(machine.home, 'data'))).toContain('credentials-keyring');
  } finally {
    service.stop();
  }
});

describe('logout --all', () => {
  test('deletes what no mcpass of this version can read, and says so', async () => {
    const { run, file, records } = await signedIn();
    const newer = readFileSync(file, 'utf8').replace(/"version": ?1/, '"version": 99');
    const stranger = file.replace(/[0-9a-f]{64}/, 'ab'.repeat(32));
    writeFileSync(file, newer);
    writeFileSync(stranger, newer);
    const json = await run({}, 'logout', '--all', '--json');
    expect(json.code).toBe(0);
    const detail = expect.stringContaining('a newer mcpass wrote it') as string;
    expect(json.json()).toEqual({
      schema: 1,
      servers: [
        { name: 'one', revocation: 'failed', detail, deleted: true },
        { name: stranger, revocation: 'failed', detail, deleted: true },
      ],
    });
    expect(records()).toEqual([]);
    expect((await run({}, 'logout', '--all')).stderr).toBe('Nobody is signed in.\n');
  });

  test('says of what cannot be deleted that it is still there: once, and in the JSON', async () => {
    const { run, file } = await signedIn();
    const stranger = file.replace(/[0-9a-f]{64}/, 'ab'.repeat(32));
    mkdirSync(stranger);
    const reason = `${stranger} cannot be written: `;
    const json = await run({}, 'logout', '--all', '--json');
    expect([json.code, json.error()['message']]).toEqual([6, expect.stringContaining(reason)]);
    expect(json.json()).toEqual({
      schema: 1,
      servers: [
        { name: 'one', revocation: 'revoked', deleted: true },
        {
          name: stranger,
          revocation: 'failed',
          detail: expect.stringContaining(reason) as string,
          deleted: false,
        },
      ],
    });
    const { code, stdout, stderr } = await run({}, 'logout', '--all');
    expect([code, stdout]).toEqual([6, `${stranger}: not deleted here; not revoked, because that failed\n`]);
    expect(stderr.split(reason)).toHaveLength(2);
    expect(stderr).toMatch(/^error: /);
  });

  test('leaves other accounts alone when told which', async () => {
    const { run, records } = await signedIn();
    await run({}, 'login', 'one', '--account', 'work');
    const out = await run({}, 'logout', '--all', '--account', 'work');
    expect(out.stdout).toBe('Logged out of one (work): deleted here, revoked at the server\n');
    expect(records()).toHaveLength(1);
    expect((await run({}, 'token', 'one')).code).toBe(0);
  });

  test('finds an account by its name where nothing can be read', async () => {
    const { run, records } = await signedIn(passphrase);
    await run({}, 'login', 'one', '--account', 'work');
    const none = { env: { MCPASS_PASSPHRASE: '' } };
    const out = await run(none, 'logout', '--all', '--account', 'work');
    expect(out.stdout).toContain('Logged out of one (work): deleted here, not revoked');
    expect(out.stderr).toBe('Left alone: 1 that cannot be read, of whichever account.\n');
    expect(records()).toHaveLength(1);
    const nobody = await run(none, 'logout', '--all', '--account', 'home');
    const json = await run(none, 'logout', '--all', '--account', 'home', '--json');
    expect([json.json(), json.stderr]).toEqual([{ schema: 1, servers: [], leftAlone: 1 }, '']);
    expect(nobody.stderr).not.toContain('Nobody is signed in');
  });
});

test('logout deletes before it looks for other accounts among other records', async () => {
  const { machine, run, file } = await signedIn();
  copyRecord(file, 40);
  const disk = createDiskLog(machine.home);
  expect((await run({ env: disk.env }, 'logout', 'one')).code).toBe(0);
  const asked = disk.asked();
  const others = asked.filter(
    (line) => /^open .*credentials.*[0-9a-f]{64}\.json$/.test(line) && !line.includes(file),
  );
  expect(others).toHaveLength(40);
  expect(asked.indexOf(`unlink ${file}`)).toBeGreaterThan(0);
  expect(asked.indexOf(`unlink ${file}`)).toBeLessThan(asked.indexOf(others[0] ?? ''));
});

test('a hint at other accounts is not worth a look into hundreds of records', async () => {
  const { run, records, file: left } = await signedIn();
  await run({}, 'login', 'one', '--account', 'work');
  await run({}, 'logout', 'one');
  const file = join(dirname(left), records()[0] ?? '');
  const token = async () => (await run({}, 'token', 'one')).stderr;
  expect(await token()).toContain('There is one with --account work.');
  copyRecord(file, 200);
  expect(await token()).not.toContain('There is one');
});

function copyRecord(file: string, times: number): void {
  const text = readFileSync(file);
  for (let time = 0; time < times; time += 1) {
    const name = time.toString(16).padStart(64, '0');
    writeFileSync(file.replace(/[0-9a-f]{64}/, name), text, { mode: 0o600 });
  }
}

test('a configuration that names another store does not keep a credential', async () => {
  const { run, records, sandbox } = await signedIn();
  for (const store of ['passphrase', 'memory']) {
    const out = await run({ env: { ...passphrase, MCPASS_CREDENTIALS_STORE: store } }, 'logout', 'one');
    expect(out.stdout).toBe('Logged out of one: deleted here, revoked at the server\n');
    expect(records()).toEqual([]);
    await run({}, 'login', 'one');
  }
  expect(sandbox.log.of('revoke')).toHaveLength(4);
});

describe('remove', () => {
  test('takes the other accounts along or leaves the name: without the key it fails first', async () => {
    const { run, records, machine } = await signedIn(passphrase);
    const none = { env: { MCPASS_PASSPHRASE: '' } };
    await run({}, 'login', 'one', '--account', 'work');
    expect((await run(none, 'remove', 'one')).code).toBe(6);
    expect(records()).toHaveLength(2);
    expect(readFileSync(machine.configFile, 'utf8')).toContain('mcp_servers.one');
    expect((await run({}, 'remove', 'one')).code).toBe(0);
    expect(records()).toEqual([]);
  });

  test('needs no key where nothing else is there', async () => {
    const { run, records, machine } = await signedIn(passphrase);
    expect((await run({ env: { MCPASS_PASSPHRASE: '' } }, 'remove', 'one')).code).toBe(0);
    expect(records()).toEqual([]);
    expect(readFileSync(machine.configFile, 'utf8')).not.toContain('mcp_servers.one');
  });
});

describe('what was set aside', () => {
  async function setAside() {
    const lab = await signedIn();
    writeFileSync(lab.file, '{"version": 1, "half');
    expect((await lab.run({}, 'token', 'one')).code).toBe(6);
    expect(lab.records()).toEqual([expect.stringContaining('.set-aside-')]);
    return lab;
  }

  test.each([
    ['logout', 'one'],
    ['logout', '--all'],
    ['remove', 'one'],
  ])('goes with %s %s', async (...words) => {
    const { run, records } = await setAside();
    expect((await run({}, ...words)).code).toBe(0);
    expect(records()).toEqual([]);
  });

  test('is named by status with what to do about it, in whatever store it is', async () => {
    const { run, records, directory, machine } = await setAside();
    const [name = ''] = records();
    const elsewhere = join(machine.home, 'data', 'credentials-passphrase');
    mkdirSync(elsewhere, { mode: 0o700 });
    renameSync(join(directory, name), join(elsewhere, name));
    const { stderr } = await run({}, 'status');
    expect(stderr).toBe(
      `warning: ${join(elsewhere, name)}: it was set aside because it could not be read; it may hold tokens: delete it, or mcpass logout does when you log out of its server\n`,
    );
    expect((await run({}, 'logout', 'one')).code).toBe(0);
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('a disk that takes nothing', () => {
  test('full: the credential goes all the same, and is revoked', async () => {
    const { sandbox, machine, records } = await signedIn();
    const { code, stdout, stderr } = await runOnDisk(FULL, machine, 'logout', 'one');
    expect([code, stdout, stderr]).toEqual([
      0,
      'Logged out of one: deleted here, revoked at the server\n',
      '',
    ]);
    expect(records()).toEqual([]);
    expect(sandbox.log.of('revoke')).toHaveLength(2);
  });

  test.skipIf(!canMount).each([
    ['logout', 'one'],
    ['logout', '--all'],
    ['remove', 'one'],
  ])('without a block for a lock: %s %s deletes and revokes all the same', async (...words) => {
    const { sandbox, machine, records, file } = await signedIn();
    writeFileSync(`${file}.set-aside-20260101T000000Z-ab12`, 'left');
    const { code, stdout, stderr } = await runOnDisk(FILLED, machine, ...words);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Logged out of one: deleted here, revoked at the server\n');
    expect(records()).toEqual([]);
    expect(sandbox.log.of('revoke')).toHaveLength(2);
  });

  test.skipIf(!canMount)('without a block for a lock: nothing is spent', async () => {
    const { machine, records, sandbox } = await signedIn();
    const { code, stderr } = await runOnDisk(FILLED, machine, 'refresh', 'one');
    expect(tokenRequests(sandbox, 'refresh_token')).toEqual([]);
    expect([code, stderr]).toEqual([6, expect.stringContaining(FILLED.words)]);
    expect(records()).toHaveLength(1);
  });

  test.skipIf(!canMount)(
    'not even a lock: revoked at the server, and said that it is still here',
    async () => {
      const { sandbox, machine, file } = await signedIn();
      const { code, stdout, stderr } = await runOnDisk(READ_ONLY, machine, 'logout', 'one');
      expect([code, stdout]).toEqual([6, 'one: not deleted here; revoked at the server\n']);
      expect(stderr).toContain('The credential is still stored here: ');
      expect(stderr).toContain('read-only');
      expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
      expect(existsSync(file)).toBe(true);
      expect(sandbox.log.of('revoke')).toHaveLength(2);
      // The name stays as long as what it stands for.
      expect((await runOnDisk(READ_ONLY, machine, 'remove', 'one')).code).toBe(6);
      expect(readFileSync(machine.configFile, 'utf8')).toContain('mcp_servers.one');
    },
  );

  test.skipIf(!canMount)('remove revokes every account, and then fails', async () => {
    const { sandbox, machine, run, records } = await signedIn();
    await run({}, 'login', 'one', '--account', 'work');
    const text = await runOnDisk(READ_ONLY, machine, 'remove', 'one');
    expect([text.code, text.stdout]).toEqual([6, '']);
    expect(text.stderr).toContain('one: not deleted here; revoked at the server\n');
    expect(text.stderr).toContain('one (work): not deleted here; revoked at the server\n');
    expect(sandbox.log.of('revoke')).toHaveLength(4);
    const { code, stdout, stderr } = await runOnDisk(READ_ONLY, machine, 'remove', 'one', '--json');
    expect(code).toBe(6);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'store_unwritable' } });
    expect(JSON.parse(stdout)).toMatchObject({
      server: { name: 'one', deleted: false, removed: false },
      accounts: [{ account: 'work', deleted: false }],
    });
    expect(records()).toHaveLength(2);
    expect(readFileSync(machine.configFile, 'utf8')).toContain('mcp_servers.one');
  });

  test.skipIf(!canMount)('a broken record there: it is the record that is said, not the lock', async () => {
    const { machine, file } = await signedIn();
    writeFileSync(file, '{"version": 1, "half');
    const { code, stderr } = await runOnDisk(READ_ONLY, machine, 'token', 'one');
    expect(code).toBe(6);
    expect(stderr).toContain(`cannot be read: it is not JSON (${file})`);
    expect(stderr).toContain(`move ${file} away, then sign in again`);
  });
});

describe('without the key', () => {
  const none = { env: { MCPASS_PASSPHRASE: '' } };

  test('list and status show every server, and which cannot be read', async () => {
    const { run, machine, sandbox } = await signedIn(passphrase);
    machine.writeConfig(
      `[mcp_servers.one]\nurl = ${JSON.stringify(sandbox.url)}\n` +
        '[mcp_servers.b]\nurl = "https://b.example/mcp"\nbearer_token_env_var = "B"\n' +
        '[mcp_servers.new]\nurl = "https://new.example/mcp"\n',
    );
    const list = await run(none, 'list');
    expect(list.code).toBe(6);
    expect(list.stdout).toContain('one\tcannot be read\t');
    expect(list.stdout).toContain('b\tbearer token\t');
    expect(list.stdout).toContain('new\tnot signed in\t');
    expect(list.stderr.match(/error:/g)).toHaveLength(1);

    const status = await run(none, 'status', '--json');
    expect(status.code).toBe(6);
    const error = { code: 'store_unreadable', message: expect.stringContaining('passphrase') as string };
    expect(status.json()).toMatchObject({
      servers: [{ name: 'one', auth: 'oauth', error }, { state: 'bearer' }, { state: 'not_signed_in' }],
    });
    expect((status.json() as { servers: object[] }).servers[0]).not.toHaveProperty('state');
    expect((await run(none, 'status', 'one')).stdout).toMatch(/^one: cannot be read\n/);
  });

  test('ends with 6 only where it is about what cannot be read', async () => {
    const { run, machine } = await signedIn(passphrase);
    machine.writeConfig(
      '[mcp_servers.b]\nurl = "https://b.example/mcp"\nbearer_token_env_var = "B"\n' +
        '[mcp_servers.new]\nurl = "https://new.example/mcp"\n',
    );
    const bearer = await run(none, 'status', 'b');
    expect([bearer.code, bearer.stderr]).toEqual([0, '']);
    expect((await run(none, 'status', 'new')).code).toBe(4);
    // There is one that nobody can name.
    expect((await run(none, 'list')).code).toBe(6);
  });
});
