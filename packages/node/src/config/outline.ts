import { parse } from 'smol-toml';

/** One table header or one key of a TOML text, and where it stands. */
export interface OutlineEntry {
  /** `inline` is a key inside an inline table. */
  readonly kind: 'table' | 'array' | 'key' | 'inline';
  /** From the root of the document. */
  readonly path: readonly string[];
  /** Path of the table whose header stands above; the root's is empty. */
  readonly table: readonly string[];
  /** Offset of the first character of the header or key. */
  readonly start: number;
  /** Offset behind the header's last bracket, or behind the value. */
  readonly end: number;
}

/**
 * The headers and keys of a text that the TOML parser has accepted, in their order. The parser keeps no positions, and
 * messages and edits need them. Keys inside arrays are left out.
 */
export function outlineToml(text: string): readonly OutlineEntry[] {
  const entries: OutlineEntry[] = [];
  let table: readonly string[] = [];
  let at = skipBlank(text, 0);
  while (at < text.length) {
    const start = at;
    if (text[at] === '[') {
      const array = text[at + 1] === '[';
      const key = readKeyPath(text, at + (array ? 2 : 1));
      at = key.end + (array ? 2 : 1);
      table = key.path;
      entries.push({ kind: array ? 'array' : 'table', path: table, table, start, end: at });
    } else {
      at = readPair(text, at, table, { kind: 'key', table, entries });
    }
    at = skipBlank(text, at);
  }
  return entries;
}

interface Sink {
  readonly kind: 'key' | 'inline';
  readonly table: readonly string[];
  readonly entries: OutlineEntry[];
}

/** One `key = value`; returns the offset behind it. */
function readPair(text: string, start: number, parent: readonly string[], sink: Sink | undefined): number {
  const key = readKeyPath(text, start);
  const path = [...parent, ...key.path];
  const index = sink?.entries.length ?? 0;
  const value = skipBlank(text, key.end + 1);
  const end = skipValue(text, value, path, sink);
  // Before the keys inside its value, which were found first.
  sink?.entries.splice(index, 0, { kind: sink.kind, path, table: sink.table, start, end });
  return end;
}

/** A dotted key; ends before the first character that is no part of it (`=` or `]`). */
export function readKeyPath(
  text: string,
  from: number,
): { readonly path: readonly string[]; readonly end: number } {
  const path: string[] = [];
  let at = from;
  for (;;) {
    at = skipSpaces(text, at);
    const start = at;
    if (text[at] === '"' || text[at] === "'") {
      at = skipString(text, at);
      path.push(unquote(text.slice(start, at)));
    } else {
      while (/[A-Za-z0-9_-]/.test(text[at] ?? '')) at += 1;
      path.push(text.slice(start, at));
    }
    at = skipSpaces(text, at);
    if (text[at] !== '.') return { path, end: at };
    at += 1;
  }
}

function unquote(quoted: string): string {
  const { key } = parse(`key = ${quoted}`);
  return typeof key === 'string' ? key : '';
}

function skipValue(text: string, start: number, path: readonly string[], sink: Sink | undefined): number {
  switch (text[start]) {
    case '"':
    case "'":
      return skipString(text, start);
    case '[':
      return skipItems(text, start + 1, ']', (at) => skipValue(text, at, path, undefined));
    case '{': {
      const inner = sink === undefined ? undefined : { ...sink, kind: 'inline' as const };
      return skipItems(text, start + 1, '}', (at) => readPair(text, at, path, inner));
    }
    default: {
      let at = start;
      while (at < text.length && !/[,\]}#\r\n]/.test(text.charAt(at))) at += 1;
      return start + text.slice(start, at).trimEnd().length;
    }
  }
}

function skipItems(text: string, from: number, close: string, skipItem: (at: number) => number): number {
  let at = skipBlank(text, from);
  while (at < text.length && text[at] !== close) {
    at = skipBlank(text, skipItem(at));
    if (text[at] === ',') at = skipBlank(text, at + 1);
  }
  return at + 1;
}

function skipString(text: string, start: number): number {
  const mark = text.charAt(start);
  const multiline = text.startsWith(mark.repeat(3), start);
  const close = multiline ? mark.repeat(3) : mark;
  let at = start + close.length;
  while (at < text.length && !text.startsWith(close, at)) at += mark === '"' && text[at] === '\\' ? 2 : 1;
  at += close.length;
  // One or two quotation marks may stand directly before the closing three.
  const extra = multiline ? 2 : 0;
  for (let count = 0; count < extra && text[at] === mark; count += 1) at += 1;
  return at;
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}

/** Over white space, line ends, comments and a byte order mark. */
function skipBlank(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (/[ \t\r\n\ufeff]/.test(text[at] ?? '')) at += 1;
    if (text[at] !== '#') return at;
    while (at < text.length && text[at] !== '\n') at += 1;
  }
}
