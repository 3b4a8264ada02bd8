import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasSecretService, startSecretService } from '../../node/test/fixtures/secret-service.js';
import { createMachine, type Machine } from './harness/command.js';
import { createDiskLog } from './harness/disk-log.js';
import { startProvider } from './harness/provider.js';
import { fillStore } from './harness/stored.js';
import { atTerminal, hasTerminal, PLAIN_QUESTION } from './harness/terminal.js';

const passphrase = { MCPASS_PASSPHRASE: 'correct horse' };

async function signedIn(env: Readonly<Record<string, string>> = {}) {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  await machine.prepareWith({ env }, 'login', sandbox.url);
  return { sandbox, machine, data: join(machine.home, 'data') };
}

describe('config store', () => {
  test('says where credentials are, and moves them there and back', async () => {
    const { machine, sandbox, data } = await signedIn();
    expect((await machine.run('config', 'store')).stdout).toMatch(
      /^plain\n {2}stored {2}plain file, readable only by you, in .*\(because this machine has no keyring/,
    );
    const moved = await machine.runWith({ env: passphrase }, 'config', 'store', 'passphrase');
    expect(moved.stdout).toContain('Moved 1 credential to the passphrase store');
    expect(readdirSync(join(data, 'credentials'))).toEqual([]);
    expect((await machine.runWith({ env: passphrase }, 'token', sandbox.url)).code).toBe(0);
    expect((await machine.run('config', 'store', '--json')).json()).toMatchObject({
      store: { kind: 'passphrase', configured: 'auto' },
    });
    const status = (await machine.runWith({ env: passphrase }, 'status', '--json')).json();
    expect(status).toMatchObject({ servers: [{ state: 'signed_in', store: 'passphrase' }] });

    const back = await machine.runWith({ env: passphrase }, 'config', 'store', 'plain', '--json');
    expect(back.json()).toMatchObject({ from: 'passphrase', to: 'plain', moved: 1 });
    expect((await machine.run('token', sandbox.url)).code).toBe(0);
  });

  test('refuses what the configuration contradicts, and what it does not know', async () => {
    const { machine } = await signedIn();
    machine.writeConfig('credentials_store = "plain"\n');
    const refused = await machine.runWith({ env: passphrase }, 'config', 'store', 'passphrase');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('config.toml:1');
    expect((await machine.run('config', 'store', 'keyrnig')).stderr).toContain('Did you mean keyring?');
  });

  test('moves nothing to a keyring that is not there', async () => {
    const { machine, sandbox } = await signedIn();
    const refused = await machine.run('config', 'store', 'keyring');
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('this machine has no keyring that answers');
    expect((await machine.run('token', sandbox.url)).code).toBe(0);
  });
});

describe('a plain store that nobody chose', () => {
  test.skipIf(!hasTerminal)('is asked about once on a terminal', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    const login = ['login', sandbox.url];
    const no = await atTerminal(machine, login, [[PLAIN_QUESTION, 'n']]);
    expect(no).toContain('mcpass config store passphrase');
    expect(sandbox.log.of('register')).toEqual([]);
    expect(await atTerminal(machine, login, [[PLAIN_QUESTION, 'yes']])).toMatch(/Signed in\S* to /);
    expect(await atTerminal(machine, [...login, '--force'], [])).not.toContain(PLAIN_QUESTION);
  });

  test('is not told on the way to a sign-in that ends for another reason, and is all the same at the next', async () => {
    const closed = await startProvider('pre-registered');
    const machine = createMachine({ person: 'consents' });
    const refused = await machine.run('login', closed.url);
    expect([refused.code, refused.stderr]).toEqual([2, expect.not.stringContaining('plain files')]);
    const sandbox = await startProvider('plain');
    expect((await machine.run('login', sandbox.url)).stderr).toContain('plain files');
  });

  test('is told in a line elsewhere, and in JSON as the store', async () => {
    const sandbox = await startProvider('plain');
    const told = await createMachine({ person: 'consents' }).run('login', sandbox.url);
    expect([told.code, told.stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: credentials are kept in plain files/m),
    ]);
    const quiet = await createMachine({ person: 'consents' }).run('login', sandbox.url, '--quiet');
    expect(quiet.stderr).not.toContain('plain');
    const json = await createMachine({ person: 'consents' }).run('login', sandbox.url, '--json');
    expect(json.stderr).not.toContain('plain');
    expect(json.json()).toMatchObject({ server: { store: 'plain' } });
  });
});

