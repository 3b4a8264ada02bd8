import * as fc from 'fast-check';
import { parse, type TomlTable } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { outlineToml } from '../../src/config/outline.js';
import { tomlText } from '../fixtures/toml-text.js';

const paths = (text: string) => outlineToml(text).map((entry) => `${entry.kind} ${entry.path.join('/')}`);

describe('outlineToml', () => {
  it('finds headers, keys and inline keys', () => {
    const text = [
      'top = 1 # comment with [brackets] = and "quotes"',
      '[a."b.c".\'d\']',
      'x.y = { p = 1, "q r" = [ { deep = 1 } ] }',
      '[[list]]',
      'n = 2',
    ].join('\n');
    expect(paths(text)).toEqual([
      'key top',
      'table a/b.c/d',
      'key a/b.c/d/x/y',
      'inline a/b.c/d/x/y/p',
      'inline a/b.c/d/x/y/q r',
      'array list',
      'key list/n',
    ]);
  });

  it('is not taken in by what stands in strings', () => {
    const text =
      'a = """\n[mcp_servers.x]\nb = 1 \\"""\n""""\nc = \'\'\'\n# no\n[d]\'\'\'\ne = "\\"[f]"\n[g]\n';
    expect(paths(text)).toEqual(['key a', 'key c', 'key e', 'table g']);
    expect(Object.keys(parse(text))).toEqual(['a', 'c', 'e', 'g']);
  });

  it('stands CRLF, a byte order mark and a missing last line end', () => {
    const text = '\ufeff# c\r\n[a]\r\nb = [ # x\r\n 1,\r\n 2 ]\r\nc = true';
    expect(paths(text)).toEqual(['table a', 'key a/b', 'key a/c']);
  });

  it('agrees with the parser on every key and value of any text', () => {
    fc.assert(
      fc.property(tomlText(), (text) => {
        const root = parse(text);
        for (const entry of outlineToml(text)) {
          const written = text.slice(entry.start, entry.end);
          if (entry.kind === 'table') {
            expect(at(root, entry.path)).toBeDefined();
            expect(written).toMatch(/^\[[^]*\]$/);
            continue;
          }
          // The pair by itself, parsed again, says what the whole text said.
          expect(leaves(parse(written))).toEqual(leaves(at(root, entry.path)));
        }
      }),
    );
  });
});

/** Every value in a table that is none. */
function leaves(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
    return [value];
  }
  return Object.values(value).flatMap((inner) => leaves(inner));
}

function at(table: TomlTable, path: readonly string[]): unknown {
  let value: unknown = table;
  for (const part of path) value = (value as Record<string, unknown> | undefined)?.[part];
  return value;
}
