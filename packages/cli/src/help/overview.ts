import type { CommandEntry } from '../command.js';
import { globalOptions } from './command-help.js';
import { type Columns, commandLines, entries, paragraph } from './layout.js';
import { TOPICS } from './topics.js';

const FIRST = new Set(['add', 'login', 'tools', 'call', 'status']);
const WHAT_IT_IS = 'mcpass signs you in to remote MCP servers and keeps you signed in.';

/** What `mcpass` alone says. */
export function overview(commands: readonly CommandEntry[], columns: Columns): string {
  const first = commands
    .filter(({ name }) => FIRST.has(name))
    .map(({ name, summary }) => [name, summary] as const);
  return [
    ...paragraph(WHAT_IT_IS, columns),
    '',
    ...entries(first, columns),
    '',
    'For example:',
    ...commandLines('mcpass login https://mcp.linear.app/mcp', columns),
    '',
    'More: mcpass help',
    '',
  ].join('\n');
}

/** What `mcpass help` says. */
export function manual(commands: readonly CommandEntry[], columns: Columns): string {
  const shown = commands
    .filter(({ hidden }) => hidden !== true)
    .map(({ name, summary }) => [name, summary] as const);
  return [
    ...paragraph(WHAT_IT_IS, columns),
    '',
    ...commandLines('mcpass add linear https://mcp.linear.app/mcp', columns),
    ...commandLines('mcpass login linear', columns),
    ...commandLines('mcpass tools linear', columns),
    ...commandLines('mcpass call linear list_issues limit:=5', columns),
    '',
    'Commands (mcpass help COMMAND):',
    ...entries(shown, columns),
    '',
    'Topics (mcpass help TOPIC):',
    ...entries(
      TOPICS.map(({ name, summary }) => [name, summary] as const),
      columns,
    ),
    '',
    ...paragraph('An error code or an exit code: mcpass help login_required, mcpass help 4', columns),
    ...globalOptions(columns),
    '',
  ].join('\n');
}
