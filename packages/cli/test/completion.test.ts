import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMachine, PROGRAM, type Machine } from './harness/command.js';

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

test.each(['bash', 'zsh', 'fish', 'powershell'])('%s gets a script', async (shell) => {
  const { code, stdout } = await createMachine().run('completion', shell);
  expect(code).toBe(0);
  expect(stdout).toContain('mcpass complete --');
});
