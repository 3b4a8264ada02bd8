import type { Io } from './io.js';

/** Rows aligned in columns on a terminal, separated by tabs for a program. */
export function printTable(io: Io, rows: readonly (readonly string[])[]): void {
  if (!io.outIsTerminal) {
    io.outLines(rows.map((row) => row.join('\t')));
    return;
  }
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, io.widthOf(cell));
    }
  }
  const lines = rows.map((row) => {
    // A column that nobody has anything in takes no room.
    const cells = row.flatMap((cell, column) => {
      const width = widths[column] ?? 0;
      return width === 0 ? [] : [cell + ' '.repeat(width - io.widthOf(cell))];
    });
    return cells.join('  ').trimEnd();
  });
  io.outLines(lines);
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
