import type { ArgumentSpec, Command, OptionSpec } from '../command.js';
import { GLOBAL_OPTIONS } from '../globals.js';
import { wrap } from '../terminal/wrap.js';
import { type Columns, commandLines, entries, paragraph } from './layout.js';

/** Help on one command: examples first. */
export function commandHelp(command: Command, columns: Columns): string {
  const options = command.options ?? [];
  const blocks = [
    paragraph(`mcpass ${command.name}: ${command.summary}`, columns),
    exampleLines(command, columns),
    ['Usage:', ...wrap(`  ${usageLine(command)}`, columns, 4)],
    (command.about ?? []).flatMap((text) => paragraph(text, columns)),
    section(
      'Arguments:',
      (command.arguments ?? []).map(({ name, summary }) => [name.toUpperCase(), summary]),
      columns,
    ),
    section('Options:', options.map(optionEntry), columns),
    globalOptions(columns),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function exampleLines({ examples }: Command, columns: Columns): string[] {
  return examples.flatMap(({ line, says }) => [
    ...(says === undefined ? [] : wrap(`  # ${says}`, columns, 4)),
    ...commandLines(line, columns),
  ]);
}

/** Those of every command: what they are called, and where to read more. */
export function globalOptions(columns: Columns): string[] {
  const names = GLOBAL_OPTIONS.map(({ flags }) => optionName(flags)).join(' ');
  return paragraph(`On every command: ${names} (mcpass help options)`, columns);
}

function usageLine({ name, arguments: positions = [], options = [] }: Command): string {
  const words = positions.map(argumentWord);
  return ['mcpass', name, ...words, ...(options.length > 0 ? ['[options]'] : [])].join(' ');
}

function argumentWord({ name, optional, variadic }: ArgumentSpec): string {
  const word = `${name.toUpperCase()}${variadic === true ? '...' : ''}`;
  return optional === true ? `[${word}]` : word;
}

/** The option as it is typed: the long one of `-h, --help`. */
export function optionName(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags.split(' ')[0] ?? '';
}

export function optionEntry({ flags, summary, choices, env }: OptionSpec): readonly [string, string] {
  const more = [
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
    ...(env === undefined ? [] : [`environment: ${env}`]),
  ];
  return [flags, more.length === 0 ? summary : `${summary} (${more.join('; ')})`];
}

function section(title: string, pairs: readonly (readonly [string, string])[], columns: Columns): string[] {
  return pairs.length === 0 ? [] : [title, ...entries(pairs, columns)];
}
