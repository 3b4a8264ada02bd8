import type { ConfigValue } from './config.js';
import { startsWith } from './document.js';
import { type OutlineEntry, outlineToml } from './outline.js';

/** Keys of one server as in the file (`scopes`, `oauth.client_id`), maps as `http_headers` → name → value. */
export type ServerKeys = Readonly<Record<string, ConfigValue | Readonly<Record<string, string>>>>;

const TABLE = 'mcp_servers';

/** The text with one more block at its end, in the text's own line ends. Pure. */
export function appendBlock(text: string, name: string, keys: ServerKeys): string {
  const lineEnd = /\r\n|\n/.exec(text)?.[0] ?? '\n';
  const lines = [`[${TABLE}.${keyText(name)}]`];
  for (const [key, value] of Object.entries(keys)) lines.push(`${key} = ${valueText(value)}`);
  const open = text === '' || text === '\ufeff' || text.endsWith('\n') ? '' : lineEnd;
  const gap = text === '' || text === '\ufeff' ? '' : lineEnd;
  return text + open + gap + lines.map((line) => line + lineEnd).join('');
}

/**
 * The text without the tables of one server, the comments directly above them, and the one blank line before. Undefined
 * when the server is not written as tables of its own (dotted keys, an inline table): a cut would do damage. Pure.
 */
export function cutBlocks(text: string, name: string): string | undefined {
  const entries = outlineToml(text);
  const path = [TABLE, name];
  const mine = (entry: OutlineEntry) => startsWith(entry.path, path);
  const foreign = entries.some((entry) => mine(entry) && !startsWith(entry.table, path));
  if (foreign || !entries.some(mine)) return undefined;
  let left = '';
  let kept = 0;
  for (const header of entries.filter((entry) => isHeader(entry) && mine(entry))) {
    const at = entries.indexOf(header);
    const next = entries.findIndex((entry, index) => index > at && isHeader(entry));
    const own = entries.slice(at, next === -1 ? undefined : next);
    const cut = linesOf(text, header.start, Math.max(...own.map((entry) => entry.end)), next !== -1);
    left += text.slice(kept, Math.max(kept, cut.from));
    kept = Math.max(kept, cut.to);
  }
  return left + text.slice(kept);
}

function isHeader(entry: OutlineEntry): boolean {
  return entry.kind === 'table' || entry.kind === 'array';
}

interface Lines {
  readonly from: number;
  readonly to: number;
}

/** Whole lines: from the comment above `start` to the line of `end` and the comments that go with it. */
function linesOf(text: string, start: number, end: number, moreFollows: boolean): Lines {
  let from = lineStart(text, start);
  while (from > 0 && isComment(lineAt(text, lineStart(text, from - 1)))) from = lineStart(text, from - 1);

  let to = lineEnd(text, end);
  let after = to;
  while (isComment(lineAt(text, after))) after = lineEnd(text, after);
  // Comments below stay when they lead the next table.
  if (!moreFollows || isBlank(lineAt(text, after))) to = after;

  // One blank line goes with the block: the one before it, or at the head of the file the one behind it.
  if (from > 0 && isBlank(lineAt(text, lineStart(text, from - 1)))) from = lineStart(text, from - 1);
  else if (from === 0 && to < text.length && isBlank(lineAt(text, to))) to = lineEnd(text, to);
  // A byte order mark belongs to the file.
  return { from: text.startsWith('\ufeff') ? Math.max(from, 1) : from, to };
}

function lineStart(text: string, at: number): number {
  // `lastIndexOf` takes a negative start for 0.
  return at <= 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

/** Offset behind the line end. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

function lineAt(text: string, start: number): string {
  return text.slice(start, lineEnd(text, start));
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

function isBlank(line: string): boolean {
  return line.trim() === '';
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : stringText(key);
}

function valueText(value: ServerKeys[string]): string {
  if (typeof value === 'string') return stringText(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(stringText).join(', ')}]`;
  const pairs = Object.entries(value).map(([name, text]) => `${keyText(name)} = ${stringText(text)}`);
  return `{ ${pairs.join(', ')} }`;
}

function isList(value: readonly string[] | Readonly<Record<string, string>>): value is readonly string[] {
  return Array.isArray(value);
}

/** JSON's escapes are TOML's, but for the delete character, which JSON leaves as it is. */
function stringText(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
