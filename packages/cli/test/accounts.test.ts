import { describe, expect, test } from 'vitest';
import { UNSAFE_TEXT } from '../../auth/test/support/unsafe-text.js';
import { createMachine } from './harness/command.js';
import { stripVTControlCharacters } from 'node:util';
import { textWidth } from '../src/terminal/text-width.js';
import { atTerminal, hasTerminal } from './harness/terminal.js';
import { startProvider } from './harness/provider.js';

/* Which account a command is about, and which person has signed in to it. */

const ADA = { name: 'Ada Lovelace', email: 'ada@sandbox.test', subject: 'ada@sandbox.test' };
const GRACE = { name: 'Grace Hopper', email: 'grace@sandbox.test', subject: 'grace@sandbox.test' };
const AS_GRACE = { env: { SANDBOX_PERSON: GRACE.subject } };

describe('an account that nobody has', () => {
  test('is a slip of the pen wherever a sign-in is used: exit code 2, and the accounts there are', async () => {
    const sandbox = await startProvider('stepup');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url);
    // As long as nobody has signed in there is nothing to mistake it for.
    expect((await machine.run('token', 'box', '--account', 'wrok')).code).toBe(4);
    expect((await machine.run('logout', 'box', '--account', 'wrok')).code).toBe(0);
    const first = await machine.run('login', 'box', '--account', 'work', '--scopes', 'mcp:basic');
    expect([first.code, first.stderr]).toEqual([0, expect.not.stringContaining('A new account')]);
    await machine.prepare('login', 'box', '--scopes', 'mcp:basic');
    sandbox.log.clear();
    for (const words of [
      ['token', 'box'],
      ['status', 'box'],
      ['status'],
      ['list'],
      ['refresh', 'box'],
      ['logout', 'box'],
      ['logout', '--all'],
      ['remove', 'box'],
      // Nobody need sign in to connect there: it would have gone unnoticed.
      ['tools', sandbox.url, '--login'],
      ['call', 'box', 'echo', 'text=hi'],
      ['bridge', 'box'],
      ['connect', 'cursor', 'box'],
      ['credential', 'export', 'box'],
    ]) {
      const { code, stdout, stderr } = await machine.run(...words, '--account', 'wrok');
      expect([code, stdout], `${words.join(' ')}\n${stderr}`).toEqual([2, '']);
      expect(stderr).toContain(' as "wrok". Did you mean work?\n');
      expect(stderr).toContain('The accounts there are: default, work.');
      // Nobody who wants to be rid of one is told how to make it.
      const makes = words.length > 1 && !['logout', 'remove'].includes(words[0] ?? '');
      expect(stderr.includes('To make that one:'), words.join(' ')).toBe(makes);
    }
    const json = await machine.runWith({ env: { MCPASS_ACCOUNT: 'nope' } }, 'token', 'box', '--json');
    expect([json.code, json.error()]).toEqual([
      2,
      {
        code: 'usage',
        step: 'config',
        fault: 'yours',
        message: 'Nobody has signed in to box as "nope".',
        hint: 'The accounts there are: default, work. To make that one:  mcpass login box --account nope',
      },
    ]);
    expect(sandbox.log.all).toEqual([]);

    const words = ['login', 'box', '--scopes', 'mcp:basic', '--account', 'wrok'];
    const made = await machine.run(...words);
    expect([made.code, made.stderr]).toEqual([
      0,
      expect.stringMatching(/^A new account\. .* Did you mean work\?/),
    ]);
    expect((await machine.run('token', 'box', '--account', 'wrok')).code).toBe(0);
    expect((await machine.run(...words, '--force')).stderr).not.toContain('A new account');
  });

  test('is none where an entry names it, a sign-in was begun, or no sign-in is used', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    const url = `url = "${sandbox.url}"`;
    machine.writeConfig(
      `[mcp_servers.box]\n${url}\n[mcp_servers.job]\n${url}\naccount = "work"\n` +
        `[mcp_servers.key]\n${url}\nbearer_token_env_var = "KEY"\n`,
    );
    await machine.prepare('login', 'box');
    for (const words of [['job'], ['box', '--account', 'work']]) {
      expect((await machine.run('token', ...words)).code).toBe(4);
    }
    expect((await machine.run('token', 'box', '--account', 'home')).code).toBe(2);
    expect((await machine.run('login', 'box', '--account', 'home', '--no-wait')).code).toBe(7);
    expect((await machine.run('token', 'box', '--account', 'home')).code).toBe(4);
    const env = { KEY: 'k', MCPASS_ACCOUNT: 'other' };
    expect((await machine.runWith({ env }, 'status', 'key')).code).toBe(0);
    expect((await machine.runWith({ env }, 'token', 'key')).stdout).toBe('k\n');
  });
});

test('a sign-in that was begun for another account and left is shown, and does not change what status ends with', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  const begin = () => machine.run('login', sandbox.url, '--account', 'work', '--no-wait');
  const status = (...words: string[]) => machine.run('status', ...words);
  await machine.prepare('login', sandbox.url);
  expect((await begin()).code).toBe(7);
  // By its URL alone, and then with a name.
  for (const words of [[], [sandbox.url], ['--online'], ['box'], ['box', '--online'], []]) {
    if (words[0] === 'box' && words.length === 1) await machine.run('add', 'box', sandbox.url);
    const { code, stdout } = await status(...words);
    expect(code, stdout).toBe(0);
    expect(stdout).toContain(': signed in\n');
    expect(stdout).toContain('(work): sign-in begun\n');
    expect(stdout).toMatch(/run: {2}mcpass login \S+ --resume --account work\n/);
  }
  // Whoever asks about it, or has no other one, is told that it is needed.
  expect((await status('box', '--account', 'work')).code).toBe(4);
  await machine.run('logout', 'box');
  expect((await status('box')).code).toBe(4);
  await machine.run('remove', 'box');
  expect((await status()).code).toBe(4);
});

