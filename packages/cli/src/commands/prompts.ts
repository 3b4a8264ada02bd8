import { type JsonObject, plain } from '@mcpass/auth';
import { defineCommand, LOGIN, SERVER, type Command } from '../command.js';
import type { ExitCode } from '../exit.js';
import { objectsOf, textOf } from '../json-value.js';
import { findItem, jsonLines, printDescription, printItems, summaryOf } from '../session/item-text.js';
import { inSession, sayUnsupported } from '../session/server-session.js';
import { nextCommand } from '../terminal/next-command.js';
import { type ListingOptions, parseListing } from './tools.js';

export const prompts: Command = defineCommand<ListingOptions>({
  name: 'prompts',
  summary: 'the prompts of a server',
  about: [
    'Prints each prompt with its arguments; those marked * are required. With NAME everything about one.',
  ],
  examples: [
    { line: 'mcpass prompts linear' },
    { line: 'mcpass prompts linear triage' },
    { line: 'mcpass prompts linear --json' },
  ],
  arguments: [SERVER, { name: 'name', summary: 'everything about this one', optional: true }],
  options: [LOGIN],
  parse: parseListing('name'),
  run: (options, deps) =>
    inSession<ExitCode>(deps, options, async (session, { name }) => {
      const { io, globals } = deps;
      const { server, one } = options;
      const listing = await session.listPrompts();
      const list = nextCommand(globals, 'prompts', server);
      const found =
        one === undefined || !listing.supported
          ? undefined
          : findItem(listing.items, one, { kind: 'prompt', keys: ['name'], list });
      if (io.json) {
        io.outJson({ prompts: found === undefined ? listing.items : [found] });
        return 0;
      }
      if (found === undefined) {
        sayUnsupported(deps, name, 'prompts', listing);
        const items = listing.items.map((prompt) => ({
          name: plain(textOf(prompt['name']) ?? '', Infinity),
          says: summaryOf(prompt),
          lines: argumentsOf(prompt),
        }));
        printItems(deps, items, ['prompts', server, 'NAME']);
        return 0;
      }
      const prompt = textOf(found['name']) ?? '';
      const words = objectsOf(found['arguments']).flatMap((argument) => {
        const word = textOf(argument['name']) ?? '';
        return argument['required'] === true ? [`${word}=${word.toUpperCase()}`] : [];
      });
      printDescription(io, {
        heading: prompt,
        item: found,
        sections: [
          ['Arguments:', argumentsOf(found)],
          ['As sent:', jsonLines(found)],
        ],
        example: nextCommand(globals, 'prompt', server, prompt, ...words),
      });
      return 0;
    }),
});

function argumentsOf(prompt: JsonObject): readonly string[] {
  return objectsOf(prompt['arguments']).map((argument) => {
    const required = argument['required'] === true ? '*' : '';
    const word = `${plain(textOf(argument['name']) ?? '', Infinity)}${required}`;
    return `${word}  ${plain(textOf(argument['description']) ?? '', Infinity)}`.trimEnd();
  });
}
