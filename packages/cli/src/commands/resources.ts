import { type JsonObject, plain } from '@mcpass/auth';
import { defineCommand, LOGIN, SERVER, type Command } from '../command.js';
import type { ExitCode } from '../exit.js';
import { textOf } from '../json-value.js';
import { findItem, jsonLines, printDescription } from '../session/item-text.js';
import { inSession, sayUnsupported } from '../session/server-session.js';
import { printTable } from '../terminal/table.js';
import { nextCommand } from '../terminal/next-command.js';
import { type ListingOptions, parseListing } from './tools.js';

export const resources: Command = defineCommand<ListingOptions>({
  name: 'resources',
  summary: 'the resources of a server',
  about: [
    'Prints address, name and type; templates have {placeholders} in their address. With URI everything about one.',
  ],
  examples: [{ line: 'mcpass resources linear' }, { line: 'mcpass resources linear --json' }],
  arguments: [SERVER, { name: 'uri', summary: 'everything about this one', optional: true }],
  options: [LOGIN],
  parse: parseListing('uri'),
  run: (options, deps) =>
    inSession<ExitCode>(deps, options, async (session, { name }) => {
      const listing = await session.listResources();
      const templates = await session.listResourceTemplates();
      const { server, one } = options;
      const all = [...listing.items, ...templates.items];
      if (one !== undefined && (listing.supported || templates.supported)) {
        const list = nextCommand(deps.globals, 'resources', server);
        const found = findItem(all, one, { kind: 'resource', keys: ['uri', 'uriTemplate'], list });
        const isTemplate = textOf(found['uri']) === undefined;
        if (deps.io.json) {
          deps.io.outJson(
            isTemplate
              ? { resources: [], resourceTemplates: [found] }
              : { resources: [found], resourceTemplates: [] },
          );
          return 0;
        }
        printDescription(deps.io, {
          heading: one,
          item: found,
          sections: [['As sent:', jsonLines(found)]],
          example: nextCommand(deps.globals, 'read', server, one),
        });
        return 0;
      }
      if (deps.io.json) {
        deps.io.outJson({ resources: listing.items, resourceTemplates: templates.items });
        return 0;
      }
      if (templates.items.length === 0) sayUnsupported(deps, name, 'resources', listing);
      printTable(
        deps.io,
        [
          ...listing.items.map((item) => row(item, 'uri')),
          ...templates.items.map((item) => row(item, 'uriTemplate')),
        ],
        { rest: nextCommand(deps.globals, 'resources', server, 'URI') },
      );
      return 0;
    }),
});

function row(item: JsonObject, address: 'uri' | 'uriTemplate'): readonly string[] {
  return [
    plain(textOf(item[address]) ?? '', Infinity),
    plain(textOf(item['title']) ?? textOf(item['name']) ?? '', Infinity),
    plain(textOf(item['mimeType']) ?? '', Infinity),
  ];
}
