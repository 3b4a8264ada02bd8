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
  run(deps: Deps): Promise<ExitCode>;
}

export interface Command extends CommandText {
  prepare(input: Input): Prepared;
}

/** A command before it is loaded: only the one that runs is. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly hidden?: boolean;
  load(): Promise<Command>;
}

/** One command: `parse` makes a plain options value of the command line, `run` does the work. */
export interface CommandDefinition<Options extends object> extends CommandText {
  parse(input: Input): Options;
  run(options: Options, deps: Deps): Promise<ExitCode>;
}

export function defineCommand<Options extends object>(definition: CommandDefinition<Options>): Command {
  return {
    ...definition,
    prepare(input) {
      const options = definition.parse(input);
      const server = 'server' in options && typeof options.server === 'string' ? options.server : undefined;
      return { server, run: (deps) => definition.run(options, deps) };
    },
  };
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
