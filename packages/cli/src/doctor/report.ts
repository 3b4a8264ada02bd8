import type { Fault } from '@mcpass/auth';
import { type ExitCode, exitCodeOf } from '../exit.js';
import type { Turn } from './conversation.js';
import type { Row, RowStatus } from './row.js';

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** What a doctor has found out: each face (text, JSON, Markdown, HTML) shows the same. */
export interface Report {
  /** The server as the person named it; absent where the machine and all servers were looked at. */
  readonly server?: string;
  readonly url?: string;
  readonly sections: readonly Section[];
  /** Who was asked, and what came back. */
  readonly turns: readonly Turn[];
  /** For whoever shows it, and not to be shown. */
  readonly known: {
    /** What a server could have repeated. */
    readonly secrets: readonly string[];
    /** As the server was asked for, and as it is asked: there may be a secret in it. */
    readonly addresses: readonly string[];
  };
}

export function rowsOf({ sections }: Report): readonly Row[] {
  return sections.flatMap(({ rows }) => rows);
}

export function firstFailure(report: Report): Row | undefined {
  return rowsOf(report).find(({ status }) => status === 'fail');
}

/** 0 when nothing failed, else that of what failed first: the rest may be its consequence. */
export function exitCodeFor(report: Report): ExitCode {
  const code = firstFailure(report)?.code;
  return code === undefined ? 0 : exitCodeOf(code);
}

export const FAULT_WORDS: Readonly<Record<Fault, string>> = {
  yours: 'yours',
  server: "the server's",
  network: "the network's",
  ours: "mcpass's",
};

/** The report in one line. */
export function verdictOf(report: Report): string {
  const rows = rowsOf(report);
  const count = (status: RowStatus) => rows.filter((row) => row.status === status).length;
  const warnings = `${count('warn')} ${count('warn') === 1 ? 'warning' : 'warnings'}`;
  const first = firstFailure(report);
  if (first === undefined) return `Nothing failed; ${warnings}.`;
  const more = count('fail') > 1 ? ` (and ${count('fail') - 1} more)` : '';
  const whose = first.fault === undefined ? '' : `, ${FAULT_WORDS[first.fault]} to mend`;
  return `Failed at step ${first.step}${whose}${more}; ${warnings}.`;
}
