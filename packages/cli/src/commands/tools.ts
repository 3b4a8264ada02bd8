import { plain } from '@mcpass/auth';
import { defineCommand, LOGIN, SERVER, type Command } from '../command.js';
import type { ExitCode } from '../exit.js';
import { inSession, sayUnsupported } from '../session/server-session.js';
import { argumentLines } from '../session/schema-text.js';
import { textOf } from '../json-value.js';

export interface ListingOptions {
  readonly server: string;
  readonly login: boolean;
}

export const tools: Command = defineCommand<ListingOptions>({
  name: 'tools',
  summary: 'the tools of a server',
  about: [
    'Prints each tool with its arguments; those marked * are required. With --json, as the server sent them.',
  ],
  examples: [
    { line: 'mcpass tools linear' },
    { line: "mcpass tools linear --json | jq -r '.tools[].name'" },
    { line: 'mcpass tools https://mcp.linear.app/mcp --login' },
  ],
  arguments: [SERVER],
  options: [LOGIN],
  parse: (input) => ({ server: input.required('server'), login: input.flag('login') }),
  run: (options, deps) =>
    inSession<ExitCode>(deps, options, async (session, { name }) => {
      const { io } = deps;
      const listing = await session.listTools();
      if (io.json) {
        io.outJson({ tools: listing.items });
        return 0;
      }
      sayUnsupported(deps, name, 'tools', listing);
      for (const tool of listing.items) {
        const description = plain(textOf(tool['description']) ?? textOf(tool['title']) ?? '', 200);
        const heading = io.paint('bold', plain(textOf(tool['name']) ?? ''));
        io.out(description === '' ? heading : `${heading}  ${description}`);
        for (const line of argumentLines(tool['inputSchema'])) io.out(`  ${line}`);
      }
      return 0;
    }),
});
