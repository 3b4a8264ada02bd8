import type { Format, Io } from './io.js';
import { cutToWidth, textWidth } from './text-width.js';
import { whole } from './wrap.js';
import { visibleText } from './visible-text.js';

/** A text, or one in a colour: a colour is no part of what is cut. */
export type Cell = string | { readonly text: string; readonly format: Format };

/** Columns between two cells. */
const GAP = 2;
/** What a column is not made narrower than, as long as a terminal is not narrower still. */
const NARROWEST = 4;

/**
 * Rows aligned in columns on a terminal and cut to it, under their headings; whole and separated by tabs for a program.
 * Where something is cut, `rest` is the command that shows all.
 */
export function printTable(
  io: Io,
  rows: readonly (readonly Cell[])[],
  { headings = [], rest }: { readonly headings?: readonly string[]; readonly rest: string },
): void {
  const { columns } = io;
  if (columns === undefined) {
    io.outLines(rows.map((row) => row.map(textOfCell).join('\t')));
    return;
  }
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, textWidth(shownCell(cell)));
    }
  }
  const before = widths.map((width, column) =>
    width === 0 ? 0 : Math.max(width, headings[column]?.length ?? 0),
  );
  const titles = headings.map((text): Cell => ({ text, format: 'dim' }));
  // A column that nobody has anything in takes no room, whatever it is called.
  const fitting = fitWidths(before, columns);
  io.outLines(
    [...(titles.length > 0 && rows.length > 0 ? [titles] : []), ...rows].map((row) => {
      let line = '';
      let room = 0;
      for (const [column, cell] of row.entries()) {
        const width = fitting[column] ?? 0;
        if (width === 0) continue;
        const text = cutToWidth(shownCell(cell), width);
        // What stands before it is filled up only now: nothing is behind the last one.
        line += ' '.repeat(text === '' ? 0 : room);
        room = (text === '' ? room : 0) + width + GAP - textWidth(text);
        line += typeof cell === 'string' || text === '' ? text : io.paint(cell.format, text);
      }
      return line;
    }),
  );
  if (widths.some((width, column) => width > (fitting[column] ?? 0))) sayCut(io, rest);
}

/** What was cut to the terminal can be seen all the same. */
export function sayCut(io: Io, rest: string): void {
  io.say(`Cut to the terminal; whole: ${whole(rest)}`);
}

function textOfCell(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

/** As the terminal shows it: what is measured. */
function shownCell(cell: Cell): string {
  return visibleText(textOfCell(cell));
}

/** Pure: the widest columns give way until all of them fit. */
export function fitWidths(widths: readonly number[], columns: number): readonly number[] {
  const shown = widths.filter((width) => width > 0);
  let excess = shown.reduce((sum, width) => sum + width + GAP, -GAP) - columns;
  const fitted = [...widths];
  while (excess > 0) {
    const widest = Math.max(...fitted);
    if (widest <= NARROWEST) break;
    fitted[fitted.lastIndexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return fitted;
}

/** `label  value` lines under a heading, the values in one column. */
export function facts(pairs: readonly (readonly [label: string, value: string | undefined])[]): string[] {
  let width = 0;
  for (const [label, value] of pairs) if (value !== undefined && label.length > width) width = label.length;
  const lines: string[] = [];
  for (const [label, value] of pairs) {
    if (value !== undefined) lines.push(`  ${label.padEnd(width)}  ${value}`);
  }
  return lines;
}
