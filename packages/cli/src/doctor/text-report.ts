import type { Io } from '../terminal/io.js';
import { plain } from '@mcpass/auth';
import { FAULT_WORDS, type Report } from './report.js';
import type { Row, RowStatus } from './row.js';
import type { Turn } from './conversation.js';
import { textWidth } from '../terminal/text-width.js';

const COLORS: Readonly<Record<RowStatus, 'green' | 'cyan' | 'yellow' | 'red' | 'dim'>> = {
  ok: 'green',
  note: 'cyan',
  warn: 'yellow',
  fail: 'red',
  skip: 'dim',
};

/** One row a line, and under a row that asks for something whose it is, by which rule, and what to do. */
export function textLines(io: Io, report: Report, options: { readonly trace: boolean }): readonly string[] {
  const lines: string[] = [];
  if (report.server !== undefined) {
    const address = report.url === undefined || report.url === report.server ? '' : `  ${report.url}`;
    lines.push(io.paint('bold', `${plain(report.server, 1_000)}${address}`), '');
  }
  const width = Math.max(...report.sections.flatMap(({ rows }) => rows.map(({ id }) => textWidth(id))), 0);
  for (const { title, rows } of report.sections) {
    lines.push(io.paint('bold', title));
    for (const row of rows) lines.push(...rowLines(io, row, width));
    lines.push('');
  }
  if (options.trace)
    lines.push(io.paint('bold', 'Who asked whom'), ...report.turns.map((turn) => `  ${turnText(turn)}`), '');
  return lines.slice(0, -1);
}

function rowLines(
  io: Io,
  { id, status, message, fault, requirement, fix, ms }: Row,
  width: number,
): string[] {
  const time = ms === undefined ? '' : io.paint('dim', `  (${(ms / 1000).toFixed(3)} s)`);
  const head = `  ${io.paint(COLORS[status], status.padEnd(4))}  ${id.padEnd(width)}  ${message}${time}`;
  if (status === 'ok') return [head];
  const more = (label: string, value: string | undefined) =>
    value === undefined ? [] : [`          ${label.padEnd(7)}${value}`];
  return [
    head,
    ...(status === 'fail' ? more('whose:', fault && FAULT_WORDS[fault]) : []),
    ...more('rule:', requirement),
    ...more('fix:', fix),
  ];
}

export function turnText(turn: Turn): string {
  if (turn.kind !== 'exchange') return `${turn.step}: ${turn.text}`;
  const { step, method, origin, path, came, ms } = turn;
  return `${step}: ${method} ${origin}${path} -> ${came} (${(ms / 1000).toFixed(3)} s)`;
}
