import { type JsonObject, plain } from '@mcpass/auth';
import { defineCommand, LOGIN, SERVER, type Command } from '../command.js';
import type { ExitCode } from '../exit.js';
import { textOf } from '../json-value.js';
import { inSession, sayUnsupported } from '../session/server-session.js';
import { printTable } from '../terminal/table.js';
import type { ListingOptions } from './tools.js';

export const resources: Command = defineCommand<ListingOptions>({
  name: 'resources',
  summary: 'the resources of a server',
  about: ['Prints address, name and type; templates have {placeholders} in their address.'],
  examples: [{ line: 'mcpass resources linear' }, { line: 'mcpass resources linear --json' }],
  arguments: [SERVER],
  options: [LOGIN],
  parse: (input) => ({ server: input.required('server'), login: input.flag('login') }),
  run: (options, deps) =>
    inSession<ExitCode>(deps, options, async (session, { name }) => {
      const listing = await session.listResources();
      const templates = await session.listResourceTemplates();
      if (deps.io.json) {
        deps.io.outJson({ resources: listing.items, resourceTemplates: templates.items });
        return 0;
      }
      if (templates.items.length === 0) sayUnsupported(deps, name, 'resources', listing);
      printTable(deps.io, [
        ...listing.items.map((item) => row(item, 'uri')),
        ...templates.items.map((item) => row(item, 'uriTemplate')),
      ]);
      return 0;
    }),
});

function row(item: JsonObject, address: 'uri' | 'uriTemplate'): readonly string[] {
  return [
    plain(textOf(item[address]) ?? '', 1_000),
    plain(textOf(item['title']) ?? textOf(item['name']) ?? '', 200),
    plain(textOf(item['mimeType']) ?? '', 100),
  ];
}
