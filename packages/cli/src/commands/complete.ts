import { shownUrl } from '@mcpass/auth';
import type { Command, CommandEntry, Completes, OptionSpec } from '../command.js';
import { defineCommand } from '../command.js';
import { locatePaths } from '../servers/configuration.js';
import type { Deps } from '../deps.js';
import { GLOBAL_OPTIONS } from '../globals.js';
import { optionName } from '../help/command-help.js';
import { TOPICS } from '../help/topics.js';

export interface CompleteOptions {
  /** The words of the line after `mcpass`; the last one is being typed. */
  readonly words: readonly string[];
}

interface Offer {
  readonly word: string;
  readonly says: string;
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
        if (word.startsWith(begun)) deps.io.out(says === '' ? word : `${word}\t${says}`);
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
  if (line.pending !== undefined) return valuesOf(line.pending.choices ?? line.pending.completes, sources);
  if (line.command === undefined) {
    return begun.startsWith('-') ? optionOffers(GLOBAL_OPTIONS) : commandOffers(commands);
  }
  if (begun.startsWith('-')) return optionOffers([...(line.command.options ?? []), ...GLOBAL_OPTIONS]);
  const positions = line.command.arguments ?? [];
  const position =
    positions[line.positions.length] ?? (positions.at(-1)?.variadic === true ? positions.at(-1) : undefined);
  const completes = position?.completes;
  return valuesOf(typeof completes === 'function' ? completes(line.positions) : completes, sources);
}

interface Line {
  readonly command?: Command;
  /** The positional arguments before the word that is being typed. */
  readonly positions: readonly string[];
  /** The option whose value is being typed. */
  readonly pending?: OptionSpec;
}

async function readLine(words: readonly string[], commands: readonly CommandEntry[]): Promise<Line> {
  let command: Command | undefined;
  let pending: OptionSpec | undefined;
  const positions: string[] = [];
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
    } else if (word.startsWith('-')) {
      const specs = [...(command?.options ?? []), ...GLOBAL_OPTIONS];
      pending = specs.find(({ flags }) => flags.includes('<') && flags.split(/[ ,]+/).includes(word));
    } else if (command === undefined) {
      command = await commands.find(({ name }) => name === word)?.load();
    } else {
      positions.push(word);
    }
  }
  return {
    positions,
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
  { commands, deps }: Sources,
): Promise<readonly Offer[]> {
  if (completes === undefined || completes === 'file') return [];
  if (completes === 'server') return serverOffers(deps);
  if (completes === 'command') {
    return [
      ...commandOffers(commands),
      ...TOPICS.map(({ name, summary }) => ({ word: name, says: summary })),
    ];
  }
  return completes.map((word) => ({ word, says: '' }));
}

async function serverOffers(deps: Deps): Promise<readonly Offer[]> {
  try {
    const { loadConfig } = await import('@mcpass/node/config');
    // Not `readConfiguration`: a warning in the middle of a command line helps nobody.
    const config = loadConfig({ paths: locatePaths(deps), env: deps.env, cwd: process.cwd() });
    return config.servers().map(({ name, url }) => ({ word: name, says: shownUrl(url) }));
  } catch {
    return [];
  }
}
