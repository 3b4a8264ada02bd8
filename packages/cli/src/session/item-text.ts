import { didYouMean, type JsonObject, McpassError, plain, quote } from '@mcpass/auth';
import type { Deps } from '../deps.js';
import { textOf } from '../json-value.js';
import { nextCommand } from '../terminal/next-command.js';
import type { Io } from '../terminal/io.js';
import { printableJson } from '../terminal/printable-json.js';
import { sayCut } from '../terminal/table.js';
import { cutToWidth } from '../terminal/text-width.js';
import { exampleObject } from './schema-text.js';
import { printText } from './content-text.js';

/** One of a list, and what can be said of it in lines of their own. */
export interface ListedItem {
  readonly name: string;
  readonly says: string;
  readonly lines: readonly string[];
}

/** A heading and lines for each: whole for a program; cut to a terminal, which is told how to see the rest. */
export function printItems(deps: Deps, items: readonly ListedItem[], rest: readonly string[]): void {
  const { io } = deps;
  const columns = io.columns ?? Infinity;
  let cut = false;
  const fit = (line: string, indent: number) => {
    const shown = cutToWidth(line, columns - indent);
    cut ||= shown !== line;
    return shown;
  };
  io.outLines(
    items.flatMap(({ name, says, lines }) => {
      const heading = fit(name, 0);
      const description = says === '' ? '' : fit(`${name}  ${says}`, 0).slice(heading.length);
      return [`${io.paint('bold', heading)}${description}`, ...lines.map((line) => `  ${fit(line, 2)}`)];
    }),
  );
  if (cut) sayCut(io, nextCommand(deps.globals, ...rest));
}

/** What a list says of one, in one line. */
export function summaryOf(item: JsonObject): string {
  return plain(textOf(item['description']) ?? textOf(item['title']) ?? '', Infinity);
}

/** The one that was asked for. Throws `tool_unknown`, or `usage` for what is no tool. */
export function findItem(
  items: readonly JsonObject[],
  wanted: string,
  { kind, keys, list }: { readonly kind: string; readonly keys: readonly string[]; readonly list: string },
): JsonObject {
  const nameOf = (item: JsonObject) =>
    keys.map((key) => textOf(item[key])).find((name) => name !== undefined);
  const found = items.find((item) => nameOf(item) === wanted);
  if (found !== undefined) return found;
  const names = items.flatMap((item) => nameOf(item) ?? []);
  const code = kind === 'tool' ? 'tool_unknown' : 'usage';
  const near = plain(didYouMean(wanted, names), 400);
  throw new McpassError(code, `There is no ${kind} ${quote(wanted)}.${near === '' ? '' : ` ${near}`}`, {
    step: 'session',
    fault: 'yours',
    remedy: { do: 'say', text: `${list} lists them` },
  });
}

/** Everything that a server says of one thing, and how it is used. */
export interface Description {
  readonly heading: string;
  readonly item: JsonObject;
  readonly sections: readonly (readonly [title: string, lines: readonly string[]])[];
  /** A command to be pasted. */
  readonly example: string;
}

export function printDescription(io: Io, { heading, item, sections, example }: Description): void {
  const title = textOf(item['title']);
  io.out(
    `${io.paint('bold', plain(heading, Infinity))}${title === undefined ? '' : `  ${plain(title, Infinity)}`}`,
  );
  const description = textOf(item['description']);
  if (description !== undefined) printText(io, description);
  const blocks = [...sections, ['Example:', [example]] as const];
  for (const [name, lines] of blocks) {
    if (lines.length > 0) io.outLines(['', name, ...lines.map((line) => `  ${line}`)]);
  }
}

/** A member of an item as JSON, in lines; none where it has none. */
export function jsonLines(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? printableJson(value, 2).split('\n') : [];
}

/** The words of a call with what a schema asks for. */
export function exampleWords(schema: unknown): readonly string[] {
  const values = Object.entries(exampleObject(schema));
  if (values.some(([name]) => !/^[\w.][\w.-]*$/.test(name))) {
    return ['--args', printableJson(Object.fromEntries(values))];
  }
  return values.map(([name, value]) =>
    typeof value === 'string' ? `${name}=${value}` : `${name}:=${JSON.stringify(value)}`,
  );
}
