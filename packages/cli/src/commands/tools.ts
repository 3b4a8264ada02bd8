import { plain } from '@mcpass/auth';
import { type ArgumentSpec, defineCommand, type Input, LOGIN, SERVER, type Command } from '../command.js';
import type { ExitCode } from '../exit.js';
import { inSession, sayUnsupported } from '../session/server-session.js';
import {
  exampleWords,
  findItem,
  jsonLines,
  printDescription,
  printItems,
  summaryOf,
} from '../session/item-text.js';
import { argumentLines } from '../session/schema-text.js';
import { nextCommand } from '../terminal/next-command.js';
import { textOf } from '../json-value.js';

export interface ListingOptions {
  readonly server: string;
  /** The one that everything is said about. */
  readonly one: string | undefined;
  readonly login: boolean;
}

export function parseListing(name: string): (input: Input) => ListingOptions {
  return (input) => ({
    server: input.required('server'),
    one: input.argument(name),
    login: input.flag('login'),
  });
}

const TOOL: ArgumentSpec = { name: 'tool', summary: 'everything about this one', optional: true };

export const tools: Command = defineCommand<ListingOptions>({
  name: 'tools',
  summary: 'the tools of a server',
  about: [
    'Prints each tool with its arguments; those marked * are required. With TOOL the whole description, the schemas, and a call to paste. With --json, as the server sent them.',
  ],
  examples: [
    { line: 'mcpass tools linear' },
    { line: 'mcpass tools linear create_issue' },
    { line: "mcpass tools linear --json | jq -r '.tools[].name'" },
    { line: 'mcpass tools https://mcp.linear.app/mcp --login' },
  ],
  arguments: [SERVER, TOOL],
  options: [LOGIN],
  parse: parseListing('tool'),
  run: (options, deps) =>
    inSession<ExitCode>(deps, options, async (session, { name }) => {
      const { io, globals } = deps;
      const { server, one } = options;
      const listing = await session.listTools();
      const list = nextCommand(globals, 'tools', server);
      const found =
        one === undefined || !listing.supported
          ? undefined
          : findItem(listing.items, one, { kind: 'tool', keys: ['name'], list });
      if (io.json) {
        io.outJson({ tools: found === undefined ? listing.items : [found] });
        return 0;
      }
      if (found === undefined) {
        sayUnsupported(deps, name, 'tools', listing);
        const items = listing.items.map((tool) => ({
          name: plain(textOf(tool['name']) ?? '', Infinity),
          says: summaryOf(tool),
          lines: argumentLines(tool['inputSchema']),
        }));
        printItems(deps, items, ['tools', server, 'TOOL']);
        return 0;
      }
      const tool = textOf(found['name']) ?? '';
      printDescription(io, {
        heading: tool,
        item: found,
        sections: [
          ['Arguments:', argumentLines(found['inputSchema'])],
          ['Annotations:', jsonLines(found['annotations'])],
          ['Input schema:', jsonLines(found['inputSchema'])],
          ['Output schema:', jsonLines(found['outputSchema'])],
        ],
        example: nextCommand(globals, 'call', server, tool, ...exampleWords(found['inputSchema'])),
      });
      return 0;
    }),
});
