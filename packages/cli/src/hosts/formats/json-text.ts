import { isJsonObject } from '@mcpass/auth';
import type { Node } from 'jsonc-parser';
import { indentAt } from './format.js';

/** How a file is written. */
export interface Style {
  readonly lineEnd: string;
  /** One level of indentation. */
  readonly unit: string;
}

/** A value as JSON text: tables over several lines, lists on one. */
export function memberText(value: unknown, indent: string, style: Style): string {
  if (!isJsonObject(value)) return oneLine(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  const inner = indent + style.unit;
  const lines = entries.map(
    ([key, member]) => `${inner}${JSON.stringify(key)}: ${memberText(member, inner, style)}`,
  );
  return `{${style.lineEnd}${lines.join(`,${style.lineEnd}`)}${style.lineEnd}${indent}}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${oneLine(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** The text with one more member at the end of a table, written as the table's others are. */
export function appendMember(text: string, table: Node, key: string, value: unknown, style: Style): string {
  const { lineEnd, unit } = style;
  const close = table.offset + table.length - 1;
  const members = table.children ?? [];
  const [first, last] = [members[0], members.at(-1)];
  const write = (indent: string) => `${JSON.stringify(key)}: ${memberText(value, indent, style)}`;

  if (first === undefined || last === undefined) {
    const inner = text.slice(table.offset + 1, close);
    const at = table.offset + 1 + inner.trimEnd().length;
    const outer = indentAt(text, table.offset);
    const closing = text.slice(at, close).includes('\n') ? '' : lineEnd + outer;
    return spliced(text, at, at, `${lineEnd}${outer}${unit}${write(outer + unit)}${closing}`);
  }

  const end = last.offset + last.length;
  const comma = commaAfter(text, end);
  const behind = endOfLine(text, comma ?? end);
  const spread = text.slice(table.offset, first.offset).includes('\n');
  if (!spread && !text.slice(end, close).includes('\n')) {
    const member = `${JSON.stringify(key)}: ${oneLine(value)}`;
    return spliced(text, comma ?? end, comma ?? end, comma === undefined ? `, ${member}` : ` ${member},`);
  }
  const indent = spread ? indentAt(text, first.offset) : indentAt(text, table.offset) + unit;
  const member = `${lineEnd}${indent}${write(indent)}`;
  if (comma !== undefined) return spliced(text, behind, behind, `${member},`);
  return spliced(spliced(text, behind, behind, member), end, end, ',');
}

/** The text without a member of a table, and without what parted it from the others. */
export function cutMember(text: string, table: Node, member: Node): string {
  const members = table.children ?? [];
  const index = members.indexOf(member);
  const previous = members[index - 1];
  const isLast = index === members.length - 1;
  const end = member.offset + member.length;
  const comma = commaAfter(text, end);
  const from = text.slice(0, member.offset).trimEnd().length;

  if (members.length === 1) {
    const close = table.offset + table.length - 1;
    const left = spliced(text.slice(0, close), from, comma ?? end, '');
    const blank = left.slice(table.offset + 1).trim() === '';
    return (blank ? left.slice(0, table.offset + 1) : left) + text.slice(close);
  }
  const without = spliced(text, from, comma ?? end, '');
  if (!isLast || comma !== undefined || previous === undefined) return without;
  const parting = previous.offset + previous.length;
  const before = commaAfter(text, parting);
  return before === undefined ? without : spliced(without, before - 1, before, '');
}

function spliced(text: string, from: number, to: number, insert: string): string {
  return text.slice(0, from) + insert + text.slice(to);
}

// Each alternative ends where it must, so that no backtracking finds a comma inside a comment.
const BLANKS_AND_COMMA = /(?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/|\/\/[^\n]*\n)*,/y;
const COMMENTS_OF_LINE = /(?:[ \t]*(?:\/\*[^\n]*?\*\/|\/\/[^\r\n]*))*/y;

/** The offset behind the comma that follows a value, comments and blanks aside; `undefined` when none does. */
function commaAfter(text: string, value: number): number | undefined {
  BLANKS_AND_COMMA.lastIndex = value;
  return BLANKS_AND_COMMA.test(text) ? BLANKS_AND_COMMA.lastIndex : undefined;
}

/** The offset behind the comments that stand on the same line. */
function endOfLine(text: string, from: number): number {
  COMMENTS_OF_LINE.lastIndex = from;
  COMMENTS_OF_LINE.test(text);
  return COMMENTS_OF_LINE.lastIndex;
}
