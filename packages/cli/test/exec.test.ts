import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMachine } from './harness/command.js';
import { startProvider } from './harness/provider.js';
import { atTerminal, hasTerminal } from './harness/terminal.js';

const unix = process.platform !== 'win32';

test.runIf(unix)('a command gets a fresh token in its environment, and the rest as it is', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('add', 'box', sandbox.url);

  // Before anybody has signed in nothing is run.
  const marker = join(machine.home, 'ran');
  const early = await machine.run('exec', 'box', '--', 'touch', marker);
  expect([early.code, early.stdout]).toEqual([4, '']);
  expect(early.stderr).toContain('run:   mcpass login box\n');
  // What the message says by itself needs no step; which part of a sign-in failed is worth a line (network.test.ts).
  expect(early.stderr).not.toContain('step:');
  expect(spawnSync('ls', [marker]).status).not.toBe(0);

  await machine.prepare('login', 'box');
  const exec = (...words: string[]) => machine.run('exec', 'box', '--', ...words);
  const token = (await machine.run('token', 'box')).stdout.trim();
  const shown = await exec('sh', '-c', 'echo "$MCPASS_TOKEN $MCPASS_URL"; ps -o args= -p $$');
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  const [first, arguments_] = shown.stdout.split('\n');
  expect(first).toBe(`${token} ${sandbox.url}`);
  expect(arguments_).not.toContain(token);

  // Standard input, options of the command that are ours too, another dash, and the exit code.
  const echoed = await machine.runWith({ stdin: 'typed' }, 'exec', 'box', '--', 'cat', '-v', '--');
  expect([echoed.code, echoed.stdout]).toEqual([0, 'typed']);
  expect((await exec('echo', '--json', '--', '-c', 'a')).stdout).toBe('--json -- -c a\n');
  expect((await exec('sh', '-c', 'exit 42')).code).toBe(42);
  expect((await exec('sh', '-c', 'kill -KILL $$')).code).toBe(137);
  const named = await machine.runWith(
    { env: { MCPASS_TOKEN: 'inherited' } },
    'exec',
    'box',
    '--env',
    'BOX',
    '--',
    'sh',
    '-c',
    'echo "$BOX"',
  );
  expect(named.stdout).toBe(`${token}\n`);

  const missing = await exec('no-such-command');
  expect([missing.code, missing.stdout]).toEqual([127, '']);
  expect(missing.stderr).toContain('error: The command "no-such-command" was not found.');
  const file = join(machine.home, 'text');
  writeFileSync(file, 'no program');
  chmodSync(file, 0o644);
  const refused = await machine.run('exec', 'box', '--json', '--', file);
  expect(refused.code).toBe(126);
  expect(refused.error()).toMatchObject({
    code: 'usage',
    message: expect.stringContaining('cannot be run (EACCES)'),
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) {
    const script = `trap 'echo got ${signal}; exit 9' ${signal.slice(3)}; echo ready >&2; while :; do sleep 0.02; done`;
    const running = machine.start({}, 'exec', 'box', '--', 'sh', '-c', script);
    await running.said('ready');
    running.process.kill(signal);
    const { code, stdout } = await running.ended;
    expect([code, stdout], signal).toEqual([9, `got ${signal}\n`]);
  }
});

test.runIf(unix)('a server without a sign-in, and one with a token of its own', async () => {
  const machine = createMachine();
  const box = '[mcp_servers.box]\nurl = "https://box.example/mcp"\n';
  machine.writeConfig(
    `${box}bearer_token_env_var = "BOX"\n[mcp_servers.open]\nurl = "https://open.example/mcp"\nauth = "none"\n`,
  );
  const env = { BOX: 'fixed', MCPASS_TOKEN: 'of another server' };
  const print = ['--', 'sh', '-c', 'echo "${MCPASS_TOKEN-none} $MCPASS_URL"'];
  const bearer = await machine.runWith({ env }, 'exec', 'box', ...print);
  expect([bearer.stdout, bearer.stderr]).toEqual(['fixed https://box.example/mcp\n', '']);
  const open = await machine.runWith({ env }, 'exec', 'open', ...print);
  expect([open.stdout, open.stderr]).toEqual([
    'none https://open.example/mcp\n',
    'open is used without a sign-in: MCPASS_TOKEN is not set.\n',
  ]);
});

test.each([
  [['box', 'ls'], 'mcpass exec box -- ls'],
  [['box', 'ls', '-l'], undefined],
  [['box'], 'mcpass exec box -- COMMAND'],
  [['box', '--'], 'mcpass exec box -- COMMAND'],
  [['box', 'ls', '--', 'a'], 'mcpass exec box -- ls a'],
])('exec %j says where the dashes go', async (words, line) => {
  const { code, stderr } = await createMachine().run('exec', ...words);
  expect(code).toBe(2);
  expect(stderr).toContain('error: exec needs -- before the command that it runs.\n');
  if (line !== undefined) expect(stderr).toContain(`do:    ${line}\n`);
});

test.runIf(hasTerminal)(
  'Ctrl-C at a terminal reaches the command once, and does not end it from outside',
  async () => {
    const machine = createMachine();
    machine.writeConfig('[mcp_servers.open]\nurl = "https://open.example/mcp"\nauth = "none"\n');
    const script = join(machine.home, 'child.sh');
    writeFileSync(
      script,
      `trap 'n=$((n+1)); echo "got $n"' INT\necho ready\nwhile [ -z "$n" ]; do sleep 0.02; done\nsleep 0.3\necho "in all $n"\n`,
    );
    const words = ['exec', 'open', '--', 'sh', script];
    const shown = await atTerminal(machine, words, [['ready', '\u0003']]);
    expect(shown).toContain('in all 1');
  },
);
