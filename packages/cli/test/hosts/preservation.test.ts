import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { writeEntry, removeEntry, type HostFile } from '../../src/hosts/host-file.js';
import { loadFormat } from '../../src/hosts/formats/load-format.js';
import type { Host, Values } from '../../src/hosts/host.js';
import { HOSTS } from '../../src/hosts/index.js';
import { isSame, tableAt } from '../../src/hosts/values.js';
import { backupsOf, createDirectory } from './support.js';

/* Whatever a file looks like: an edit adds what it means to add, and nothing that stood there is lost or moved. */

const KEY = fc.constantFrom('a', 'b', 'theme', 'x"y', 'with blank', '{', '//', 'linear2', 'é');
const SCALAR = fc.oneof(
  fc.constantFrom('', '}', '"', '// no', '/* no */', ',', 'a\nb'),
  fc.integer(),
  fc.boolean(),
);
const TABLE = fc.dictionary(KEY, fc.oneof(SCALAR, fc.array(SCALAR), fc.dictionary(KEY, SCALAR)), {
  maxKeys: 4,
});

/** What may stand between two tokens of a JSON file that people edit. */
const TRIVIA = fc.constantFrom(
  '',
  '',
  ' ',
  '\n',
  '\n  ',
  '\n\t',
  ' /* , } */ ',
  ' // { "\n',
  '\n    // ,\n    ',
);

interface Writing {
  readonly trivia: readonly string[];
  readonly trailingCommas: boolean;
  readonly crlf: boolean;
  readonly mark: boolean;
}

const WRITING: fc.Arbitrary<Writing> = fc.record({
  trivia: fc.array(TRIVIA, { minLength: 1, maxLength: 24 }),
  trailingCommas: fc.boolean(),
  crlf: fc.boolean(),
  mark: fc.boolean(),
});

function jsonText(value: unknown, { trivia, trailingCommas, crlf, mark }: Writing): string {
  let used = 0;
  const gap = () => trivia[used++ % trivia.length] ?? '';
  const list = (open: string, items: readonly string[], close: string) => {
    const last = trailingCommas && items.length > 0 ? `,${gap()}` : '';
    return `${open}${gap()}${items.map((item) => item + gap()).join(`,${gap()}`)}${last}${close}`;
  };
  const write = (inner: unknown): string => {
    if (Array.isArray(inner)) return list('[', inner.map(write), ']');
    if (typeof inner !== 'object' || inner === null) return JSON.stringify(inner);
    const members = Object.entries(inner).map(
      ([key, member]) => `${JSON.stringify(key)}${gap()}:${gap()}${write(member)}`,
    );
    return list('{', members, '}');
  };
  const text = gap() + write(value) + gap();
  return (mark ? '\ufeff' : '') + (crlf ? text.replaceAll('\n', '\r\n') : text);
}

