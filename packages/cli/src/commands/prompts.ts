import { plain } from '@mcpass/auth';
import { defineCommand, LOGIN, SERVER, type Command } from '../command.js';
import type { ExitCode } from '../exit.js';
import { objectsOf, textOf } from '../json-value.js';
import { inSession, sayUnsupported } from '../session/server-session.js';
import type { ListingOptions } from './tools.js';

export const prompts: Command = defineCommand<ListingOptions>({
  name: 'prompts',
  summary: 'the prompts of a server',
  about: ['Prints each prompt with its arguments; those marked * are required.'],
  examples: [{ line: 'mcpass prompts linear' }, { line: 'mcpass prompts linear --json' }],
  arguments: [SERVER],
  options: [LOGIN],
  parse: (input) => ({ server: input.required('server'), login: input.flag('login') }),
  run: (options, deps) =>
    inSession<ExitCode>(deps, options, async (session, { name }) => {
      const { io } = deps;
      const listing = await session.listPrompts();
      if (io.json) {
        io.outJson({ prompts: listing.items });
        return 0;
      }
      sayUnsupported(deps, name, 'prompts', listing);
      for (const prompt of listing.items) {
        const heading = io.paint('bold', plain(textOf(prompt['name']) ?? ''));
        const description = plain(textOf(prompt['description']) ?? textOf(prompt['title']) ?? '', 200);
        io.out(description === '' ? heading : `${heading}  ${description}`);
        for (const argument of objectsOf(prompt['arguments'])) {
          const required = argument['required'] === true ? '*' : '';
          const word = `${plain(textOf(argument['name']) ?? '', 80)}${required}`;
          io.out(`  ${word}  ${plain(textOf(argument['description']) ?? '', 120)}`.trimEnd());
        }
      }
      return 0;
    }),
});
