import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createMachine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

/* What the README tells to type works as it stands there. */

const run = promisify(execFile);
const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const DEMONSTRATION = fileURLToPath(new URL('../../../scripts/demonstration.mjs', import.meta.url));

/** What only shows a form, runs until it is ended, or comes last. */
const APART = /…|^mcpass sandbox fastmail|^mcpass uninstall|^mcpass logout/;

test('the commands of the README, one after the other', async () => {
  const search = { name: 'search_email', inputSchema: { type: 'object' } } as const;
  const sandbox = await startProvider('fastmail', { extraTools: [search] });
  const machine = createMachine({ person: 'consents' });
  const lines = [...README.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.split('\n'));
  const commands = lines
    .map((line) => line.replace(/\s*#.*$/, ''))
    .filter((line) => line.startsWith('mcpass '));
  const first = commands.filter((line) => !APART.test(line));
  expect(first.length).toBeGreaterThan(10);
  for (const command of [...first, 'mcpass logout fastmail', 'mcpass uninstall --yes']) {
    const [, ...words] = command.replace('https://api.fastmail.com/mcp', sandbox.url).split(' ');
    const { code, stderr } = await machine.run(...words);
    expect(code, `${command}\n${stderr}`).toBe(0);
  }
  for (const command of ['mcpass logout fastmail', 'mcpass uninstall']) expect(commands).toContain(command);
});

test('npm start says what to type next, and ends with what it showed', async () => {
  const { home, env } = createMachine();
  const show = `import(${JSON.stringify(DEMONSTRATION)}).then(({ demonstrate }) => demonstrate())`;
  const { stdout } = await run(process.execPath, ['-e', show], {
    env: { ...env, CI: '', MCPASS_HOME: home },
  });
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(
    'ok: signed in, listed 9 tools, called echo twice, renewed once',
  );
  expect(stdout).toContain('npx mcpass login https://mcp.linear.app/mcp\n');
});
