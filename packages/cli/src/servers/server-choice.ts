import { didYouMean, plain, shownUrl } from '@mcpass/auth';
import type { Config } from '@mcpass/node/config';
import type { Deps } from '../deps.js';
import { usageError } from '../failure.js';
import { nextCommand } from '../terminal/next-command.js';
import { askInLines, askLine } from '../terminal/yes-or-no.js';
import { rereadConfiguration } from './configuration.js';
import { usesSignIn } from './server-state.js';

const ATTEMPTS = 5;

interface Choice {
  readonly name: string;
  readonly url: string;
}

/** The server to sign in to where the command line names none: asked on a terminal; throws `usage` with the names elsewhere. */
export async function chooseServer(deps: Deps): Promise<string> {
  const { io, globals } = deps;
  const choices = choicesOf(rereadConfiguration(deps).config);
  if (choices.length === 0) {
    const add = nextCommand(globals, 'add', 'NAME', 'URL', '--login');
    throw usageError('login needs SERVER, and none is configured to sign in to.', {
      do: 'say',
      text: `${nextCommand(globals, 'login', 'URL')} signs in to one by its address; ${add} gives it a name`,
    });
  }
  const names = `login needs SERVER: ${choices.map(({ name }) => name).join(', ')}.`;
  if (!io.canAsk || io.json) throw usageError(names);
  const chosen = await askForOne(choices, deps);
  if (chosen === undefined) throw usageError(names);
  return chosen.name;
}

function choicesOf(config: Config): readonly Choice[] {
  return config.servers().flatMap(({ name, url, enabled }) => {
    if (!enabled) return [];
    try {
      return usesSignIn(config.server(name)) ? [{ name, url }] : [];
    } catch {
      // What is wrong with it is said when it is named.
      return [{ name, url }];
    }
  });
}

/** Undefined where nothing is chosen: an empty line, the end of the input, or too many tries. */
function askForOne(choices: readonly Choice[], { io, signal }: Deps): Promise<Choice | undefined> {
  return askInLines(io, async (terminal) => {
    const names = choices.map(({ name }) => name);
    io.complain('Sign in to which server?');
    const width = String(choices.length).length;
    for (const [at, { name, url }] of choices.entries())
      io.complain(`  ${String(at + 1).padStart(width)}  ${plain(name, 80)}  ${shownUrl(url)}`);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const line = await askLine(terminal, `Number or name (1-${choices.length}): `, signal);
      const typed = plain(line ?? '', 200).trim();
      if (typed === '') return undefined;
      // A name comes first: it may be a number.
      const chosen = choices[names.includes(typed) ? names.indexOf(typed) : indexOf(typed)];
      if (chosen !== undefined) return chosen;
      io.complain(`There is no "${typed}" in the list.${didYouMean(typed, names)}`);
    }
    return undefined;
  });
}

function indexOf(typed: string): number {
  return /^\d{1,6}$/.test(typed) ? Number(typed) - 1 : -1;
}
