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
  const gap = text.trim() === '' ? '' : lineEnd;
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
  let left = text;
  // From the end, so that the offsets before stay true.
  for (const header of entries.filter((entry) => isHeader(entry) && mine(entry)).toReversed()) {
    const at = entries.indexOf(header);
    const next = entries.findIndex((entry, index) => index > at && isHeader(entry));
    const last = entries
      .slice(at, next === -1 ? undefined : next)
      .reduce((end, entry) => Math.max(end, entry.end), 0);
    left = cutLines(left, header.start, last, next !== -1);
  }
  return left;
}

function isHeader(entry: OutlineEntry): boolean {
  return entry.kind === 'table' || entry.kind === 'array';
}

/** Cuts whole lines, from the comment above `start` to the line of `end` and the comments that go with it. */
function cutLines(text: string, start: number, end: number, moreFollows: boolean): string {
  let from = lineStart(text, start);
  while (from > 0 && isComment(lineAt(text, lineStart(text, from - 1)))) from = lineStart(text, from - 1);
  // A byte order mark belongs to the file.
  if (from === 0 && text.startsWith('\ufeff')) from = 1;

  let to = lineEnd(text, end);
  let after = to;
  while (isComment(lineAt(text, after))) after = lineEnd(text, after);
  // Comments below stay when they lead the next table.
  if (!moreFollows || lineAt(text, after).trim() === '') to = after;

  const before = from === 0 ? 0 : lineStart(text, from - 1);
  if (from > 1 && lineAt(text, before).trim() === '') from = before;
  else if (from <= 1 && to < text.length && lineAt(text, to).trim() === '') to = lineEnd(text, to);
  return text.slice(0, from) + text.slice(to);
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
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