/** YAML as `goose` and people write it, with comments between the lines. */
function yamlText(value: Values, indent: number, { trivia, crlf, mark }: Writing): string {
  const lines = stringify(value, { indent, lineWidth: 0 }).split('\n');
  const text = lines
    .map((line, index) => {
      const comment = trivia[index % trivia.length]?.includes('//') ?? false;
      // Inside a text of several lines it would be no comment.
      return comment && /^[\w"']/.test(line) && index % 3 === 0 ? `# about: { this\n${line}` : line;
    })
    .join('\n');
  return (mark ? '\ufeff' : '') + (crlf ? text.replaceAll('\n', '\r\n') : text);
}

function tomlText(tables: Readonly<Record<string, string>>, { trivia, crlf, mark }: Writing): string {
  const gap = (index: number) =>
    (trivia[index % trivia.length]?.includes('//') ?? false) ? '# "[mcp_servers.x]\n' : '\n';
  const text = Object.entries(tables)
    .map(
      ([name, value], index) =>
        `${gap(index)}[mcp_servers.${JSON.stringify(name)}] # ${index}\nurl = ${JSON.stringify(value)}\n`,
    )
    .join('');
  return (mark ? '\ufeff' : '') + (crlf ? text.replaceAll('\n', '\r\n') : text);
}

const ENTRY: Values = { command: '/a b/mcpass', args: ['bridge', 'linear', '-c', 'x="y"'], env: { A: 'b' } };

function isSubsequence(short: string, long: string): boolean {
  let at = 0;
  for (const character of long) if (character === short[at]) at += 1;
  return at === short.length;
}

const HOST_OF = { json: 'cursor', yaml: 'goose', toml: 'codex' } as const;

async function targetOf(format: Host['format'], file: string): Promise<HostFile> {
  const host = HOSTS.find(({ name }) => name === HOST_OF[format]);
  if (host === undefined) throw new Error(format);
  return { host, file, isNamed: true, format: await loadFormat(format) };
}

const TEXTS: Readonly<Record<Host['format'], fc.Arbitrary<string>>> = {
  json: fc
    .tuple(TABLE, fc.option(TABLE, { nil: undefined }), WRITING)
    .map(([content, servers, writing]) =>
      jsonText(servers === undefined ? content : { ...content, mcpServers: servers }, writing),
    ),
  yaml: fc
    .tuple(TABLE, fc.option(TABLE, { nil: undefined }), fc.integer({ min: 1, max: 6 }), WRITING)
    .map(([content, servers, indent, writing]) =>
      yamlText(servers === undefined ? content : { ...content, extensions: servers, z: 1 }, indent, writing),
    ),
  toml: fc
    .tuple(fc.dictionary(KEY, fc.constantFrom('https://a.example', '#')), WRITING)
    .map(([tables, writing]) => tomlText(tables, writing)),
};

describe.each(['json', 'yaml', 'toml'] as const)('%s', (format) => {
  test('an insertion adds one entry and keeps every character in its order', async () => {
    const { host, format: editor } = await targetOf(format, '/f');
    let done = 0;
    fc.assert(
      fc.property(TEXTS[format], (text) => {
        const content = editor.parse('/f', text);
        const path = host.container(content);
        const after = editor.insert(text, path, 'linear', ENTRY);
        if (after === undefined) return;
        done += 1;
        const table = tableAt(content, path);
        expect(isSame(tableAt(editor.parse('/f', after), path), { ...table, linear: ENTRY })).toBe(true);
        expect(isSubsequence(text, after)).toBe(true);
        const removed = editor.remove(after, path, 'linear');
        expect(removed).toBeDefined();
        expect(isSame(tableAt(editor.parse('/f', removed ?? ''), path), table)).toBe(true);
      }),
      { numRuns: 400 },
    );
    // It gives up seldom.
    expect(done).toBeGreaterThan(350);
  });

  test('a write and a removal leave the file as it was, to the byte', async () => {
    const directory = createDirectory();
    const options = { name: 'linear', entry: ENTRY, force: false, lockDirectory: join(directory, 'locks') };
    let run = 0;
    await fc.assert(
      fc.asyncProperty(TEXTS[format], async (text) => {
        run += 1;
        const folder = join(directory, String(run));
        mkdirSync(folder);
        const file = join(folder, 'settings');
        writeFileSync(file, text);
        const target = await targetOf(format, file);
        const written = await writeEntry(target, options).then(
          (report) => report.changed,
          () => false,
        );
        if (!written) {
          expect(readFileSync(file, 'utf8')).toBe(text);
          expect(backupsOf(file)).toEqual([]);
          return;
        }
        expect(backupsOf(file).map((backup) => readFileSync(backup, 'utf8'))).toEqual([text]);
        expect(await writeEntry(target, options)).toEqual({ changed: false });
        // Without the copy it says the same; with it, it is the same.
        expect(await removeEntry(target, { ...options, server: 'linear' })).toEqual({ changed: true });
        expect(readFileSync(file, 'utf8')).toBe(text);
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });
});
