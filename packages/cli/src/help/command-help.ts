import type { ArgumentSpec, Command, OptionSpec } from '../command.js';
import { GLOBAL_OPTIONS } from '../globals.js';
import { entries, paragraph } from './layout.js';

/** Help on one command: examples first, 80 columns. */
export function commandHelp(command: Command): string {
  const options = command.options ?? [];
  const blocks = [
    [`mcpass ${command.name}: ${command.summary}`],
    [...exampleLines(command)],
    ['Usage:', `  ${usageLine(command)}`],
    (command.about ?? []).flatMap((text) => paragraph(text)),
    section(
      'Arguments:',
      (command.arguments ?? []).map(({ name, summary }) => [name.toUpperCase(), summary]),
    ),
    section('Options:', options.map(optionEntry)),
    section('On every command:', GLOBAL_OPTIONS.map(optionEntry)),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function exampleLines({ examples }: Command): string[] {
  return examples.flatMap(({ line, says }) => [...(says === undefined ? [] : [`  # ${says}`]), `  ${line}`]);
}

function usageLine({ name, arguments: positions = [], options = [] }: Command): string {
  const words = positions.map(argumentWord);
  return ['mcpass', name, ...words, ...(options.length > 0 ? ['[options]'] : [])].join(' ');
}

function argumentWord({ name, optional, variadic }: ArgumentSpec): string {
  const word = `${name.toUpperCase()}${variadic === true ? '...' : ''}`;
  return optional === true ? `[${word}]` : word;
}

function optionEntry({ flags, summary, choices, env }: OptionSpec): readonly [string, string] {
  const more = [
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
    ...(env === undefined ? [] : [`environment: ${env}`]),
  ];
  return [flags, more.length === 0 ? summary : `${summary} (${more.join('; ')})`];
}

function section(title: string, pairs: readonly (readonly [string, string])[]): string[] {
  return pairs.length === 0 ? [] : [title, ...entries(pairs)];
}
