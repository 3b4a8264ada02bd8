import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { SERVER_KEY_NAMES } from '@mcpass/node/config';
import { describe, expect, test } from 'vitest';
import { createMachine, PROGRAM } from './harness/command.js';
import { startProvider } from './harness/provider.js';

const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

test.each([['--version'], ['-V'], ['--json', '--version'], ['version'], ['version', '--quiet']])(
  '%s %s prints name and number',
  async (...words) => {
    const { code, stdout, stderr } = await createMachine().run(...words.filter((word) => word !== undefined));
    expect([code, stdout, stderr]).toEqual([0, `mcpass ${version}\n`, '']);
  },
);

test('alone it says what it is, five commands and an example', async () => {
  const { code, stdout, stderr } = await createMachine().run();
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('keeps you signed in');
  expect(stdout.match(/^ {2}\w+ {2,}\w/gm)).toHaveLength(5);
  expect(stdout).toContain('mcpass login https://');
});

test.each([
  [['logn', 'x'], 'There is no command "logn". Did you mean login?', 'mcpass help'],
  [['signin', 'x'], 'There is no command "signin". Did you mean login?', 'mcpass help'],
  [['whoami'], 'There is no command "whoami". Did you mean status?', 'mcpass help'],
  [['run', 'x'], 'There is no command "run". Did you mean exec or call?', 'mcpass help'],
  [['Delete', 'x'], 'There is no command "Delete". Did you mean remove?', 'mcpass help'],
  [['authenicate', 'x'], 'There is no command "authenicate". Did you mean login?', 'mcpass help'],
  [['help', 'signout'], 'There is no help on "signout". Did you mean logout?', 'mcpass help'],
  [['frobnicate', 'x'], 'There is no command "frobnicate".', 'mcpass help'],
  [['login', 'x', '--scops', 'a'], "Unknown option '--scops'. Did you mean --scopes?", 'mcpass help login'],
  [['login'], 'login needs SERVER, and none is configured to sign in to.', 'mcpass help login'],
  [['login', ''], 'login needs SERVER.', 'mcpass help login'],
  [['login', 'a', 'b'], 'Too many arguments', 'mcpass help login'],
  [
    ['login', 'x', '--timeout', 'soon'],
    '--timeout takes a whole number from 1 to 86400, not "soon".',
    'mcpass help login',
  ],
  [['login', 'x', '--scopes', ' , '], '--scopes names no scope.', 'mcpass help login'],
  [
    ['call', 's', 't', '--elicit', 'acept'],
    '--elicit takes accept, decline, ask, not "acept". Did you mean accept?',
    'mcpass help call',
  ],
  [['call', 's', 't', 'novalue'], '"novalue" is no argument', 'mcpass help call'],
  [['call', 's', 't', 'n:=x'], 'The value of "n" is not JSON: x', 'mcpass help call'],
  [['call', 's', 't', 'a=1', 'a=2'], 'The argument "a" is given twice.', 'mcpass help call'],
  [['call', 's', 't', '--args', '[1]'], '--args: its value is JSON, but not an object', 'mcpass help call'],
  [
    ['call', 's', 't', '--args', '@missing.json'],
    '--args: missing.json cannot be read: it does not exist.',
    'mcpass help call',
  ],
  // Of a variable that is not set, most likely.
  [['list', '--config', ''], '--config needs a value.', 'mcpass help'],
  [['token', 'x', '--account='], '--account needs a value.', 'mcpass help'],
  [['login', 'x', '--scopes', ''], '--scopes needs a value.', 'mcpass help login'],
  [['list', '-c', ''], '-c needs a value.', 'mcpass help'],
  [['logout'], 'logout needs SERVER, or --all.', 'mcpass help logout'],
  [
    ['config', 'explian', 'x'],
    'config takes path, explain, edit, store, not "explian". Did you mean explain?',
    'mcpass help config',
  ],
  [
    ['completion', 'tcsh'],
    'completion takes bash, zsh, fish, powershell, not "tcsh".',
    'mcpass help completion',
  ],
  [['help', 'exit-code'], 'There is no help on "exit-code". Did you mean exit-codes?', 'mcpass help'],
])('%j is a usage error that says what to do', async (words, message, see) => {
  const { code, stdout, stderr } = await createMachine().run(...words);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`error: ${message}`);
  expect(stderr).toContain(`see:   ${see}\n`);
  expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
});

