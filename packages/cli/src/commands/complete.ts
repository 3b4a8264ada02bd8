import type { Command, CommandEntry, Completes, OptionSpec } from '../command.js';
import { defineCommand, findCommand } from '../command.js';
import { type Before, type Offer, offersOf } from '../completion/offers.js';
import type { Deps } from '../deps.js';
import { GLOBAL_OPTIONS } from '../globals.js';
import { optionName } from '../help/command-help.js';
import { TOPICS } from '../help/topics.js';
import { shellWord } from '../terminal/shell-word.js';

export interface CompleteOptions {
  /** The words of the line after `mcpass`; the last one is being typed. */
  readonly words: readonly string[];
}

/** What the completion scripts call. Never fails and never asks a server. */
export function createComplete(commands: readonly CommandEntry[]): Command {
  return defineCommand<CompleteOptions>({
    name: 'complete',
    summary: 'what completion scripts call',
    examples: [{ line: 'mcpass complete -- login ""' }],
    arguments: [{ name: 'words', summary: 'the words of the line', optional: true, variadic: true }],
    parse: (input) => ({ words: input.rest('words') }),
    async run({ words }, deps) {
      const typed = words.at(-1) ?? '';
      // PowerShell cannot pass an empty word; it sends an empty pair of quotes.
      const begun = typed === '""' ? '' : typed;
      for (const { word, says } of await offers(words.slice(0, -1), begun, { commands, deps })) {
        // Bash puts a word on the line as it is: one that it would act on is not offered.
        if (word.startsWith(begun) && shellWord(word) === word)
          deps.io.out(says === '' ? word : `${word}\t${says}`);
      }
      return 0;
    },
  });
}

interface Sources {
  readonly commands: readonly CommandEntry[];
  readonly deps: Deps;
}

async function offers(before: readonly string[], begun: string, sources: Sources): Promise<readonly Offer[]> {
  const { commands } = sources;
  const line = await readLine(before, commands);
  const { positions: typed, account } = line;
  const here: Before = { positions: typed, account, begun };
  if (line.pending !== undefined) {
    return valuesOf(line.pending.choices ?? line.pending.completes, here, sources);
  }
  if (line.command === undefined) {
    return begun.startsWith('-') ? optionOffers(GLOBAL_OPTIONS) : commandOffers(commands);
  }
  if (begun.startsWith('-')) return optionOffers([...(line.command.options ?? []), ...GLOBAL_OPTIONS]);
  const positions = line.command.arguments ?? [];
  const position =
    positions[line.positions.length] ?? (positions.at(-1)?.variadic === true ? positions.at(-1) : undefined);
  const completes = position?.completes;
  return valuesOf(typeof completes === 'function' ? completes(line.positions) : completes, here, sources);
}

interface Line {
  readonly command?: Command;
  /** The positional arguments before the word that is being typed. */
  readonly positions: readonly string[];
  readonly account: string | undefined;
  /** The option whose value is being typed. */
  readonly pending?: OptionSpec;
}

async function readLine(words: readonly string[], commands: readonly CommandEntry[]): Promise<Line> {
  let command: Command | undefined;
  let pending: OptionSpec | undefined;
  let account: string | undefined;
  const positions: string[] = [];
  for (const word of words) {
    if (pending !== undefined) {
      if (pending.completes === 'account') account = word;
      pending = undefined;
    } else if (word.startsWith('-')) {
      const specs = [...(command?.options ?? []), ...GLOBAL_OPTIONS];
      pending = specs.find(({ flags }) => flags.includes('<') && flags.split(/[ ,]+/).includes(word));
    } else if (command === undefined) {
      command = await findCommand(commands, word)?.load();
    } else {
      positions.push(word);
    }
  }
  return {
    positions,
    account,
    ...(command === undefined ? {} : { command }),
    ...(pending === undefined ? {} : { pending }),
  };
}

function commandOffers(commands: readonly CommandEntry[]): Offer[] {
  return commands
    .filter(({ hidden }) => hidden !== true)
    .map(({ name, summary }) => ({
      word: name,
      says: summary,
    }));
}

function optionOffers(specs: readonly OptionSpec[]): Offer[] {
  return specs.map(({ flags, summary }) => ({
    word: optionName(flags),
    says: summary,
  }));
}

async function valuesOf(
  completes: Completes | undefined,
  before: Before,
  { commands, deps }: Sources,
): Promise<readonly Offer[]> {
  if (completes === undefined || completes === 'file') return [];
  if (completes === 'command') return helpOffers(commands, before.begun);
  if (typeof completes === 'string') return offersOf(completes, before, deps);
  return completes.map((word) => ({ word, says: '' }));
}

/** Commands and topics; the codes of errors, of which there are many, when one is begun. */
async function helpOffers(commands: readonly CommandEntry[], begun: string): Promise<readonly Offer[]> {
  const topics = TOPICS.map(({ name, summary }) => ({ word: name, says: summary }));
  if (begun === '') return [...commandOffers(commands), ...topics];
  const { ERROR_TEXTS } = await import('../help/error-texts.js');
  const codes = Object.entries(ERROR_TEXTS).map(([word, { means }]) => ({ word, says: means }));
  return [...commandOffers(commands), ...topics, ...codes];
}
