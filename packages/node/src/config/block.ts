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

/**
 * The text with keys of one server's `oauth` table set to these values, and those of `without` gone; comments and all else
 * stay. Undefined when the server is not written as a table of its own. Pure.
 */
export function setOauthKeys(
  text: string,
  name: string,
  keys: ServerKeys,
  without: readonly string[],
): string | undefined {
  const path = [TABLE, name, 'oauth'];
  const leaving = new Set([...Object.keys(keys), ...without]);
  const entries = outlineToml(text);
  const isAt = (entry: OutlineEntry, at: readonly string[]) =>
    entry.path.length === at.length && startsWith(entry.path, at);
  const header =
    entries.find((entry) => entry.kind === 'table' && isAt(entry, path)) ??
    entries.find((entry) => entry.kind === 'table' && isAt(entry, path.slice(0, -1)));
  if (header === undefined) return undefined;
  const prefix = header.path.length === path.length ? '' : 'oauth.';
  const own = entries.slice(entries.indexOf(header) + 1);
  const next = own.findIndex(isHeader);
  const last = own.slice(0, next === -1 ? undefined : next).findLast(({ kind }) => kind === 'key') ?? header;
  const at = lineEnd(text, last.end);
  const cuts = entries.filter(
    (entry) =>
      entry.kind === 'key' &&
      entry.path.length === path.length + 1 &&
      startsWith(entry.path, path) &&
      leaving.has(entry.path.at(-1) ?? ''),
  );
  const end = /\r\n|\n/.exec(text)?.[0] ?? '\n';
  const lines = Object.entries(keys).map(([key, value]) => `${prefix}${key} = ${valueText(value)}${end}`);
  const added = (text.slice(0, at).endsWith('\n') ? '' : end) + lines.join('');
  let edited = text.slice(0, at) + added + text.slice(at);
  // From the end, so that the offsets before stay true; every cut is before the place of the new lines or in a later table.
  for (const cut of cuts.toReversed()) {
    const shift = cut.start >= at ? added.length : 0;
    edited =
      edited.slice(0, lineStart(edited, cut.start + shift)) + edited.slice(lineEnd(edited, cut.end + shift));
  }
  return edited;
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
