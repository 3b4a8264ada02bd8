import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMachine, PROGRAM, type Machine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

async function offered(machine: Machine, ...words: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await machine.run('complete', '--', ...words);
  expect([code, stderr]).toEqual([0, '']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0] ?? '');
}

test('completes commands, options, values and server names', async () => {
  const machine = createMachine();
  machine.writeConfig(
    '[mcp_servers.linear]\nurl = "https://mcp.linear.app/mcp"\n[mcp_servers.notion]\nurl = "https://n.example/mcp"\n',
  );
  expect(await offered(machine, 'lo')).toEqual(['login', 'logout']);
  expect(await offered(machine, 'login', '')).toEqual(['linear', 'notion']);
  expect(await offered(machine, '--json', 'login', 'n')).toEqual(['notion']);
  expect(await offered(machine, '-c', 'a=1', 'status', 'l')).toEqual(['linear']);
  expect(await offered(machine, 'login', '--no-b')).toEqual(['--no-browser']);
  expect(await offered(machine, 'login', '--scopes', '')).toEqual([]);
  expect(await offered(machine, 'call', 'linear', 't', '--elicit', '')).toEqual(['accept', 'decline', 'ask']);
  expect(await offered(machine, 'config', 'e')).toEqual(['explain', 'edit']);
  expect(await offered(machine, 'config', 'store', '')).toEqual(['keyring', 'passphrase', 'plain']);
  expect(await offered(machine, '--json', 'config', 'path', '')).toEqual([]);
  expect(await offered(machine, 'completion', '')).toEqual(['bash', 'zsh', 'fish', 'powershell']);
  expect(await offered(machine, 'help', 'exit')).toEqual(['exit-codes']);
  expect(await offered(machine, 'login', '""')).toEqual(['linear', 'notion']);
});

test('a configuration that cannot be read completes nothing and says nothing', async () => {
  const machine = createMachine();
  machine.writeConfig('[[[');
  expect(await offered(machine, 'login', '')).toEqual([]);
});

const has = (shell: string) => spawnSync(shell, ['--version']).error === undefined;

test.runIf(has('bash'))('the bash script completes, and evaluates nothing that was typed', async () => {
  const machine = createMachine();
  machine.writeConfig('[mcp_servers.linear]\nurl = "https://mcp.linear.app/mcp"\n');
  const { stdout: script } = await machine.run('completion', 'bash');
  const program = join(machine.home, 'mcpass');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  chmodSync(program, 0o755);
  const complete = (words: readonly string[]) => {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const lines = [
      script,
      `COMP_WORDS=(${quoted})`,
      `COMP_CWORD=${words.length - 1}`,
      `COMP_LINE='${words.join(' ')}'`,
      // oxlint-disable-next-line no-template-curly-in-string -- for the shell
      'COMP_POINT=${#COMP_LINE}',
      '_mcpass',
      // oxlint-disable-next-line no-template-curly-in-string -- for the shell
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ];
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', lines.join('\n')], {
      env: { PATH: `${machine.home}:${process.env['PATH'] ?? ''}`, MCPASS_HOME: machine.home },
      cwd: machine.home,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return stdout.trim().split('\n');
  };
  expect(complete(['mcpass', 'logi'])).toEqual(['login']);
  expect(complete(['mcpass', 'login', ''])).toEqual(['linear']);
  complete(['mcpass', '$(touch evaluated)', '']);
  expect(spawnSync('ls', ['evaluated'], { cwd: machine.home }).status).not.toBe(0);
});

/** The command in the path of a shell: completion asks the real one, anything else notes its words in `ran`. */
function inPath(machine: Machine): { readonly env: NodeJS.ProcessEnv; readonly ran: () => string } {
  const program = join(machine.home, 'mcpass');
  const ran = join(machine.home, 'ran');
  const real = `exec "${process.execPath}" "${PROGRAM}" "$@"`;
  writeFileSync(program, `#!/bin/sh\n[ "$1" = complete ] && ${real}\nprintf '%s\\n' "$@" >> '${ran}'\n`);
  chmodSync(program, 0o755);
  return {
    env: {
      PATH: `${machine.home}:${process.env['PATH'] ?? ''}`,
      HOME: machine.home,
      MCPASS_HOME: machine.home,
      TERM: 'dumb',
    },
    ran: () => readFileSync(ran, 'utf8'),
  };
}

