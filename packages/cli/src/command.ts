import { didYouMean, nearest } from '@mcpass/auth';
import type { Deps } from './deps.js';
import type { ExitCode } from './exit.js';
import { usageError } from './failure.js';

/** What completion offers in a place; a list offers exactly its words. */
export type Completes =
  | 'server'
  | 'file'
  | 'command'
  /** What the server before it has shown, and the arguments of what stands before them. */
  | 'tool'
  | 'prompt'
  | 'resource'
  | 'tool-argument'
  | 'prompt-argument'
  | 'account'
  /** A simulated provider. */
  | 'profile'
  /** A key of the configuration; `KEY=VALUE`. */
  | 'key'
  | 'setting'
  | readonly string[];

export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly optional?: boolean;
  readonly variadic?: boolean;
  /** What it may be can depend on the arguments before it. */
  readonly completes?: Completes | ((before: readonly string[]) => Completes | undefined);
}

export interface OptionSpec {
  /** As in help: `--scopes <list>`, `--force`. A value is written `<name>`. */
  readonly flags: string;
  readonly summary: string;
  readonly repeatable?: boolean;
  /** Given twice it says more than once. */
  readonly counted?: boolean;
  readonly choices?: readonly string[];
  /** The environment variable that says the same. */
  readonly env?: string;
  readonly completes?: Completes;
  /** The parser has it already; it is here to be shown. */
  readonly builtIn?: boolean;
}

export interface Example {
  readonly line: string;
  readonly says?: string;
}

/** What the command line said, before a command makes its own options value of it. */
export interface Input {
  /** A positional argument by its name. */
  argument(name: string): string | undefined;
  required(name: string): string;
  rest(name: string): readonly string[];
  /** What stands behind `--`, word for word; absent where there is none. */
  behindDashes(): readonly string[] | undefined;
  option(name: string): string | undefined;
  /** All values of a repeatable option. */
  all(name: string): readonly string[];
  flag(name: string): boolean;
}

interface CommandText {
  readonly name: string;
  readonly summary: string;
  /** More than a line, where the summary does not say it all. */
  readonly about?: readonly string[];
  readonly examples: readonly Example[];
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
}

export interface Prepared {
  /** The server that an error would be about, as the person wrote it. */
  readonly server: string | undefined;
  /** The same with what the command line left open and a person chooses. */
  complete(deps: Deps): Promise<Prepared>;
  /** {@link ExitCode}, or what another program ended with. */
  run(deps: Deps): Promise<number>;
}

export interface Command extends CommandText {
  prepare(input: Input): Prepared;
}

/** A command before it is loaded: only the one that runs is. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly hidden?: boolean;
  readonly aliases?: readonly string[];
  /** Words for the same thing elsewhere: whoever types one is told this name. */
  readonly meanings?: readonly string[];
  load(): Promise<Command>;
}

/** By its name or an alias. */
export function findCommand(commands: readonly CommandEntry[], word: string): CommandEntry | undefined {
  return commands.find(({ name, aliases }) => name === word || aliases?.includes(word) === true);
}

/** ` Did you mean X?` for a word that is none of them, by what it means and else by its letters; or nothing. */
export function commandMeant(
  word: string,
  commands: readonly CommandEntry[],
  others: readonly string[] = [],
): string {
  const shown = commands.filter(({ hidden }) => hidden !== true);
  const meaning = (wanted: string | undefined) =>
    shown.flatMap(({ name, meanings }) =>
      wanted !== undefined && meanings?.includes(wanted) === true ? [name] : [],
    );
  const wanted = word.toLowerCase();
  const same = meaning(wanted);
  if (same.length > 0) return ` Did you mean ${same.join(' or ')}?`;
  const spelled = didYouMean(word, [...shown.map(({ name }) => name), ...others]);
  if (spelled !== '') return spelled;
  const near = meaning(
    nearest(
      wanted,
      shown.flatMap(({ meanings = [] }) => meanings),
    ),
  );
  return near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
}

/** One command: `parse` makes a plain options value of the command line, `run` does the work. */
export interface CommandDefinition<Options extends object, Code extends number> extends CommandText {
  parse(input: Input): Options;
  /** Asks for what the command line left open; an error of `run` then names it. */
  complete?(options: Options, deps: Deps): Promise<Options>;
  run(options: Options, deps: Deps): Promise<Code>;
}

/** `Code` is another one only where a program that the command runs says what to end with. */
export function defineCommand<Options extends object, Code extends number = ExitCode>(
  definition: CommandDefinition<Options, Code>,
): Command {
  const prepare = (options: Options): Prepared => ({
    server: 'server' in options && typeof options.server === 'string' ? options.server : undefined,
    complete: async (deps) => prepare((await definition.complete?.(options, deps)) ?? options),
    run: (deps) => definition.run(options, deps),
  });
  return { ...definition, prepare: (input) => prepare(definition.parse(input)) };
}

export const SERVER: ArgumentSpec = {
  name: 'server',
  summary: 'a configured name or a URL',
  completes: 'server',
};

export const LOGIN: OptionSpec = { flags: '--login', summary: 'sign in first when that is needed' };

/** A whole number of an option, within bounds. */
export function wholeNumber(input: Input, name: string, least: number, most: number): number | undefined {
  const text = input.option(name);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw usageError(`--${name} takes a whole number from ${least} to ${most}, not "${text}".`);
  }
  return value;
}

/** Words of options like `--scopes`: separated by commas or spaces, over all occurrences, each once. */
export function wordList(values: readonly string[]): readonly string[] {
  return [...new Set(values.flatMap((value) => value.split(/[\s,]+/)).filter((word) => word !== ''))];
}
