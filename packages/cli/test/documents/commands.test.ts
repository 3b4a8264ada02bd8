import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createMachine } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';
import { blocks, type Page, PAGES } from './pages.js';

/* What the pages tell to type works as it stands there. */

const run = promisify(execFile);
const DEMONSTRATION = fileURLToPath(new URL('../../../../scripts/demonstration.mjs', import.meta.url));

/** What only shows a form, runs until it is ended, asks at a terminal, or belongs to somebody's own file. */
const APART = /…|\b[A-Z]{3,}\b|^mcpass (?:bridge|sandbox \w|uninstall$|logout)/;
/** What a test of its own runs: in a pipe, or with a file of somebody. */
const ELSEWHERE = /[|<>$]/;

/** The commands of a page, each with the exit code that the page tells. */
function commandsOf(page: Page): { page: string; line: string; code: number }[] {
  return blocks(page, 'sh')
    .flatMap((block) => block.split('\n'))
    .filter((line) => line.startsWith('mcpass '))
    .map((line) => {
      const [, words = line, comment = ''] = /^(.*?)\s*(?:#\s(.*))?$/.exec(line) ?? [];
      return { page: page.name, line: words, code: Number(/^exit code (\d+)/.exec(comment)?.[1] ?? 0) };
    });
}

/** As a shell takes a line apart. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, one, two, bare]) => one ?? two ?? bare ?? '',
  );
}

test('the commands of the README and of every page, one after the other', async () => {
  const search = { name: 'search_email', inputSchema: { type: 'object' } } as const;
  const issues = { name: 'list_issues', inputSchema: { type: 'object' } } as const;
  const sandbox = await startProvider('fastmail', { extraTools: [search, issues] });
  const machine = createMachine({ person: 'consents' });
  const done = new Set<string>();
  const commands = PAGES.flatMap(commandsOf);
  const logout = { line: 'mcpass logout fastmail', code: 0, page: 'README.md' };
  const uninstall = { line: 'mcpass uninstall --yes', code: 0, page: 'README.md' };
  const first = commands.filter(({ line }) => !APART.test(line) && !ELSEWHERE.test(line));
  expect(first.length).toBeGreaterThan(30);
  for (const { line, code, page } of [...first, logout, uninstall]) {
    if (done.has(line)) continue;
    done.add(line);
    // Each server of the pages is at an address of its own.
    const words = wordsOf(line).map((word) =>
      word.replace(/^https:\/\/([\w.-]+)\/\S*$/, (_, host) => `${sandbox.url}?host=${host}`),
    );
    // Only there, where it is wanted: elsewhere it would choose the store.
    const env = line.startsWith('mcpass credential') ? { MCPASS_PASSPHRASE: 'a passphrase' } : {};
    const ended = await machine.runWith({ env }, ...words.slice(1));
    expect(ended.code, `${page}: ${line}\n${ended.stderr}`).toBe(code);
  }
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