test.runIf(has('zsh'))('in zsh Tab completes, and evaluates nothing that was typed', async () => {
  const machine = createMachine();
  machine.writeConfig('[mcp_servers.linear]\nurl = "https://mcp.linear.app/mcp"\n');
  const { stdout: script } = await machine.run('completion', 'zsh');
  const { env, ran } = inPath(machine);
  writeFileSync(join(machine.home, 'completion.zsh'), script);
  const typed = ['logi\\t li\\t', "get '$(touch evaluated)' \\t", 'completion z\\t'];
  // A terminal inside zsh, with its line editor; it ends with what was typed into it.
  const lines = [
    'zmodload zsh/zpty',
    'zpty shell "zsh -f -i"',
    "zpty -w shell 'autoload -Uz compinit; compinit -D -u; source ./completion.zsh'",
    ...typed.map((line) => `zpty -w shell $'mcpass ${line.replaceAll("'", "\\'")}'`),
    "zpty -w shell 'exit'",
    'while zpty -r shell line; do :; done',
  ];
  const { status, stderr } = spawnSync('zsh', ['-f', '-c', lines.join('\n')], { env, cwd: machine.home });
  expect([status, String(stderr)]).toEqual([0, '']);
  expect(ran()).toBe('login\nlinear\nget\n$(touch evaluated)\ncompletion\nzsh\n');
  expect(existsSync(join(machine.home, 'evaluated'))).toBe(false);
});

