import { isJsonObject } from '@mcpass/auth';
import { NESTING_LIMIT, TOO_DEEP } from '@mcpass/node/config';
import {
  createScanner,
  getNodeValue,
  type Node,
  parseTree,
  type ParseError,
  printParseErrorCode,
} from 'jsonc-parser';
import { behindMark, BYTE_ORDER_MARK, type Format, formatError, lineEndOf } from './format.js';
import { appendMember, cutMember, memberText, type Style } from './json-text.js';

/** JSON, with comments and trailing commas where the file has them. */
export const json: Format = {
  parse(file, text) {
    const deep = tooDeepAt(text);
    if (deep !== undefined) throw formatError(file, text, deep, `this is ${TOO_DEEP}`);
    const { root, errors } = read(text.replace(BYTE_ORDER_MARK, ''));
    const [first] = errors;
    if (first !== undefined) {
      throw formatError(file, text, first.offset, `this is not JSON (${wordsOf(first)})`);
    }
    const value: unknown = root === undefined ? {} : getNodeValue(root);
    if (!isJsonObject(value)) throw formatError(file, text, 0, 'this is not a JSON object');
    return value;
  },

  insert: (source, path, name, entry) =>
    behindMark(source, (text) => {
      const { root } = read(text);
      const style = styleOf(text, root);
      if (root === undefined) {
        // An empty file; one with nothing but comments is somebody's draft.
        if (text.trim() !== '') return undefined;
        const all = [...path]
          .reverse()
          .reduce<unknown>((inner, key) => ({ [key]: inner }), { [name]: entry });
        return memberText(all, '', style) + (text === '' ? style.lineEnd : text);
      }
      let table = root;
      for (const [depth, key] of path.entries()) {
        const found = propertiesOf(table, key);
        if (found.length === 0) {
          const rest = path.slice(depth + 1);
          const value = [...rest]
            .reverse()
            .reduce<unknown>((inner, word) => ({ [word]: inner }), { [name]: entry });
          return appendMember(text, table, key, value, style);
        }
        const inner = found.length === 1 ? found[0]?.children?.[1] : undefined;
        if (inner?.type !== 'object') return undefined;
        table = inner;
      }
      return appendMember(text, table, name, entry, style);
    }),

  remove: (source, path, name) =>
    behindMark(source, (text) => {
      let table = read(text).root;
      for (const key of path) table = only(table, key)?.children?.[1];
      const property = only(table, name);
      return table === undefined || property === undefined ? undefined : cutMember(text, table, property);
    }),
};

function read(text: string): { readonly root: Node | undefined; readonly errors: readonly ParseError[] } {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  return { root, errors };
}

/** Where a text goes beyond the limit; the parser, which calls itself for each level, would not come back. Pure. */
function tooDeepAt(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let kind = scanner.scan(); kind !== END_OF_TEXT; kind = scanner.scan()) {
    if (kind === OPEN_BRACE || kind === OPEN_BRACKET) depth += 1;
    else if (kind === CLOSE_BRACE || kind === CLOSE_BRACKET) depth -= 1;
    if (depth > NESTING_LIMIT) return scanner.getTokenOffset();
  }
  return undefined;
}

// `SyntaxKind` of the scanner, an enumeration that is there for the compiler only.
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, END_OF_TEXT] = [1, 2, 3, 4, 17] as number[];

function wordsOf({ error }: ParseError): string {
  return printParseErrorCode(error)
    .replaceAll(/([A-Z])/g, ' $1')
    .trim()
    .toLowerCase();
}

function propertiesOf(table: Node, key: string): readonly Node[] {
  return (table.children ?? []).filter((property) => property.children?.[0]?.value === key);
}

/** The property of this name, when there is exactly one. */
function only(table: Node | undefined, key: string): Node | undefined {
  const found = table?.type === 'object' ? propertiesOf(table, key) : [];
  return found.length === 1 ? found[0] : undefined;
}

/** How the file is written: its line ends, and what one level is indented with. */
function styleOf(text: string, root: Node | undefined): Style {
  const first = root?.children?.[0];
  const before = first === undefined ? '' : text.slice(0, first.offset);
  const unit = /\n([ \t]+)$/.exec(before)?.[1] ?? '  ';
  return { lineEnd: lineEndOf(text), unit };
}
