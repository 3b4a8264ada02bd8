import type { CommandEntry } from '../command.js';
import { GLOBAL_OPTIONS } from '../globals.js';
import { entries } from './layout.js';
import { TOPICS } from './topics.js';

const FIRST = new Set(['add', 'login', 'tools', 'call', 'status']);

/** What `mcpass` alone says. */
export function overview(commands: readonly CommandEntry[]): string {
  const first = commands
    .filter(({ name }) => FIRST.has(name))
    .map(({ name, summary }) => [name, summary] as const);
  return [
    'mcpass signs you in to remote MCP servers and keeps you signed in.',
    '',
    ...entries(first),
    '',
    'For example:',
    '  mcpass login https://mcp.linear.app/mcp',
    '',
    'More: mcpass help',
    '',
  ].join('\n');
}

/** What `mcpass help` says. */
export function manual(commands: readonly CommandEntry[]): string {
  const shown = commands
    .filter(({ hidden }) => hidden !== true)
    .map(({ name, summary }) => [name, summary] as const);
  return [
    'mcpass signs you in to remote MCP servers and keeps you signed in.',
    '',
    '  mcpass add linear https://mcp.linear.app/mcp',
    '  mcpass login linear',
    '  mcpass tools linear',
    '  mcpass call linear list_issues limit:=5',
    '',
    'Commands (mcpass help COMMAND):',
    ...entries(shown),
    '',
    'Topics (mcpass help TOPIC):',
    ...entries(TOPICS.map(({ name, summary }) => [name, summary] as const)),
    '',
    'On every command:',
    ...entries(GLOBAL_OPTIONS.map(({ flags, summary }) => [flags, summary] as const)),
    '',
  ].join('\n');
}
