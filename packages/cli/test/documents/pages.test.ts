import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { SERVER_KEY_TEXTS } from '../../src/help/key-texts.js';
import { type KeyKind, SERVER_KEYS } from '../../../node/src/config/server-keys.js';
import { ERROR_CODES, EXIT_CODES, exitCodeOf } from '../../src/exit.js';
import { createMachine } from '../harness/command.js';
import { blocks, CONTENTS, PAGES, readPage } from './pages.js';

/* What stands in a page and also in the program is the same; `npx vitest run -u documents/pages` writes it. */

test('the configuration reference has every key, as the program knows it', async () => {
  expect(Object.keys(SERVER_KEY_TEXTS)).toEqual(Object.keys(SERVER_KEYS));
  const rows = Object.entries(SERVER_KEYS).map(([key, { kind, project }]) => [
    `\`${key}\``,
    valueText(kind),
    SERVER_KEY_TEXTS[key] ?? '',
    project === true ? 'yes' : '',
  ]);
  await expectTables('docs/configuration.md', { keys: [['key', 'value', 'what for', 'project'], ...rows] });
});

test('the page for scripts has every exit code and every error code', async () => {
  await expectTables('docs/automation.md', {
    'exit codes': [['code', 'means'], ...EXIT_CODES.map(({ code, means }) => [String(code), means])],
    'error codes': [
      ['code', 'exit code'],
      ...ERROR_CODES.map((code) => [`\`${code}\``, String(exitCodeOf(code))]),
    ],
  });
});

test('every page is in the contents of the site', () => {
  const pages = PAGES.map(({ name }) => name).filter(
    (name) => !['README.md', 'docs/index.md'].includes(name),
  );
  expect([...new Set(CONTENTS)].sort()).toEqual(pages.sort());
});

test('every message of the troubleshooting page is one that the program has', () => {
  const { text } = readPage('docs/troubleshooting.md');
  const messages = [...text.matchAll(/^### "(.*)"$/gm)].map(([, message = '']) => message);
  expect(messages.length).toBeGreaterThan(25);
  const source = sourceText();
  const unknown = messages.filter(
    (message) => !new RegExp(message.split('…').map(escaped).filter(Boolean).join('[^\\n]*')).test(source),
  );
  expect(unknown).toEqual([]);
});

test('every link leads to a file and a heading that is there', () => {
  const missing = PAGES.flatMap(({ name, file, text }) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^https?:/.test(target) && !leadsSomewhere(file, target))
      .map((target) => `${name}: ${target}`),
  );
  expect(missing).toEqual([]);
});

test('every piece of configuration can be read, and has no key that nobody knows', async () => {
  const machine = createMachine();
  const names = new Set<string>();
  const configuration = PAGES.flatMap((page) => blocks(page, 'toml'))
    // One file: a server of one page may be in another one too.
    .map((block) =>
      block.replaceAll(/\[mcp_servers\.(\w+)/g, (_, name) => `[mcp_servers.${fresh(names, name)}`),
    )
    .map((block) => block.replace(/^credentials_store.*$/m, ''))
    .join('\n');
  machine.writeConfig(configuration);
  const { code, stdout, stderr } = await machine.run('list', '--json');
  expect([code, stderr.replaceAll(/^.*is not set.*\n/gm, '')]).toEqual([0, '']);
  expect(JSON.parse(stdout).servers).toHaveLength(names.size);
});

/** The tables of a page, each between two comments with its name. */
async function expectTables(
  name: string,
  tables: Readonly<Record<string, readonly (readonly string[])[]>>,
): Promise<void> {
  const page = readPage(name);
  let { text } = page;
  for (const [part, rows] of Object.entries(tables)) {
    const [begin, end] = [`<!-- ${part}: begin -->`, `<!-- ${part}: end -->`];
    expect(text).toMatch(new RegExp(`${begin}[^]*${end}`));
    const [before, after] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
    text = `${text.slice(0, before)}\n\n${table(rows)}\n${text.slice(after)}`;
  }
  await expect(text).toMatchFileSnapshot(page.file);
}

function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`;
  const [head = [], ...body] = cells;
  return line(head) + rule + body.map(line).join('');
}

function valueText(kind: KeyKind): string {
  if (typeof kind !== 'string') return kind.map((word) => `\`${word}\``).join(', ');
  return {
    text: 'text',
    flag: '`true`, `false`',
    list: 'list of texts',
    seconds: 'seconds',
    port: 'port',
    map: 'table of texts',
    command: 'list of words',
  }[kind];
}

/** The program as it is written. */
function sourceText(): string {
  const texts = ['auth', 'node', 'mcp', 'cli'].flatMap((name) => {
    const folder = new URL(`../../../${name}/src/`, import.meta.url);
    return readdirSync(folder, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(new URL(file, folder), 'utf8'));
  });
  return texts.join('\n');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function leadsSomewhere(file: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const there = path === '' ? file : resolve(dirname(file), path);
  if (!existsSync(there)) return false;
  if (anchor === undefined) return true;
  const headings = [...readFileSync(there, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    slug(heading),
  );
  return headings.includes(anchor);
}

/** As GitHub and the site make it of a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

function fresh(names: Set<string>, name: string): string {
  const free = names.has(name) ? `${name}-${names.size}` : name;
  names.add(free);
  return free;
}