describe('a passphrase at the terminal', () => {
  test.skipIf(!hasTerminal)('is asked for without echo: twice for a new one, once after that', async () => {
    const machine = createMachine();
    const first = await atTerminal(
      machine,
      ['config', 'store', 'passphrase'],
      [
        ['New passphrase: ', 'secret one'],
        ['Again: ', 'secret two'],
        ['New passphrase: ', 'secret one'],
        ['Again: ', 'secret one'],
      ],
    );
    expect(first).toContain('Those two are not the same.');
    expect(first).toContain('with a key made of your passphrase');
    expect(first).not.toContain('secret');
  });

  test.skipIf(!hasTerminal)('that is interrupted ends with 130', async () => {
    const machine = createMachine();
    expect(
      await atTerminal(machine, ['config', 'store', 'passphrase'], [['New passphrase: ', '\u0003']]),
    ).toContain('Interrupted.');
  });
});

describe('a sealed store without its key ends with 6', () => {
  test('no passphrase, and a wrong one', async () => {
    const { machine, sandbox } = await signedIn({
      ...passphrase,
      MCPASS_CREDENTIALS_STORE: 'passphrase',
    });
    const none = await machine.run('token', sandbox.url);
    expect([none.code, none.stdout]).toEqual([6, '']);
    expect(none.stderr).toContain('set MCPASS_PASSPHRASE');
    const wrong = await machine.runWith({ env: { MCPASS_PASSPHRASE: 'wrong' } }, 'login', sandbox.url);
    expect(wrong.code).toBe(6);
    expect(wrong.stderr).toContain('The passphrase is wrong');
    expect((await machine.runWith({ env: passphrase }, 'token', sandbox.url)).code).toBe(0);
  });

  test.skipIf(!hasSecretService())('a locked keyring', async () => {
    const service = await startSecretService();
    try {
      const { HOME: _, ...env } = service.env;
      const { machine, sandbox } = await signedIn(env);
      const status = await machine.runWith({ env }, 'status');
      expect(status.stdout).toContain('with its key in the keyring of this system');
      expect((await machine.runWith({ env }, 'token', sandbox.url)).code).toBe(0);
      service.lock();
      for (const words of [['token', sandbox.url], ['status'], ['login', sandbox.url]]) {
        const locked = await machine.runWith({ env }, ...words);
        expect(locked.code, words.join(' ')).toBe(6);
        expect(locked.stderr).toContain('the keyring is locked');
      }
      const data = join(machine.home, 'data');
      expect(readdirSync(data).toSorted()).toEqual([
        'credentials',
        'credentials-keyring',
        'sign-ins',
        'store.json',
      ]);
      const out = await machine.runWith({ env }, 'logout', sandbox.url);
      expect(out.stdout).toContain(
        'deleted here, not revoked, because that failed (The keyring cannot be used',
      );
      expect(readdirSync(join(data, 'credentials-keyring'))).toEqual(['key.json']);
    } finally {
      service.stop();
    }
  });
});

