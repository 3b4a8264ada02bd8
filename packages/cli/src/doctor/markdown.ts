import { FAULT_WORDS, type Report, verdictOf } from './report.js';
import { turnText } from './text-report.js';

/** For an issue report. Everything is in code spans or blocks: what servers have said is nobody's markup. */
export function markdownText(report: Report): string {
  const lines = [
    `## mcpass doctor${report.server === undefined ? '' : ` ${code(report.url ?? report.server)}`}`,
    '',
    verdictOf(report),
  ];
  for (const { title, rows } of report.sections) {
    lines.push('', `### ${title}`, '', '| | row | what | ms |', '| --- | --- | --- | --- |');
    for (const { id, status, message, ms } of rows) {
      lines.push(
        `| ${status === 'fail' ? '**fail**' : status} | ${cell(id)} | ${cell(message)} | ${ms ?? ''} |`,
      );
    }
    for (const { id, status, fault, requirement, fix } of rows) {
      if (status !== 'fail' && status !== 'warn') continue;
      lines.push('', `${code(id)}:`, '');
      if (fault !== undefined) lines.push(`- whose: ${FAULT_WORDS[fault]}`);
      if (requirement !== undefined) lines.push(`- rule: ${requirement}`);
      if (fix !== undefined) lines.push(`- fix: ${code(fix)}`);
    }
  }
  if (report.turns.length > 0) {
    const turns = report.turns.map(turnText);
    const fence = '`'.repeat(Math.max(3, longestTicks(turns.join('\n')) + 1));
    lines.push(
      '',
      '<details><summary>Who asked whom</summary>',
      '',
      fence,
      ...turns,
      fence,
      '',
      '</details>',
    );
  }
  return `${lines.join('\n')}\n`;
}

function longestTicks(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
}

/** A code span that what is in it cannot end. */
function code(text: string): string {
  const ticks = '`'.repeat(longestTicks(text) + 1);
  const space = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${ticks}${space}${text}${space}${ticks}`;
}

/** In a table a vertical bar ends the cell, in code as well. */
function cell(text: string): string {
  return code(text.replaceAll('|', '¦'));
}