test.runIf(has('fish'))('in fish Tab completes, and evaluates nothing that was typed', async () => {
  const machine = createMachine();
  machine.writeConfig('[mcp_servers.linear]\nurl = "https://mcp.linear.app/mcp"\n');
  const { stdout: script } = await machine.run('completion', 'fish');
  writeFileSync(join(machine.home, 'completion.fish'), script);
  const { env } = inPath(machine);
  const lines = ['logi', 'login li', "get '(touch evaluated)' "].map(
    (line) => `complete -C "mcpass ${line}"`,
  );
  const { stdout, stderr } = spawnSync(
    'fish',
    ['--no-config', '-c', ['source ./completion.fish', ...lines].join('\n')],
    { env, cwd: machine.home, encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(stdout.split('\n').slice(0, 2)).toEqual([
    'login\tsign in to a server',
    'linear\thttps://mcp.linear.app/mcp',
  ]);
  expect(existsSync(join(machine.home, 'evaluated'))).toBe(false);
});

test.each(['bash', 'zsh', 'fish', 'powershell'])('%s gets a script', async (shell) => {
  const { code, stdout } = await createMachine().run('completion', shell);
  expect(code).toBe(0);
  expect(stdout).toContain('mcpass complete --');
});

const ISSUES = {
  name: 'search_issues',
  description: 'Finds issues',
  inputSchema: {
    type: 'object',
    properties: {
      limit: { type: 'integer', description: 'how many' },
      state: { type: 'string', enum: ['open', 'closed', 'two words', '$(touch evaluated)'] },
      deep: { type: 'boolean' },
    },
    required: ['state'],
  },
} as const;
const NO_ARGUMENTS = { type: 'object' } as const;

test('completes what the server has shown, asks nobody, and forgets it with the sign-in', async () => {
  const key = 'sk-abcdefghijklmnop1234567890';
  const sandbox = await startProvider('plain', {
    extraTools: [
      ISSUES,
      { name: '$(touch evaluated)', inputSchema: NO_ARGUMENTS },
      { name: key, inputSchema: NO_ARGUMENTS },
    ],
  });
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('add', 'box', sandbox.url);
  expect(await offered(machine, 'call', 'box', 'search')).toEqual([]);
  await machine.prepare('login', 'box', '--account', 'work');
  expect(await offered(machine, 'status', '--account', '')).toEqual(['work']);
  expect((await machine.run('tools', 'box', '--account', 'work')).code).toBe(0);
  sandbox.log.clear();
  const as = (...words: readonly string[]) => offered(machine, '--account', 'work', ...words);
  expect(await as('call', 'box', 'search')).toEqual(['search_issues']);
  expect(await as('call', 'box', '')).not.toContain('$(touch evaluated)');
  expect(await as('call', 'box', '')).not.toContain(key);
  expect(await as('call', 'box', 'search_issues', '')).toEqual(['state=', 'limit=', 'deep:=']);
  expect(await as('call', 'box', 'search_issues', 'state=')).toEqual(['state=open', 'state=closed']);
  expect(await as('call', 'box', 'search_issues', 'state=open', 'deep:=')).toEqual([
    'deep:=true',
    'deep:=false',
  ]);
  expect(await as('call', 'box', 'search_issues', 'state=open', '')).toEqual(['limit=', 'deep:=']);
  // Another account may have been shown others.
  expect(await offered(machine, 'call', 'box', 'search')).toEqual([]);
  expect(sandbox.log.all).toEqual([]);

  const directory = join(machine.home, 'cache', 'listings');
  const [file = ''] = readdirSync(directory);
  const kept = readFileSync(join(directory, file), 'utf8');
  for (const secret of [key, new URL(sandbox.url).host]) expect(kept).not.toContain(secret);
  if (process.platform !== 'win32') expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  // A listing of before a week is none.
  const weekAgo = Math.floor(Date.now() / 1000) - 7 * 86_400;
  writeFileSync(join(directory, file), kept.replace(/"atS":\d+/g, `"atS":${weekAgo}`));
  expect(await as('call', 'box', 'search')).toEqual([]);
  writeFileSync(join(directory, file), kept);
  expect(await as('call', 'box', 'search')).toEqual(['search_issues']);
  expect((await machine.run('logout', 'box', '--account', 'work')).code).toBe(0);
  expect(readdirSync(directory)).toEqual([]);
});

test('completes resources and prompts; a removed server and an uninstall leave nothing of them', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('add', 'box', sandbox.url, '--login');
  for (const what of ['resources', 'prompts', 'tools']) await machine.run(what, 'box');
  const [uri = ''] = await offered(machine, 'read', 'box', '');
  const [prompt = ''] = await offered(machine, 'prompt', 'box', '');
  expect([uri, prompt]).toEqual([expect.stringContaining('://'), expect.stringMatching(/^\w+/)]);
  const directory = join(machine.home, 'cache', 'listings');
  expect((await machine.run('remove', 'box')).code).toBe(0);
  expect(readdirSync(directory)).toEqual([]);
  await machine.prepare('add', 'box', sandbox.url, '--login');
  expect(readdirSync(directory)).toHaveLength(1);
  expect((await machine.run('uninstall', '--yes')).code).toBe(0);
  expect(existsSync(machine.home)).toBe(false);
});

test('completes profiles, keys of the configuration, and what they may be', async () => {
  const machine = createMachine();
  machine.writeConfig('[mcp_servers.box]\nurl = "https://mcp.example.com/mcp"\naccount = "work"\n');
  expect(await offered(machine, 'sandbox', 'fastma')).toEqual(['fastmail']);
  expect(await offered(machine, 'config', 'explain', 'box.sc')).toEqual(['box.scopes']);
  expect(await offered(machine, 'config', 'explain', 'b')).toEqual(
    expect.arrayContaining(['box', 'bearer_token_env_var', 'box.url']),
  );
  expect(await offered(machine, 'list', '-c', 'offline')).toEqual(['offline_access=']);
  expect(await offered(machine, 'list', '-c', 'mcp_servers.box.offline_access=a')).toEqual([
    'mcp_servers.box.offline_access=auto',
    'mcp_servers.box.offline_access=always',
  ]);
  expect(await offered(machine, 'token', 'box', '--account', 'w')).toEqual(['work']);
  expect(await offered(machine, 'help', 'login_')).toEqual([
    'login_required',
    'login_refused',
    'login_timeout',
    'login_not_wanted',
  ]);
});
