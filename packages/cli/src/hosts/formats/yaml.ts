import { isJsonObject } from '@mcpass/auth';
import { NESTING_LIMIT, TOO_DEEP, tooDeep } from '@mcpass/node/config';
import {
  type Document,
  isMap,
  isScalar,
  Lexer,
  type Pair,
  parseDocument,
  Parser,
  stringify,
  visit,
  type YAMLMap,
} from 'yaml';
import type { Values } from '../host.js';
import { behindMark, BYTE_ORDER_MARK, type Format, formatError, indentAt, lineEndOf } from './format.js';

export const yaml: Format = {
  parse(file, text) {
    const deep = tooDeepAt(text);
    if (deep !== undefined) throw formatError(file, text, deep, `this is ${TOO_DEEP}`);
    const document = read(text.replace(BYTE_ORDER_MARK, ''));
    const [first] = document.errors;
    if (first !== undefined) {
      const what = (first.message.split('\n')[0] ?? '').replace(/ at line .*$/, '');
      throw formatError(file, text, first.pos[0], `this is not YAML (${what})`);
    }
    const value = valueOf(document);
    if (value === TOO_MANY_ALIASES) {
      throw formatError(file, text, firstAlias(document), 'its aliases stand for too much');
    }
    if (!isJsonObject(value)) throw formatError(file, text, 0, 'this is not a table of settings');
    // Only an alias that stands for what it is in gets there now.
    if (tooDeep(value) !== undefined) {
      throw formatError(file, text, firstAlias(document), `this is ${TOO_DEEP}`);
    }
    return value;
  },

  insert: (source, [key = ''], name, entry) =>
    behindMark(source, (text) => {
      const root = read(text).contents;
      const lineEnd = lineEndOf(text);
      if (root === null) {
        const open = text === '' || text.endsWith('\n') ? '' : lineEnd;
        return text + open + blockText({ [key]: { [name]: entry } }, '', lineEnd);
      }
      if (!isMap(root) || root.flow === true) return undefined;
      const indent = columnOf(text, root);
      const pair = pairOf(root, key);
      const table = pair?.value;
      if (pair === undefined)
        return appendPair(text, root, blockText({ [key]: { [name]: entry } }, indent, lineEnd));
      if (isMap(table) && table.flow === true) return appendFlow(text, table, name, entry);
      if (isMap(table) && table.items.length > 0) {
        return appendPair(text, table, blockText({ [name]: entry }, columnOf(text, table), lineEnd));
      }
      if (!isScalar(table) || table.value !== null || table.source !== '') return undefined;
      // `extensions:` with nothing behind it.
      const at = endOfLine(text, startOf(pair));
      return insertLines(text, at, blockText({ [name]: entry }, `${indent}  `, lineEnd));
    }),

  remove: (source, [key = ''], name) =>
    behindMark(source, (text) => {
      const root = read(text).contents;
      const outer = isMap(root) ? pairOf(root, key) : undefined;
      const table = outer?.value;
      const pair = isMap(table) ? pairOf(table, name) : undefined;
      if (outer === undefined || !isMap(table) || pair === undefined) return undefined;
      if (table.flow === true) return cutFlow(text, table, pair);
      const end = endOf(pair);
      if (startOf(pair) < 0 || end < 0) return undefined;
      const from = startOf(pair) - indentAt(text, startOf(pair)).length;
      const left = text.slice(0, from) + text.slice(text[end - 1] === '\n' ? end : endOfLine(text, end));
      if (table.items.length > 1) return left;
      // A key with nothing below it would read as null.
      const colon = text.indexOf(':', endOfKey(outer));
      return `${left.slice(0, colon + 1)} {}${left.slice(colon + 1)}`;
    }),
};

/** How often the values of a file may be repeated by its aliases. */
const ALIAS_LIMIT = 1_000;
const TOO_MANY_ALIASES = Symbol('too many aliases');

function valueOf(document: Document.Parsed): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIAS_LIMIT });
    return value ?? {};
  } catch (thrown) {
    // So it says that they are too many, or that one stands for nothing.
    if (thrown instanceof ReferenceError) return TOO_MANY_ALIASES;
    throw thrown;
  }
}

function firstAlias(document: Document.Parsed): number {
  let offset = 0;
  visit(document, {
    Alias(_, { range }) {
      offset = range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** Where a text goes beyond the limit: what composes its values calls itself for each level, the parser below does not. */
function tooDeepAt(text: string): number | undefined {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    // What it hands out are whole documents; how deep it is in one is what counts here.
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > NESTING_LIMIT + 1) return parser.offset;
  }
  return undefined;
}

function read(text: string): Document.Parsed {
  return parseDocument(text, { prettyErrors: true, uniqueKeys: true });
}

/** A value in lines of its own, each with its line end. */
function blockText(value: Values, indent: string, lineEnd: string): string {
  const lines = stringify(value, { lineWidth: 0 }).trimEnd().split('\n');
  return lines.map((line) => indent + line + lineEnd).join('');
}

function pairOf(table: YAMLMap, key: string): Pair | undefined {
  return table.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** Offset of a pair's key; -1 where it has none. */
function startOf({ key }: Pair): number {
  return isScalar(key) ? (key.range?.[0] ?? -1) : -1;
}

function endOfKey({ key }: Pair): number {
  return isScalar(key) ? (key.range?.[1] ?? 0) : 0;
}

/** Offset behind a pair's value; -1 where it has none. */
function endOf({ key, value }: Pair): number {
  const range = [value, key].flatMap((node) =>
    typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
      ? [node.range]
      : [],
  )[0];
  const end: unknown = range?.[1];
  return typeof end === 'number' ? end : -1;
}

function columnOf(text: string, table: YAMLMap): string {
  const [first] = table.items;
  return first === undefined ? '' : indentAt(text, startOf(first));
}

/** Lines behind the last pair of a table that is written in lines. */
function appendPair(text: string, table: YAMLMap, lines: string): string | undefined {
  const last = table.items.at(-1);
  const end = last === undefined ? -1 : endOf(last);
  if (end < 0) return undefined;
  return insertLines(text, text[end - 1] === '\n' ? end : endOfLine(text, end), lines);
}

function insertLines(text: string, at: number, lines: string): string {
  const open = at === 0 || text[at - 1] === '\n' ? '' : lineEndOf(text);
  return text.slice(0, at) + open + lines + text.slice(at);
}

/** `{ … }`: JSON is YAML there. */
function appendFlow(text: string, table: YAMLMap, name: string, entry: Values): string | undefined {
  const end = table.range?.[1];
  const last = table.items.at(-1);
  if (end === undefined || end === null) return undefined;
  const member = `${JSON.stringify(name)}: ${JSON.stringify(entry)}`;
  const at = last === undefined ? end - 1 : endOf(last);
  if (at < 0) return undefined;
  return text.slice(0, at) + (last === undefined ? member : `, ${member}`) + text.slice(at);
}

function cutFlow(text: string, table: YAMLMap, pair: Pair): string | undefined {
  const index = table.items.indexOf(pair);
  const [previous, next] = [table.items[index - 1], table.items[index + 1]];
  const from = previous === undefined ? startOf(pair) : endOf(previous);
  const to = previous === undefined && next !== undefined ? startOf(next) : endOf(pair);
  return from < 0 || to < 0 ? undefined : text.slice(0, from) + text.slice(to);
}

/** The offset behind the line end after `from`. */
function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end + 1;
}