describe('credential', () => {
  test('carries a sign-in to another machine, encrypted', async () => {
    const { machine, sandbox } = await signedIn();
    const file = join(machine.home, 'box.credential');
    const exported = await machine.runWith(
      { env: passphrase },
      'credential',
      'export',
      sandbox.url,
      '-o',
      file,
    );
    expect(exported.code).toBe(0);
    expect(exported.stderr).toContain('in one place only');
    const token = (await machine.run('token', sandbox.url)).stdout;
    expect(readFileSync(file, 'utf8')).not.toContain(token.trim());

    const other = createMachine();
    const wrong = await other.runWith({ env: { MCPASS_PASSPHRASE: 'wrong' } }, 'credential', 'import', file);
    expect(wrong.code).toBe(6);
    const imported = await other.runWith({ env: passphrase }, 'credential', 'import', file);
    expect(imported.stdout).toContain(`Imported the sign-in to ${sandbox.url}`);
    // The passphrase was there when the other machine got its first credential: auto took it for the store too.
    expect(imported.stdout).toContain('with a key made of your passphrase');
    expect((await other.runWith({ env: passphrase }, 'token', sandbox.url)).stdout).toBe(token);
    expect((await other.runWith({ env: passphrase }, 'credential', 'import', file)).code).toBe(2);
    const forced = await other.runWith({ env: passphrase }, 'credential', 'import', file, '--force');
    expect(forced.code).toBe(0);
  });

  test('goes through a pipe, and refuses what is not sealed', async () => {
    const { machine, sandbox, data } = await signedIn();
    const { stdout } = await machine.runWith({ env: passphrase }, 'credential', 'export', sandbox.url);
    const other = createMachine();
    const piped = await other.runWith(
      { env: passphrase, stdin: stdout },
      'credential',
      'import',
      '-',
      '--json',
    );
    expect(piped.json()).toMatchObject({ server: sandbox.url, account: 'default' });

    const [name = ''] = readdirSync(join(data, 'credentials'));
    const plain = join(data, 'credentials', name);
    const refused = await createMachine().runWith({ env: passphrase }, 'credential', 'import', plain);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('no exported credential');
  });

  test('is taken over under another label, where one is named', async () => {
    const { machine, sandbox } = await signedIn();
    const { stdout } = await machine.runWith({ env: passphrase }, 'credential', 'export', sandbox.url);
    const take = (...more: string[]) =>
      machine.runWith({ env: passphrase, stdin: stdout }, 'credential', 'import', '-', ...more);
    const refused = await take();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--force to replace it, or with --account LABEL to keep both');
    expect((await take('--account', 'other')).stdout).toContain(`${sandbox.url} (other).`);
    const token = async (...more: string[]) => (await machine.run('token', sandbox.url, ...more)).stdout;
    expect(await token('--account', 'other')).toBe(await token());
  });

  test('says of a file that cannot be read which one and why, and what to name', async () => {
    const { code, stdout, stderr } = await createMachine().run('credential', 'import', '/nonexistent');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n').slice(0, 2)).toEqual([
      'error: /nonexistent cannot be read: it does not exist.',
      '  do:    name the file that mcpass credential export wrote, or - for standard input',
    ]);
  });

  test('asks for a sign-in where there is none, and for a passphrase', async () => {
    const { machine, sandbox } = await signedIn();
    expect((await machine.run('credential', 'export', 'https://nobody.example/mcp')).code).toBe(4);
    expect((await machine.run('credential', 'export', sandbox.url)).code).toBe(6);
  });
});

test('a login with the memory store says that nothing is left of it', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  const env = { MCPASS_CREDENTIALS_STORE: 'memory' };
  const { code, stderr } = await machine.runWith({ env }, 'login', sandbox.url);
  expect([code, stderr]).toEqual([0, expect.stringContaining('This sign-in ends with this command')]);
  // What it proposes works.
  expect(stderr).toContain(`Try:  mcpass tools ${sandbox.url} --login\n`);
  const tools = await machine.runWith({ env }, 'tools', sandbox.url, '--login');
  expect([tools.code, tools.stdout]).toEqual([0, expect.stringContaining('echo')]);
  // The second step of a sign-in would find nothing of the first.
  const begun = await machine.runWith({ env }, 'login', sandbox.url, '--no-wait');
  expect([begun.code, begun.stdout]).toEqual([2, '']);
  expect(begun.stderr).toContain('the memory store keeps nothing');
});

/** What a command asks of the disk: what concerns the file of a credential, and the rest. */
async function askedOfDisk(machine: Machine, ...words: readonly string[]) {
  const disk = createDiskLog(machine.home);
  const { code, stderr } = await machine.runWith({ env: disk.env }, ...words);
  expect(code, stderr).toBe(0);
  const isRecord = (line: string): boolean => /[0-9a-f]{64}\.json$/.test(line);
  const asked = disk.asked();
  return { records: asked.filter(isRecord), rest: asked.filter((line) => !isRecord(line)) };
}

test('a token among a hundred credentials is the one file that is opened, as where it is alone', async () => {
  const { machine, sandbox, data } = await signedIn();
  const alone = await askedOfDisk(machine, 'token', sandbox.url);
  expect(alone.records).toEqual([expect.stringMatching(/^open /)]);
  await fillStore(data, 100);
  expect(await askedOfDisk(machine, 'token', sandbox.url)).toEqual(alone);
});

test('a thousand credentials are opened once each, whatever is shown of them', async () => {
  const machine = createMachine();
  const data = join(machine.home, 'data');
  await fillStore(data, 1);
  // The first finds the modes of the folders to be mended.
  await machine.run('list');
  const commands = [['list'], ['status'], ['status', '--json']];
  const alone = [];
  for (const words of commands) alone.push((await askedOfDisk(machine, ...words)).rest);
  const COUNT = 1_000;
  await fillStore(data, COUNT);
  for (const [index, words] of commands.entries()) {
    const { records, rest } = await askedOfDisk(machine, ...words);
    expect(records.filter((line) => !line.startsWith('open '))).toEqual([]);
    expect(new Set(records).size).toBe(COUNT);
    expect(records.length, words.join(' ')).toBe(COUNT);
    // And nothing else of the disk is asked more often than where there is one.
    expect(rest, words.join(' ')).toEqual(alone[index]);
  }
});