test('with --json, wherever it stands, errors are JSON on standard error', async () => {
  const machine = createMachine();
  for (const words of [
    ['--json', 'logn'],
    ['logn', '--json'],
  ]) {
    const { code, stdout, stderr } = await machine.run(...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toEqual({
      schema: 1,
      error: {
        code: 'usage',
        step: 'config',
        fault: 'yours',
        message: 'There is no command "logn". Did you mean login?',
        hint: 'mcpass help',
      },
    });
  }
});

test('a secret on the command line is refused, whatever the option is called', async () => {
  const machine = createMachine();
  for (const option of ['--client-secret', '--client-secret=hunter2', '--token']) {
    const { code, stderr } = await machine.run('add', 'a', 'https://a.example/mcp', option, 'hunter2');
    expect(code).toBe(2);
    expect(stderr).toContain('A secret does not go on the command line');
    expect(stderr).not.toContain('hunter2');
  }
});

test('what was typed cannot write to the terminal through an error', async () => {
  const { stderr } = await createMachine().run('\u001b[31mred\u0007\u202e');
  expect(stderr).toContain('There is no command " [31mred "');
  // oxlint-disable-next-line no-control-regex -- they must not be there
  expect(stderr).not.toMatch(/[\u0007\u001b\u202e]/);
});

test('help leads with examples, and is the same both ways', async () => {
  const machine = createMachine();
  const { stdout: manual } = await machine.run('help');
  const [, list = ''] = /Commands[^\n]*\n(.*?)\nTopics/s.exec(manual) ?? [];
  const commands = [...list.matchAll(/^ {2}(\w+) {2,}\w/gm)].map(([, name]) => name ?? '');
  expect(commands).toContain('login');
  for (const name of commands) {
    const [asTopic, asOption] = await Promise.all([machine.run('help', name), machine.run(name, '--help')]);
    expect([asTopic.code, asTopic.stderr, asOption.code, asOption.stderr]).toEqual([0, '', 0, '']);
    // `config` is a topic as well.
    expect(asTopic.stdout.startsWith(asOption.stdout)).toBe(true);
    const [examples, usage] = asOption.stdout.split('Usage:');
    expect([examples, usage]).toEqual([expect.stringContaining(`  mcpass ${name}`), expect.any(String)]);
  }
});

test('help names every key of the configuration, and no other', async () => {
  const machine = createMachine();
  const texts = await Promise.all(['config', 'overrides'].map((topic) => machine.run('help', topic)));
  // `oauth.client_secret_env, _file, _command` are three.
  const rows = texts.flatMap(({ stdout }) =>
    [...stdout.matchAll(/^ {2}([a-z_.]+(?:, [a-z_]+)*)(?= {2,}|$)/gm)].map(([, row = '']) => row),
  );
  const keys = rows.flatMap((row) => {
    const parts = row.split(', ');
    return parts.map((key) => (key.startsWith('_') ? (parts[0] ?? '').replace(/_[a-z]+$/, key) : key));
  });
  expect(keys.toSorted()).toEqual(SERVER_KEY_NAMES.toSorted());
});

test('the exit codes are a promise', async () => {
  const { stdout } = await createMachine().run('help', 'exit-codes');
  expect(stdout).toMatchInlineSnapshot(`
    "What mcpass ends with:

      0    done
      1    another failure: a port in use, a full disk
      2    usage or configuration: unknown server or tool, no client id to be had
      3    a server answered with an error or with nonsense; a tool failed
      4    sign-in needed, refused or timed out
      5    no answer: DNS, TLS, reset, timeout, proxy
      6    the credential store cannot be read or written
      7    pending: a sign-in was started and is not finished
      130  interrupted (Ctrl-C)
      143  terminated

    mcpass help 4 says what to do, and which error codes end so.
    "
  `);
});

describe('an answer that nobody takes', () => {
  const cases: readonly [code: number, words: readonly string[]][] = [
    [0, ['--version']],
    [0, ['help']],
    [0, ['list', '--json']],
    [0, ['sandbox', '--list']],
    [4, ['status', 'one']],
    [7, ['login', 'one', '--no-wait']],
  ];

  test('by a reader that has read enough is no failure, and changes nothing', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('add', 'one', sandbox.url);
    for (const [code, words] of cases) {
      const running = machine.start({}, ...words);
      running.process.stdout.destroy();
      const ended = await running.ended;
      expect([ended.code, ended.stderr.includes('rror')], words.join(' ')).toEqual([code, false]);
    }
    // The first line of the answer is not the end of the work.
    for (const account of ['a', 'b']) await machine.run('login', 'one', '--account', account);
    const running = machine.start({}, 'logout', '--all');
    running.process.stdout.destroy();
    expect((await running.ended).code).toBe(0);
    expect((await machine.run('status', '--json')).json()).toMatchObject({
      servers: [{ name: 'one', state: 'not_signed_in' }],
    });
  });

  test.skipIf(!existsSync('/dev/full'))('by a disk that is full is said, and ends with 1', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    await machine.prepare('add', 'one', sandbox.url);
    const env = { ...process.env, MCPASS_HOME: machine.home };
    const full = (...words: readonly string[]) =>
      spawnSync('sh', ['-c', '"$0" "$@" >/dev/full', process.execPath, PROGRAM, ...words], {
        env,
        encoding: 'utf8',
      });
    for (const [, words] of cases.filter(([, [name]]) => name !== 'login')) {
      const { status, stderr } = full(...words);
      expect([status, stderr.includes('    at ')], words.join(' ')).toEqual([1, false]);
      expect(stderr).toContain('no space left on device');
    }
    expect(JSON.parse(full('list', '--json').stderr)).toMatchObject({ error: { code: 'internal' } });
    // Nothing was to be written.
    expect(full('token', 'one').status).toBe(4);
  });
});