describe('who has signed in', () => {
  test('is shown by login, status and list, tells two accounts apart, and is still known after a renewal', async () => {
    const sandbox = await startProvider('authkit');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'box', sandbox.url);
    const login = await machine.run('login', 'box');
    expect(login.code, login.stderr).toBe(0);
    expect(login.stdout).toContain('\n  who      Ada Lovelace <ada@sandbox.test>\n');
    const work = await machine.runWith(AS_GRACE, 'login', 'box', '--account', 'work', '--json');
    expect(work.json()).toMatchObject({ server: { account: 'work', identity: GRACE } });
    // A sign-in asks nobody for more than it did.
    expect(sandbox.log.of('jwks')).toEqual([]);
    expect((await machine.run('refresh', 'box', '--json')).json()).toMatchObject({
      server: { identity: ADA },
    });

    expect((await machine.run('list')).stdout.replaceAll(/\t2\d{3}-[^\t]+Z\t/g, '\tWHEN\t')).toBe(
      `box\tsigned in\tAda Lovelace <ada@sandbox.test>\tWHEN\t${sandbox.url}\n` +
        `box (work)\tsigned in\tGrace Hopper <grace@sandbox.test>\tWHEN\t${sandbox.url}\n`,
    );
    if (hasTerminal) {
      for (const columns of [40, 80, 200]) {
        const shown = stripVTControlCharacters(await atTerminal(machine, ['list'], [], { columns }));
        const [headings = '', ...lines] = shown.trimEnd().split(/\r*\n/);
        expect(headings).toMatch(/^NAME +STATE +WHO +EXPI\S+ +ADDR/);
        for (const line of lines.slice(0, 2)) expect(textWidth(line), line).toBeLessThanOrEqual(columns);
        expect(/whole:\s+mcpass list \| cat/.test(shown)).toBe(columns < 200);
      }
    }
    const online = await machine.run('list', '--online');
    expect([online.code, online.stdout]).toEqual([
      0,
      expect.stringMatching(/\tthe server accepts it\n.*\tthe server accepts it\n$/s),
    ]);
    expect((await machine.run('list', '--online', '--json')).json()).toMatchObject({
      servers: [{ online: { state: 'accepted' } }, { online: { state: 'accepted' } }],
    });
    expect((await machine.run('list', '--json')).json()).toMatchObject({
      servers: [{ identity: ADA }, { account: 'work', identity: GRACE }],
    });
    const status = await machine.run('status', 'box');
    expect(status.stdout).toMatch(/^ {2}who +Ada Lovelace <ada@sandbox\.test>$/m);
    expect(status.stdout).toMatch(/^ {2}who +Grace Hopper <grace@sandbox\.test>$/m);
    expect((await machine.run('status', 'box', '--json')).json()).toMatchObject({
      servers: [{ identity: ADA }, { identity: GRACE }],
    });
  });

  test('is said where a new sign-in ends with another person than the last one', async () => {
    const sandbox = await startProvider('authkit');
    const machine = createMachine({ person: 'consents' });
    expect((await machine.run('login', sandbox.url)).stderr).not.toContain('another person');
    const same = await machine.run('login', sandbox.url, '--force', '--json');
    expect(same.json()).not.toHaveProperty('previousIdentity');
    const other = await machine.runWith(AS_GRACE, 'login', sandbox.url, '--force');
    expect(other.code, other.stderr).toBe(0);
    expect(other.stdout).toContain('  who      Grace Hopper <grace@sandbox.test>\n');
    expect(other.stderr).toContain(
      'Note: that is another person than before, who was Ada Lovelace <ada@sandbox.test>.\n',
    );
    expect(other.stderr).toContain(`then:  mcpass login ${sandbox.url} --force\n`);
    const back = await machine.run('login', sandbox.url, '--force', '--json');
    expect(back.json()).toMatchObject({ previousIdentity: GRACE, server: { identity: ADA } });
    expect(back.stderr).toContain('another person than before');
  });

  test('is harmless text, and what names nobody for us costs no sign-in', async () => {
    const name = `\u001b]52;c;ZXZpbA==\u0007Ro\u202eot\n  expires  never${'x'.repeat(500)}`;
    const evil = await startProvider('authkit', { idTokenClaims: { name, email: undefined } });
    const machine = createMachine({ person: 'consents' });
    const shown = [await machine.run('login', evil.url, '-vv')];
    for (const words of [['list'], ['status'], ['status', '--json']]) shown.push(await machine.run(...words));
    for (const { code, stdout, stderr } of shown) {
      expect(code, stderr).toBe(0);
      expect((stdout + stderr).replaceAll(/[\n\t]/g, '')).not.toMatch(UNSAFE_TEXT);
      expect(stdout).not.toMatch(/^ {2}expires {2}never/m);
      expect(stdout).not.toContain('x'.repeat(300));
    }
    expect(shown[1]?.stdout).toContain('… (ada@sandbox.test)\t');

    const other = await startProvider('authkit', { idTokenClaims: { aud: 'somebody else' } });
    await machine.prepare('login', other.url);
    const status = await machine.run('status', other.url, '--json');
    expect(status.json()).toMatchObject({ servers: [{ state: 'signed_in', tolerated: ['E20'] }] });
    expect(status.stdout).not.toContain('identity');
  });
});
